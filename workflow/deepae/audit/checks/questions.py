"""What the paper does not ask: skill over the mean profile, a linear encoder, what is left of the reductions."""

import math

import numpy as np

from deepae.analysis.intervals import t_interval
from deepae.analysis.wilcoxon import FEWEST, wilcoxon
from deepae.audit.checks.case import better, listed, number
from deepae.audit.checks.comparison import best, cut_text
from deepae.audit.verdicts import Value
from deepae.benchmark.metrics import METRICS

NAMES = {"mse": "skill in MSE", "pcc": "skill in PCC"}
UNKNOWN = (math.nan,) * 3


def skill(case):
    """Skill over the mean profile is positive: quantity (mse, pcc), methods.

    A place holds if the 95 % t interval over seeds lies above 0, and for squared errors the bootstrap interval over
    cells too. The bootstrap of correlations is of another quantity, the mean PCC within cells, and stands beside.
    """
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    quantity, methods = wanted["quantity"], case.methods(wanted["methods"])
    finding.mark = 0.0
    by_cell = "pcc_cell" if quantity == "pcc" else quantity
    over_cells = _lookup(case.results.frame("bootstrap"), selection.normalization, by_cell, "estimate")
    over_seeds = _lookup(case.results.frame("skill"), selection.normalization, quantity, "skill")
    what = "cells" if quantity == "mse" else "PCC within cells"
    parts, without = [], []
    for dataset in selection.datasets:
        for h in selection.measurements[dataset]:
            for method in methods:
                place = f"{dataset} h = {h} {case.label(method)}"
                seeds = over_seeds.get((dataset, method, h), UNKNOWN)
                cells = over_cells.get((dataset, method, h), UNKNOWN)
                if not math.isfinite(seeds[1]):
                    without.append(place)
                    continue
                sure = quantity == "pcc" or not math.isfinite(cells[1]) or cells[1] > 0
                finding.holds[place] = seeds[1] > 0 and sure
                finding.values.append(Value(NAMES[quantity], method, dataset, h, seeds[0]))
                text = f"{place}: {_interval(seeds)} over seeds"
                parts.append(text + (f", {what} {_interval(cells)}" if math.isfinite(cells[1]) else ""))
    finding.observed = listed(parts, 8)
    finding.controls = "the mean profile has skill 0 by definition"
    finding.limits += [f"no interval over seeds: {listed(without)}"] if without else []
    if selection.normalization == "none":
        finding.notes.append("on raw counts much of the skill is sequencing depth")
    finding.rows = [
        (file, f"normalization={selection.normalization} quantity={quantity} method={'|'.join(methods)}")
        for file in ("tables/skill.tsv", "tables/skill-bootstrap.tsv")
    ]
    if not finding.holds:
        finding.untested = (
            "no skill with an interval (two seeds, and the mean profile with the same splits, are needed)"
        )
    return finding


def _lookup(table, normalization, quantity, column):
    """Value and interval by data set, method and h."""
    if table is None:
        return {}
    rows = table[(table["normalization"] == normalization) & (table["quantity"] == quantity)]
    rows = rows[rows["minus"].isna()] if "minus" in rows else rows
    return {
        (row.dataset, row.method, int(row.measurements)): (getattr(row, column), row.ci_low, row.ci_high)
        for row in rows.itertuples()
    }


def _interval(found):
    if not math.isfinite(found[1]):
        return number(found[0])
    return f"{number(found[0])} ({number(found[1])} to {number(found[2])})"


def beats(case):
    """DeepAE is better than a control: metric, control. Where seeds are shared, beyond the paired 95 % t interval."""
    wanted = case.claim.parameters
    narrowed = case.claim.parameters | {"metrics": [wanted["metric"]], "against": [wanted["control"]]}
    finding = best(_with(case, narrowed))
    if finding.untested:
        return finding
    selection = case.select(["deepae", wanted["control"]])
    table = case.results.frame("ttests")
    rows = () if table is None or case.other_splits else table[table["reference"] == case.protocol.subject].itertuples()
    paired = {
        (row.dataset, int(row.measurements)): (row.mean_difference, row.ci_low, row.ci_high)
        for row in rows
        if (row.method, row.metric, row.normalization) == (wanted["control"], wanted["metric"], selection.normalization)
    }
    parts = []
    for dataset in selection.datasets:
        for h in selection.measurements[dataset]:
            place = f"{dataset} h = {h}"
            found = paired.get((dataset, h), UNKNOWN)
            if not math.isfinite(found[1]):
                finding.limits.append(f"{place}: no paired interval, means alone")
                continue
            sure = found[1] > 0 or found[2] < 0
            key = f"{place} {METRICS[wanted['metric']].label}"
            finding.holds[key] = finding.holds[key] and sure and better(wanted["metric"], found[0], 0)
            side = "better" if better(wanted["metric"], found[0], 0) else "worse"
            parts.append(f"{place}: {_interval(found)} {side if sure else 'undecided'}")
    if parts:
        finding.notes.append(f"difference DeepAE - {case.label(wanted['control'])}, paired: {listed(parts, 8)}")
        finding.rows.append(("tables/ttests.tsv", f"reference={case.protocol.subject} method={wanted['control']}"))
    return finding


def across(case):
    """Wilcoxon's signed rank test over the claim's data sets finds DeepAE better: metric, alpha."""
    wanted = case.claim.parameters
    selection = case.select(["deepae", "baselines"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    metrics = case.results.frame("metrics")
    metrics = metrics[metrics["dataset"].isin(selection.datasets)]
    metrics = metrics[metrics["normalization"] == selection.normalization]
    metrics = metrics[metrics["method"].isin(case.methods(["deepae", "baselines"]))]
    rows = wilcoxon(metrics, case.protocol.subject, (wanted["metric"],))
    rows = rows[rows["p"].notna()]
    parts = []
    for row in rows.itertuples():
        side = better(wanted["metric"], row.median_difference, 0)
        finding.holds[f"h = {row.measurements} {case.label(row.method)}"] = side and row.p < wanted["alpha"]
        parts.append(
            f"h = {row.measurements} {case.label(row.method)}: {'better' if side else 'worse'}, median difference "
            f"{number(row.median_difference)}, p = {row.p:.2g} ({row.n} data sets)"
        )
    finding.observed = listed(parts, 8)
    if not finding.holds:
        finding.untested = f"fewer than {FEWEST} data sets with the same normalisation and h"
    return finding


def left(case):
    """How much of a printed reduction is left against the best of others: metric, against, value, tolerance.

    The cut at each h with its 95 % t interval over seeds, and what share of the printed one that is.
    """
    wanted = case.claim.parameters
    roles = ["deepae", *wanted["against"]]
    selection = case.select(roles)
    finding = case.start(selection)
    if finding.untested:
        return finding
    (method,), others, metric = case.methods("deepae"), case.methods(wanted["against"]), wanted["metric"]
    table = case.results.frame("metrics")
    table = table[(table["normalization"] == selection.normalization) & (table["status"] == "ok")]
    parts = []
    for dataset in selection.datasets:
        for h in selection.measurements[dataset]:
            values = {name: selection.value(dataset, name, h, metric) for name in others}
            rival = min(values, key=values.get)
            cut = 1 - selection.value(dataset, method, h, metric) / values[rival]
            if not math.isfinite(cut):
                continue
            finding.holds[f"{dataset} h = {h}"] = cut >= wanted["value"] - wanted["tolerance"]
            rows = table[(table["dataset"] == dataset) & (table["measurements"] == h)]
            by_seed = rows.pivot_table(index="seed", columns="method", values=metric)
            interval = (cut, math.nan, math.nan)
            if not case.other_splits:
                _, _, *ends, _ = t_interval(1 - by_seed[method] / by_seed[rival])
                interval = (cut, *ends)
            finding.values.append(Value(f"cut of {METRICS[metric].label}", method, dataset, h, cut))
            against = f" than {case.label(rival)}" + (", the best of them" if len(others) > 1 else "")
            parts.append(
                f"{dataset} h = {h}: {cut_text(cut)}{against}{_percents(interval)}, {cut / wanted['value']:.2f} of the "
                "printed cut"
            )
    finding.mark = wanted["value"]
    finding.observed = f"{METRICS[metric].label} " + listed(parts, 14)
    if not finding.holds:
        finding.untested = "no value to compare"
    return finding


def _percents(interval):
    low, high = interval[1:]
    return f" (cut {100 * low:.0f} to {100 * high:.0f} % over seeds)" if math.isfinite(low) else ""


def own_run(case):
    """The released preset agrees with the authors' own program within the spread over seeds: metric, value, digits.

    Agreement: the difference of the means is at most one standard deviation over seeds (ddof 1) and half a unit of the
    last digit given.
    """
    wanted = case.claim.parameters
    selection = case.select(["deepae"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    table = case.results.frame("metrics")
    metric, h = wanted["metric"], case.claim.measurements[0]
    rows = table[(table["method"] == case.protocol.subject) & (table["status"] == "ok")]
    rows = rows[(rows["measurements"] == h) & (rows["normalization"] == selection.normalization)]
    for dataset in selection.datasets:
        values = rows[rows["dataset"] == dataset][metric].dropna().to_numpy(float)
        if len(values) < 2:
            continue
        mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
        reach = sd + 0.5 * 10.0 ** -wanted["digits"]
        finding.holds[f"{dataset} h = {h}"] = abs(mean - wanted["value"]) <= reach
        finding.observed = (
            f"{number(mean)}, sd {number(sd)} over {len(values)} seeds; the authors' program {wanted['value']}"
        )
    if not finding.holds:
        finding.untested = "fewer than two seeds"
    case.fill(finding, selection, ["deepae"], [metric])
    return finding


def _with(case, parameters):
    from dataclasses import replace

    return replace(case, claim=replace(case.claim, parameters=parameters))
