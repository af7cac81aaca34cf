"""Checks on metrics.tsv and ttests.tsv: who is best, by how much, over which h."""

import itertools

import numpy as np

from deepae.audit.checks.case import ERRORS, better, listed, number, percent
from deepae.audit.verdicts import Finding
from deepae.benchmark.metrics import METRICS


def average(case):
    """A printed average over data sets: parameters metric, method, value, tolerance (relative)."""
    wanted = case.claim.parameters
    selection = case.select(wanted["method"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    (method,), metric = case.methods(wanted["method"]), wanted["metric"]
    h = case.claim.measurements[0]
    values = {name: selection.value(name, method, h, metric) for name in selection.datasets}
    found = float(np.mean(list(values.values())))
    finding.mark = None if metric in ERRORS else wanted["value"]
    finding.observed = f"{METRICS[metric].label} {number(found)}, mean over {len(values)} data sets"
    if metric == "mae":
        squared = np.mean([selection.value(name, method, h, "mse") for name in selection.datasets])
        finding.observed += f" (MSE {number(float(squared))})"
    case.fill(finding, selection, wanted["method"], [metric])
    missing = set(case.claim.datasets) - set(selection.datasets)
    if missing:
        finding.untested = (
            f"an average over {len(case.claim.datasets)} data sets cannot be compared with one over others: "
            f"{len(missing)} are not at hand complete"
        )
        return finding
    finding.holds["average"] = abs(found - wanted["value"]) <= wanted["tolerance"] * abs(wanted["value"])
    return finding


def best(case):
    """A method is better than the others: metrics, method (default deepae), against.

    ``over_data_sets``: averages are compared; ``beaten``: the claim is that it is not the best.
    """
    wanted = case.claim.parameters
    subject, against = wanted.get("method", "deepae"), wanted.get("against", ["baselines"])
    selection = case.select([subject, *against])
    finding = case.start(selection)
    if finding.untested:
        return finding
    (method,), others = case.methods(subject), case.methods(against)
    parts = []
    for metric in wanted["metrics"]:
        for place, values in _places(selection, [method, *others], metric, wanted.get("over_data_sets", False)):
            known = {name: values[name] for name in others if np.isfinite(values[name])}
            if not known:
                continue
            rival = max(known, key=lambda name, known=known, metric=metric: METRICS[metric].direction * known[name])
            held = better(metric, values[method], known[rival])
            finding.holds[f"{place} {METRICS[metric].label}"] = held is not wanted.get("beaten", False)
            other = case.label(rival) if len(others) == 1 else f"best other {case.label(rival)}"
            parts.append(f"{place}: {METRICS[metric].label} {number(values[method])}, {other} {number(known[rival])}")
    finding.observed = listed(parts)
    case.fill(finding, selection, [subject, *against], wanted["metrics"])
    return finding


def _places(selection, methods, metric, over_data_sets):
    """Each data set and h, or each h with means over data sets, with the value of each method."""
    if not over_data_sets:
        for dataset in selection.datasets:
            for h in selection.measurements[dataset]:
                yield f"{dataset} h = {h}", {name: selection.value(dataset, name, h, metric) for name in methods}
        return
    for h in sorted(set.intersection(*(set(found) for found in selection.measurements.values()))):
        values = {name: [selection.value(d, name, h, metric) for d in selection.datasets] for name in methods}
        yield f"h = {h}, mean of {len(selection.datasets)}", {name: float(np.mean(v)) for name, v in values.items()}


def _sites(case, selection, methods, metric):
    """Each data set, or with ``over_data_sets`` their mean, with its h and the value of each method and h.

    An average that lacks one of the data sets it is claimed of cannot be compared: then each stands for itself.
    """
    of_each = {
        dataset: {(name, h): selection.value(dataset, name, h, metric) for name in methods for h in hs}
        for dataset, hs in selection.measurements.items()
    }
    whole = len(of_each) == len(case.claim.datasets)
    if not (case.claim.parameters.get("over_data_sets") and whole):
        for dataset, values in of_each.items():
            yield dataset, selection.measurements[dataset], values
        return
    hs = sorted(set.intersection(*map(set, selection.measurements.values())))
    means = {
        (name, h): float(np.mean([values[name, h] for values in of_each.values()])) for name in methods for h in hs
    }
    yield f"mean of {len(of_each)}", hs, means


def ordered(case):
    """Averages over data sets rise from the first method to the last: metric, methods."""
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    methods, metric = case.methods(wanted["methods"]), wanted["metric"]
    parts = []
    for place, values in _places(selection, methods, metric, True):
        found = [values[name] for name in methods]
        for first, second in itertools.pairwise(methods):
            held = better(metric, values[second], values[first])
            finding.holds[f"{place}: {case.label(first)} below {case.label(second)}"] = held
        parts.append(
            f"{place}: " + ", ".join(f"{case.label(m)} {number(v)}" for m, v in zip(methods, found, strict=True))
        )
    finding.observed = listed(parts)
    case.fill(finding, selection, wanted["methods"], [metric])
    return finding


def bound(case):
    """Methods lie above a value at every h, others do not: metric, above, value, not_above."""
    wanted = case.claim.parameters
    roles = [*wanted["above"], *wanted.get("not_above", [])]
    selection = case.select(roles)
    finding = case.start(selection)
    if finding.untested:
        return finding
    metric, parts = wanted["metric"], []
    finding.mark = wanted["value"]
    for site, hs, values in _sites(case, selection, case.methods(roles), metric):
        for expected, names in ((True, wanted["above"]), (False, wanted.get("not_above", []))):
            for method in case.methods(names):
                found = [values[method, h] for h in hs]
                defined = all(np.isfinite(found))
                held = all(value > wanted["value"] for value in found)
                finding.holds[f"{site} {case.label(method)}"] = defined and held is expected
                parts.append(f"{site}: {case.label(method)} {_range(found)}")
    finding.observed = listed(parts)
    case.fill(finding, selection, roles, [metric])
    return finding


def _range(values):
    low, high = min(values), max(values)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def change(case):
    """How a metric changes from the largest h to the smallest: metric, methods, and at least / at most / span.

    ``least``, ``most``: bounds of the loss from the claim's largest to its smallest h, which must both be there (in
    PCC or Spearman; relative for errors); ``span``: largest minus smallest value over h, relative for errors, at most
    this.
    """
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    parts, metric = [], wanted["metric"]
    ends = (min(case.claim.measurements), max(case.claim.measurements))
    methods = case.methods(wanted["methods"])
    for site, hs, values in _sites(case, selection, methods, metric):
        if len(hs) < 2 or ("span" not in wanted and (hs[0], hs[-1]) != ends):
            continue
        for method in methods:
            found = [values[method, h] for h in hs]
            place = f"{site} {case.label(method)}"
            if not np.all(np.isfinite(found)):
                finding.limits.append(f"{place}: {METRICS[metric].label} undefined at some h")
                continue
            scale = np.mean(found) if metric in ERRORS else 1.0
            span = (max(found) - min(found)) / scale
            loss = METRICS[metric].direction * (found[-1] - found[0]) / scale
            if "span" in wanted:
                finding.holds[place] = bool(span <= wanted["span"])
            else:
                finding.holds[place] = bool(wanted.get("least", -np.inf) <= loss <= wanted.get("most", np.inf))
            shown = f"h = {hs[0]}: {number(found[0])}, h = {hs[-1]}: {number(found[-1])}"
            parts.append(f"{place}: {shown}" + (f", span {number(span)}" if "span" in wanted else ""))
    finding.observed = listed(parts)
    if not finding.holds:
        needed = "two numbers of measurements" if "span" in wanted else f"h = {ends[0]} and h = {ends[1]}"
        finding.untested = f"no data set of the claim was run at {needed}"
    case.fill(finding, selection, wanted["methods"], [metric])
    return finding


def reduction(case):
    """The error against the mean of others: metric, against, value (share cut), tolerance; `value` null: any cut."""
    wanted = case.claim.parameters
    selection = case.select(["deepae", *wanted["against"]])
    finding = case.start(selection)
    if finding.untested:
        return finding
    (method,), others = case.methods("deepae"), case.methods(wanted["against"])
    metric, parts = wanted["metric"], []
    for site, hs, values in _sites(case, selection, [method, *others], metric):
        for h in hs:
            cut = 1 - values[method, h] / float(np.mean([values[name, h] for name in others]))
            if np.isfinite(cut):
                finding.holds[f"{site} h = {h}"] = bool(cut >= wanted["value"] - wanted["tolerance"])
                parts.append(f"{site} h = {h}: {cut_text(cut)}")
    finding.observed = f"{METRICS[metric].label} " + listed(parts)
    case.fill(finding, selection, ["deepae", *wanted["against"]], [metric])
    return finding


def cut_text(cut):
    """Say how much smaller, or larger, an error is."""
    return f"{percent(cut)} smaller" if cut >= 0 else f"{percent(-cut)} larger"


def agree(case):
    """Methods have the same value up to a relative difference: metric, methods, most."""
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    parts, metric = [], wanted["metric"]
    methods = case.methods(wanted["methods"])
    for site, hs, values in _sites(case, selection, methods, metric):
        for h in hs:
            found = [values[name, h] for name in methods]
            spread = (max(found) - min(found)) / np.mean(found)
            finding.holds[f"{site} h = {h}"] = bool(spread <= wanted["most"])
            parts.append(f"{site} h = {h}: {percent(spread)}")
    finding.observed = f"{METRICS[metric].label} differs by " + listed(parts)
    case.fill(finding, selection, wanted["methods"], [metric])
    return finding


def near_zero(case):
    """Reconstructions that are close to predicting zero: methods, low, high (bounds of EM over zero's EM)."""
    wanted = case.claim.parameters
    selection = case.select([*wanted["methods"], "zero"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    parts = []
    for place, values in _places(selection, [*case.methods(wanted["methods"]), "zero"], "em", False):
        shares = {name: value / values["zero"] for name, value in values.items() if name != "zero"}
        for name, value in shares.items():
            finding.holds[f"{place} {case.label(name)}"] = bool(wanted["low"] <= value <= wanted["high"])
        parts.append(f"{place}: {_range(list(shares.values()))}")
    finding.observed = "EM over that of predicting zero " + listed(parts)
    case.fill(finding, selection, wanted["methods"], ["em"])
    return finding


def significant(case):
    """Student's t-test over seeds finds DeepAE better: metrics, alpha, share (of all tests; 1: all on each)."""
    wanted = case.claim.parameters
    selection = case.select(["deepae", "baselines"])
    finding = case.start(selection)
    table = case.results.frame("ttests")
    if finding.untested or table is None:
        finding.untested = finding.untested or "the run has no table of t-tests"
        return finding
    rows = table[
        (table["reference"] == case.protocol.subject)
        & table["method"].isin(case.protocol.baselines)
        & table["metric"].isin(wanted["metrics"])
        & table["measurements"].isin(case.claim.measurements)
        & (table["normalization"] == selection.normalization)
        & table["dataset"].isin(selection.datasets)
    ]
    known = rows[rows["p_student"].notna()]
    if known.empty:
        finding.untested = "no t-test could be made (fewer than two seeds, or no variance)"
        return finding
    direction = known["metric"].map({name: METRICS[name].direction for name in METRICS})
    passed = (known["p_student"] < wanted["alpha"]) & (direction * known["mean_difference"] > 0)
    if wanted["share"] < 1:
        finding.holds["all tests"] = bool(passed.mean() >= wanted["share"])
    else:
        for key, group in passed.groupby([known["dataset"], known["metric"]], sort=False):
            finding.holds[f"{key[0]} {METRICS[key[1]].label}"] = bool(group.all())
    undefined = len(rows) - len(known)
    finding.limits += [f"{undefined} of {len(rows)} tests undefined"] if undefined else []
    worse = int(((known["p_student"] < wanted["alpha"]) & (direction * known["mean_difference"] < 0)).sum())
    paired = (known["p_adjusted"] < wanted["alpha"]) & (direction * known["mean_difference"] > 0)
    beside = f"paired and adjusted: {int(paired.sum())} in favour"
    finding.observed = (
        f"{int(passed.sum())} of {len(known)} tests with p < {wanted['alpha']} in favour of DeepAE, {worse} against; "
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
    return finding


def slower(case):
    """How many times longer one method trains than another: methods (slow, fast), value, tolerance (relative)."""
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    table = case.results.frame("metrics")
    slow, fast = case.methods(wanted["methods"])
    parts = []
    for dataset in selection.datasets:
        rows = table[(table["dataset"] == dataset) & (table["normalization"] == selection.normalization)]
        rows = rows[(rows["status"] == "ok") & rows["measurements"].isin(selection.measurements[dataset])]
        if len(rows[rows["method"].isin((slow, fast))][["device", "threads"]].drop_duplicates()) > 1:
            finding.limits.append(f"{dataset}: timed on different devices or numbers of threads")
            continue
        seconds = [rows[rows["method"] == name]["fit_seconds"].mean() for name in (slow, fast)]
        ratio = seconds[0] / seconds[1]
        if np.isfinite(ratio):
            finding.holds[dataset] = bool(abs(ratio - wanted["value"]) <= wanted["tolerance"] * wanted["value"])
            parts.append(f"{dataset}: {ratio:.2f} times ({seconds[0]:.1f} s and {seconds[1]:.1f} s a run)")
    finding.observed = listed(parts)
    if not finding.holds:
        finding.untested = "no data set on which both were timed on one device"
    finding.notes.append("the ratio of two times on one machine; the times themselves are not comparable")
    return finding


def shapes(case):
    """Genes and cells of each data set are those of Table 1: no parameters."""
    table = case.results.frame("metrics")
    printed = case.printed["table-1"].set_index("dataset")
    found = case.results.stand_for(case.claim.datasets)
    finding = Finding(rows=[("tables/metrics.tsv", f"dataset={'|'.join(found)} columns n_genes, n_train, n_test")])
    parts = []
    for name, claimed in found.items():
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
    finding.observed = listed(parts, 12)
    finding.limits = case.results.limits_of(list(finding.holds), case.claim.datasets)
    if not finding.holds:
        finding.untested = "none of the data sets of Table 1 is at hand complete"
    return finding


def training_share(case):
    """5 % of the cells train, at least five: parameters share, least."""
    wanted = case.claim.parameters
    table = case.results.frame("metrics")
    found = case.results.stand_for(case.claim.datasets)
    finding = Finding(limits=[], rows=[("tables/metrics.tsv", "columns n_train, n_test")])
    parts = []
    for name in found:
        rows = table[(table["dataset"] == name) & (table["method"] == "mean") & (table["status"] == "ok")]
        for train, test in sorted({(int(a), int(b)) for a, b in zip(rows["n_train"], rows["n_test"], strict=True)}):
            held = train == max(int(wanted["share"] * (train + test)), wanted["least"])
            finding.holds[name] = finding.holds.get(name, True) and held
            parts.append(f"{name}: {train} of {train + test}")
    finding.observed = listed(parts)
    finding.limits = case.results.limits_of(list(finding.holds), case.claim.datasets)
    if not finding.holds:
        finding.untested = "none of its data sets is in this run"
    return finding
