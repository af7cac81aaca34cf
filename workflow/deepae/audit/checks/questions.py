"""Questions of our own: skill over the mean profile, what is left of the reductions, the authors' own program."""

import math

from deepae.analysis.wilcoxon import FEWEST, wilcoxon
from deepae.audit.checks.averages import cut_text
from deepae.audit.checks.case import better, inside, listed, number, on_rows_of, ratio_interval, spelled
from deepae.audit.verdicts import Value
from deepae.benchmark.metrics import METRICS

NAMES = {"mse": "skill in MSE", "pcc": "skill in PCC"}
UNKNOWN = (math.nan,) * 3


@on_rows_of("methods")
def skill(case, selection, finding):
    """Skill over the mean profile is positive: quantity (mse, pcc), methods.

    Decided by the 95 % t interval over seeds; for squared errors the bootstrap interval over cells must agree.
    """
    wanted = case.claim.parameters
    quantity, methods = wanted["quantity"], case.methods(wanted["methods"])
    finding.mark = 0.0
    over_cells = _lookup(case.results.frame("bootstrap"), selection.normalization, quantity, "estimate")
    over_seeds = _lookup(case.results.frame("skill"), selection.normalization, quantity, "skill")
    parts = []
    for dataset, h in selection.places():
        for method in methods:
            place = f"{dataset} h = {h} {case.label(method)}"
            seeds = over_seeds.get((dataset, method, h), UNKNOWN)
            cells = over_cells.get((dataset, method, h), UNKNOWN)
            found = [inside(seeds, low=0), *([inside(cells, low=0)] if math.isfinite(cells[1]) else [])]
            finding.holds[place] = found[0] if len(set(found)) == 1 else None
            finding.values.append(Value(NAMES[quantity], method, dataset, h, *seeds))
            text = f"{place}: {spelled(seeds)} over seeds"
            parts.append(text + (f", {spelled(cells)} over cells" if math.isfinite(cells[1]) else ""))
    finding.observed = listed(parts, 8)
    finding.values = [value for value in finding.values if math.isfinite(value.value)]
    finding.controls = "the mean profile has skill 0 by definition"
    if selection.normalization == "none":
        finding.notes.append("on raw counts much of the skill is sequencing depth")
    finding.rows = [
        (file, f"normalization={selection.normalization} quantity={quantity} method={'|'.join(methods)}")
        for file in ("tables/skill.tsv", "tables/skill-bootstrap.tsv")
    ]


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


@on_rows_of("deepae", "baselines")
def across(case, selection, finding):
    """Wilcoxon's signed rank test over the claim's data sets finds DeepAE better: metric, alpha."""
    wanted = case.claim.parameters
    strong = [name for name in selection.datasets if name not in selection.weak]
    rows = selection.table[selection.table["dataset"].isin(strong)]
    rows = rows[rows["method"].isin(case.methods(["deepae", "baselines"]))]
    rows = wilcoxon(rows, case.protocol.subject, (wanted["metric"],))
    parts = []
    for row in rows[rows["p"].notna()].itertuples():
        side = better(wanted["metric"], row.median_difference, 0)
        place = f"all h = {row.measurements} {case.label(row.method)}"
        finding.holds[place] = side if row.p < wanted["alpha"] else None
        parts.append(f"{place}: {'better' if side else 'worse'}, p = {row.p:.2g} ({row.n} data sets)")
    finding.observed = listed(parts, 8)
    if not finding.holds:
        finding.untested = f"{len(strong)} complete data sets at hand; the test needs at least {FEWEST}"


@on_rows_of("deepae", rivals="against", untested="no value to compare")
def left(case, selection, finding):
    """How much of a printed reduction is left against the best of others: metric, against, value, tolerance.

    The cut of the error at each h, decided by its 95 % t interval over seeds. Where one of the others has no value, the
    cut may be smaller than it seems: it decides nothing in favour.
    """
    wanted = case.claim.parameters
    parts, metric = [], wanted["metric"]
    for dataset, h in selection.places():
        found, rival = cut(case, selection, dataset, h, metric, wanted["against"])
        if not math.isfinite(found[0]):
            continue
        held = inside(found, low=wanted["value"] - wanted["tolerance"])
        finding.holds[f"{dataset} h = {h}"] = None if held and (dataset, h) in selection.missing else held
        finding.values.append(Value(f"cut of {METRICS[metric].label}", rival, dataset, h, *found))
        ends = f", {_percents(found)}" if math.isfinite(found[1]) else ", no interval"
        parts.append(f"{dataset} h = {h}: {cut_text(found[0])} than {case.label(rival)}{ends}")
    finding.mark = wanted["value"]
    finding.observed = f"{METRICS[metric].label} " + listed(parts, 14)


def cut(case, selection, dataset, h, metric, against):
    """Return the share by which DeepAE's error is below the best of others', with its interval, and that method."""
    (method,) = case.methods("deepae")
    values = {name: selection.value(dataset, name, h, metric) for name in case.methods(against)}
    if not any(map(math.isfinite, values.values())):
        return UNKNOWN, ""
    rival = min(values, key=lambda name: values[name] if math.isfinite(values[name]) else math.inf)
    mean = 1 - selection.value(dataset, method, h, metric) / values[rival]
    if case.other_splits:
        return (mean, math.nan, math.nan), rival
    pairs = selection.by_seed(dataset, [(method, h), (rival, h)], metric)
    value, low, high = ratio_interval(pairs[:, 0], pairs[:, 1])
    return (1 - value, 1 - high, 1 - low), rival


def _percents(found):
    return f"cut {100 * found[1]:.0f} to {100 * found[2]:.0f} %"


@on_rows_of(
    "deepae", untested="this run has none of the program's seeds, or not all five where only their mean is known"
)
def own_program(case, selection, finding):
    """The released preset gives what the authors' own program gave with the same seeds: no parameters.

    ``authors-program.tsv`` has a value for a seed, or one for the mean over all five; ours may differ by the tolerance
    that stands there, whatever the spread over seeds.
    """
    table = case.printed["authors-program"]
    (method,), parts = case.methods("deepae"), []
    for row in table.itertuples():
        h, reach = int(row.measurements), float(row.tolerance)
        if row.dataset not in selection.datasets or h not in selection.measurements[row.dataset]:
            continue
        rows = selection.table[(selection.table["dataset"] == row.dataset) & (selection.table["measurements"] == h)]
        values = rows[rows["method"] == method].set_index("seed")[row.metric].dropna().astype(float)
        place = f"{row.dataset} h = {h} {METRICS[row.metric].label}"
        if row.seed == "all":
            place += ", mean of five seeds"
            if len(values) < 5:
                parts.append(f"{place}: this run has {len(values)} of them")
                continue
            ours = float(values.mean())
        elif int(row.seed) in values.index:
            place, ours = f"{place} seed {row.seed}", float(values.loc[int(row.seed)])
        else:
            continue
        finding.holds[place] = abs(ours - float(row.value)) <= reach
        parts.append(f"{place}: {number(ours)}, the program {row.value}")
    finding.observed = listed(parts, 12)
    finding.rows.append(("resources/paper/authors-program.tsv", ""))
