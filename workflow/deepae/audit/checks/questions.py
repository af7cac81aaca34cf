"""What the paper does not ask: skill over the mean profile, a linear encoder, what is left of the reductions."""

import math

import numpy as np

from deepae.audit.checks.case import better, listed, number
from deepae.audit.checks.comparison import best, reduction
from deepae.audit.verdicts import Finding, Value

NAMES = {"mse": "skill in MSE", "pcc": "skill in PCC"}


def skill(case):
    """Skill over the mean profile is positive: quantity (mse, pcc), methods.

    A place holds if its 95 % bootstrap interval over cells lies above 0; without one, the t interval over seeds.
    """
    wanted = case.claim.parameters
    selection = case.select(wanted["methods"])
    finding = case.start(selection)
    if finding.untested:
        return finding
    quantity, methods = wanted["quantity"], case.methods(wanted["methods"])
    finding.mark = 0.0
    over_cells = _lookup(case.results.frame("bootstrap"), selection.normalization, quantity, "estimate")
    over_seeds = _lookup(case.results.frame("skill"), selection.normalization, quantity, "skill")
    parts = []
    for dataset in selection.datasets:
        for h in selection.measurements[dataset]:
            for method in methods:
                key = (dataset, method, h)
                found = over_cells.get(key) or over_seeds.get(key)
                if found is None or not math.isfinite(found[0]):
                    continue
                seeds = over_seeds.get(key, (math.nan,) * 3)
                if math.isfinite(found[1]):
                    finding.holds[f"{dataset} h = {h} {case.label(method)}"] = found[1] > 0
                finding.values.append(Value(NAMES[quantity], method, dataset, h, found[0]))
                text = f"{dataset} h = {h} {case.label(method)}: {_interval(found)} over cells"
                parts.append(text + (f", {_interval(seeds)} over seeds" if math.isfinite(seeds[1]) else ""))
    finding.observed = listed(parts, 8)
    finding.controls = "the mean profile has skill 0 by definition"
    finding.notes.append(
        "on raw counts much of the skill is sequencing depth"
    ) if selection.normalization == "none" else None
    finding.rows = [
        (file, f"normalization={selection.normalization} quantity={quantity} method={'|'.join(methods)}")
        for file in ("tables/skill-bootstrap.tsv", "tables/skill.tsv")
    ]
    if not finding.holds:
        finding.untested = "no skill could be computed (no control of the mean profile with the same splits)"
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
    """DeepAE is better than a control: metric, control. Where seeds are shared the paired test is given beside it."""
    wanted = case.claim.parameters
    narrowed = case.claim.parameters | {"metrics": [wanted["metric"]], "against": [wanted["control"]]}
    finding = best(_with(case, narrowed))
    table = case.results.frame("ttests")
    if finding.untested or table is None:
        return finding
    rows = table[(table["reference"] == case.protocol.subject) & (table["method"] == wanted["control"])]
    rows = rows[(rows["metric"] == wanted["metric"]) & rows["p_paired"].notna()]
    datasets = {value.dataset for value in finding.values}
    rows = rows[rows["dataset"].isin(datasets)]
    sure = []
    for row in rows[rows["p_adjusted"] < 0.05].itertuples():
        side = "better" if better(wanted["metric"], row.mean_difference, 0) else "worse"
        sure.append(f"{row.dataset} h = {row.measurements} ({row.normalization}) {side}")
    if len(rows):
        finding.notes.append(f"paired t-tests, adjusted p < 0.05: {listed(sure) or 'none'}")
        finding.rows.append(("tables/ttests.tsv", f"reference={case.protocol.subject} method={wanted['control']}"))
    return finding


def across(case):
    """Wilcoxon's signed rank test over data sets finds DeepAE better: metric, alpha."""
    wanted = case.claim.parameters
    finding = Finding()
    table = case.results.frame("wilcoxon")
    if table is None or case.protocol.subject != "deepae":
        return Finding(untested="no signed rank test of this method was made")
    rows = table[table["method"].isin(case.protocol.baselines) & (table["metric"] == wanted["metric"])]
    choices = [name for name in case.claim.normalizations if name in set(rows["normalization"])]
    rows = rows[(rows["normalization"] == choices[0]) & rows["p"].notna()] if choices else rows.iloc[:0]
    parts = []
    for row in rows.itertuples():
        side = better(wanted["metric"], row.median_difference, 0)
        finding.holds[f"h = {row.measurements} {case.label(row.method)}"] = side and row.p < wanted["alpha"]
        parts.append(f"h = {row.measurements} {case.label(row.method)}: p = {row.p:.2g} ({row.n} data sets)")
    finding.observed = listed(parts, 8)
    if not finding.holds:
        finding.untested = "fewer than two data sets with the same normalisation and h"
        return finding
    fewest = int(rows["n"].min())
    if fewest < len(case.claim.datasets):
        finding.limits.append(f"{fewest} of {len(case.claim.datasets)} data sets, subsets among them")
        finding.notes.append(f"with {fewest} data sets p cannot be below {2.0 ** (1 - fewest):.2g}")
    finding.rows = [
        (
            "tables/wilcoxon.tsv",
            f"reference=deepae normalization={choices[0]} metric={wanted['metric']} "
            f"method={'|'.join(case.protocol.baselines)}",
        )
    ]
    return finding


def left(case):
    """How much of the printed reduction is left against others: metric, against, value, tolerance."""
    return reduction(case)


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
