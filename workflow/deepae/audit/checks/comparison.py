"""Checks on each data set, from metrics.tsv and ttests.tsv: who is better, by how much, over which h.

What an interval over seeds does not decide is undecided (`deepae.audit.verdicts`).
"""

import numpy as np

from deepae.audit.checks.case import ERRORS, inside, interval, listed, number, on_rows_of, ratio_interval, spelled
from deepae.audit.verdicts import Finding, Value, every
from deepae.benchmark.metrics import METRICS


def best(case):
    """A method is better than each of the others: metrics, method (default deepae), against.

    Decided by the interval of the difference from each of them; where one of them has no value, nothing is decided in
    favour. ``beaten``: the claim is that one of them is better. The rival that is shown is the one that decides.
    """
    wanted = case.claim.parameters
    subject, against = wanted.get("method", "deepae"), wanted.get("against", ["baselines"])
    selection = case.select([subject], rivals=against)
    finding = case.start(selection)
    if finding.untested:
        return finding
    (method,), others = case.methods(subject), case.methods(against)
    parts = []
    for metric in wanted["metrics"]:
        sign = METRICS[metric].direction
        for dataset, h in selection.places():
            value = selection.value(dataset, method, h, metric)
            known = {name: selection.value(dataset, name, h, metric) for name in others}
            known = {name: found for name, found in known.items() if np.isfinite(found)}
            if not known or not np.isfinite(value):
                continue
            apart = {name: case.difference(selection, dataset, h, metric, method, name) for name in known}
            states = {name: inside(_signed(found, sign), low=0) for name, found in apart.items()}
            outcome = every(list(states.values()))
            held = None if outcome and (dataset, h) in selection.missing else outcome
            place = f"{dataset} h = {h} {METRICS[metric].label}"
            finding.holds[place] = (None if held is None else not held) if wanted.get("beaten") else held
            worst = [name for name, state in states.items() if state is outcome]
            rival = max(worst, key=lambda name, known=known, sign=sign: sign * known[name])
            finding.values.append(Value(f"difference in {METRICS[metric].label}", rival, dataset, h, *apart[rival]))
            parts.append(
                f"{place}: {number(value)}, {case.label(rival)} {number(known[rival])}, "
                f"difference {spelled(apart[rival])}"
            )
    finding.observed = listed(parts)
    if not finding.holds:
        finding.untested = "no method to compare with has a value"
    return finding


def _signed(found, sign):
    mean, low, high = found
    return (mean, low, high) if sign > 0 else (-mean, -high, -low)


@on_rows_of("above")
def bound(case, selection, finding):
    """Methods lie above a value at every h: metric, above, value. Decided by the interval over seeds."""
    wanted = case.claim.parameters
    metric, parts = wanted["metric"], []
    finding.mark = None if metric in ERRORS else wanted["value"]
    for dataset in selection.datasets:
        for method in case.methods(wanted["above"]):
            for h in selection.measurements[dataset]:
                found = interval(selection.by_seed(dataset, [(method, h)], metric)[:, 0])
                place = f"{dataset} h = {h} {case.label(method)}"
                finding.holds[place] = inside(found, low=wanted["value"])
                parts.append(f"{place}: {spelled(found)}")
    finding.observed = listed(parts)
    case.fill(finding, selection, wanted["above"], [metric])


@on_rows_of("methods")
def change(case, selection, finding):
    """How a metric changes over h: metric, methods, and least / most / span.

    ``least``, ``most``: bounds of the loss from the claim's largest to its smallest h, which must both be there (in
    PCC or Spearman; relative for errors; an h beyond the number of genes or channels cannot be there);
    ``span``: largest minus smallest value over h, relative for errors, at most this. Decided by the interval of the
    change over seeds.
    """
    wanted = case.claim.parameters
    parts, metric = [], wanted["metric"]
    for dataset in selection.datasets:
        hs = selection.measurements[dataset]
        genes = selection.features(dataset)
        possible = [h for h in case.claim.measurements if h <= genes]  # 57 channels have no 100 measurements
        ends = (min(possible), max(possible)) if possible else (0, 0)
        if len(hs) < 2 or ("span" not in wanted and (hs[0], hs[-1]) != ends):
            continue
        for method in case.methods(wanted["methods"]):
            values = selection.by_seed(dataset, [(method, h) for h in hs], metric)
            place = f"{dataset} {case.label(method)}"
            if not len(values):
                finding.limits.append(f"{place}: {METRICS[metric].label} undefined at some h")
                continue
            found = interval(_changes(values, metric, "span" in wanted))
            low, high = wanted.get("least", -np.inf), wanted.get("span", wanted.get("most", np.inf))
            finding.holds[place] = inside(found, low, high)
            means = values.mean(axis=0)
            shown = f"h = {hs[0]}: {number(means[0])}, h = {hs[-1]}: {number(means[-1])}"
            beyond = "".join(f" (h = {h} cannot exist: {genes} features)" for h in case.claim.measurements if h > genes)
            parts.append(f"{place}: {shown}, {'span' if 'span' in wanted else 'loss'} {spelled(found)}{beyond}")
            finding.values.append(Value("change over h", method, dataset, None, *found))
    finding.observed = listed(parts)
    if not finding.holds:
        ends = min(case.claim.measurements), max(case.claim.measurements)
        needed = "two numbers of measurements" if "span" in wanted else f"h = {ends[0]} and h = {ends[1]}"
        finding.untested = f"no data set of the claim was run at {needed}"


def _changes(values, metric, span):
    """Change over h for each seed, from an array of shape (seeds, h): span, or loss from the last h to the first."""
    scale = values.mean(axis=1) if metric in ERRORS else 1.0
    if span:
        return np.ptp(values, axis=1) / scale
    return METRICS[metric].direction * (values[:, -1] - values[:, 0]) / scale


@on_rows_of("methods", "zero")
def near_zero(case, selection, finding):
    """Reconstructions that are close to predicting nothing: methods, low, high (bounds of EM over zero's EM)."""
    wanted = case.claim.parameters
    parts = []
    for dataset, h in selection.places():
        shares = {}
        for name in case.methods(wanted["methods"]):
            values = selection.by_seed(dataset, [(name, h), ("zero", h)], "em")
            shares[name] = ratio_interval(values[:, 0], values[:, 1])
            place = f"{dataset} h = {h} {case.label(name)}"
            finding.holds[place] = inside(shares[name], wanted["low"], wanted["high"])
            finding.values.append(Value("EM / predicting nothing", name, dataset, h, *shares[name]))
        means = [found[0] for found in shares.values()]
        parts.append(f"{dataset} h = {h}: {number(min(means))} to {number(max(means))}")
    finding.observed = "EM over that of predicting nothing, " + listed(parts)


@on_rows_of("deepae", rivals="baselines")
def significant(case, selection, finding):
    """Student's t-test over seeds finds DeepAE better: metrics, alpha, share (of all tests; 1: all on each)."""
    wanted = case.claim.parameters
    table = case.results.frame("ttests")
    if table is None:
        finding.untested = "the run has no table of t-tests"
        return
    rows = table[
        (table["reference"] == case.protocol.subject)
        & table["method"].isin(case.protocol.baselines)
        & table["metric"].isin(wanted["metrics"])
        & table["measurements"].isin(case.claim.measurements)
        & (table["normalization"] == selection.normalization)
        & table["dataset"].isin(selection.datasets)
        & table["same_as"].isna()  # the same predictions count once
    ]
    known = rows[rows["p_student"].notna()]
    if known.empty:
        finding.untested = "no t-test could be made (fewer than two seeds, or no variance)"
        return
    direction = known["metric"].map({name: METRICS[name].direction for name in METRICS})
    passed = (known["p_student"] < wanted["alpha"]) & (direction * known["mean_difference"] > 0)
    counts = {}
    for dataset, group in passed.groupby(known["dataset"], sort=False):
        lacking = sum(len(names) for (name, _), names in selection.missing.items() if name == dataset)
        total, at_least = len(group) + lacking * len(wanted["metrics"]), int(group.sum())
        at_most = at_least + total - len(group)
        sure = at_least / total >= wanted["share"]
        finding.holds[f"{dataset} tests"] = None if not sure and at_most / total >= wanted["share"] else sure
        counts[dataset] = f"{dataset} {at_least} of {len(group)}"
    undefined = len(rows) - len(known)
    finding.limits += [f"{undefined} of {len(rows)} tests undefined"] if undefined else []
    worse = int(((known["p_student"] < wanted["alpha"]) & (direction * known["mean_difference"] < 0)).sum())
    paired = (known["p_adjusted"] < wanted["alpha"]) & (direction * known["mean_difference"] > 0)
    beside = f"paired and adjusted: {int(paired.sum())} in favour"
    by_set = listed([counts[name] for name in sorted(counts, key=lambda name: name in selection.weak)], 9)
    finding.observed = (
        f"tests with p < {wanted['alpha']} in favour of DeepAE: {by_set}; {worse} of {len(known)} in all against; "
        f"{'not paired: other splits' if case.other_splits else beside}"
    )
    finding.notes.append(
        "seeds share 95 % of their test cells: the tests describe split, weights and noise, not new cells"
    )
    finding.rows = [
        (
            "tables/ttests.tsv",
            f"reference={case.protocol.subject} normalization={selection.normalization} "
            f"metric={'|'.join(wanted['metrics'])} measurements={'|'.join(map(str, case.claim.measurements))} "
            f"dataset={'|'.join(selection.datasets)}",
        )
    ]
    case.fill(finding, selection, ["deepae", "baselines"], wanted["metrics"])


@on_rows_of("methods", untested="no data set on which both were timed on one device")
def slower(case, selection, finding):
    """How many times longer one method trains than another: methods (slow, fast), value, tolerance (relative)."""
    wanted = case.claim.parameters
    slow, fast = case.methods(wanted["methods"])
    parts, reach = [], wanted["tolerance"] * wanted["value"]
    for dataset in selection.datasets:
        rows = selection.table[selection.table["dataset"] == dataset]
        rows = rows[rows["measurements"].isin(selection.measurements[dataset]) & rows["method"].isin((slow, fast))]
        if len(rows[["device", "threads"]].drop_duplicates()) > 1:
            finding.limits.append(f"{dataset}: timed on different devices or numbers of threads")
            continue
        (h,) = selection.measurements[dataset][:1]
        seconds = selection.by_seed(dataset, [(slow, h), (fast, h)], "fit_seconds")
        found = ratio_interval(seconds[:, 0], seconds[:, 1])
        finding.holds[dataset] = inside(found, wanted["value"] - reach, wanted["value"] + reach)
        a, b = seconds.mean(axis=0) if len(seconds) else (np.nan, np.nan)
        parts.append(f"{dataset}: {spelled(found)} times ({a:.1f} s and {b:.1f} s a run)")
    finding.observed = listed(parts)
    finding.notes.append("the ratio of two times on one machine; the times themselves are not comparable")


@on_rows_of("deepae")
def overfitting(case, selection, finding):
    """Test error is close to training error: most (MAE on test cells over MAE on training cells)."""
    table = case.results.frame("overfitting")
    if table is None or table.empty:
        finding.untested = "the run has no table of errors on training cells"
        return
    (method,), parts = case.methods("deepae"), []
    rows = table[(table["method"] == method) & (table["normalization"] == selection.normalization)]
    for dataset, h in selection.places():
        own = rows[(rows["dataset"] == dataset) & (rows["measurements"] == h)]
        found = ratio_interval(own["ratio"], 1)
        finding.holds[f"{dataset} h = {h}"] = inside(found, high=case.claim.parameters["most"])
        finding.values.append(Value("test error / training error", method, dataset, h, *found))
        parts.append(
            f"{dataset} h = {h}: MAE {number(own['mae_train'].mean())} on training cells, "
            f"{number(own['mae_test'].mean())} on test cells, {spelled(found)} times"
        )
    finding.observed, finding.rows = listed(parts), [("tables/overfitting.tsv", f"method={method}")]


def shapes(case):
    """Genes and cells of each data set are those of Table 1: no parameters."""
    table = case.results.frame("metrics")
    printed = case.printed["table-1"].set_index("dataset")
    found = case.results.datasets_for(case.claim.datasets)
    finding = Finding(rows=[("tables/metrics.tsv", f"dataset={'|'.join(found)} columns n_genes, n_train, n_test")])
    parts = []
    for name, claimed in found.items() if table is not None else ():
        rows = table[(table["dataset"] == name) & (table["method"] == "mean") & (table["status"] == "ok")]
        if rows.empty:
            continue
        genes, cells = int(rows["n_genes"].iloc[0]), int((rows["n_train"] + rows["n_test"]).iloc[0])
        expected = (int(printed.at[claimed, "genes"]), int(printed.at[claimed, "cells"]))
        parts.append(
            f"{name}: {genes} x {cells}"
            + ("" if (genes, cells) == expected else f" (Table 1: {expected[0]} x {expected[1]})")
        )
        if name == claimed:
            finding.holds[name] = (genes, cells) == expected
            finding.datasets.append(name)
    finding.observed = listed(parts, 12)
    if not finding.holds:
        finding.untested = "none of the data sets of Table 1 is at hand complete"
    return finding
