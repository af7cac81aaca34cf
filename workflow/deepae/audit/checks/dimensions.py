"""Checks of codes, key genes, their stability and enrichment."""

import math

from deepae.audit.checks.case import filled, inside, interval, listed, number, spelled
from deepae.audit.results import NORMALIZATIONS
from deepae.audit.verdicts import Finding, Value, every

RANKING = "path"
LABELS = "labels"
"""Source in stability.tsv that is no null: what the cells' labels alone share with a code."""
STRICT = {"go": "p_adjusted <= 0.01", "wikipathways": "p_adjusted <= 0.05"}
"""When a term counts as enriched beside the null: the criterion of control.tsv."""
RELABELLED = {"free": "freely", "strata": "within strata of mean expression"}
TOGETHER = {"dimensions": "dimensions with a term", "terms": "terms in all"}
"""The statistics of control.tsv that are about all dimensions, in words."""
TINY = 1e-9  # what is better must differ by more than rounding


def _of(case, kind, method_column=True):
    """The rows of a kind of table for the protocol's DeepAE on the claim's data sets, and a finding with limits."""
    table = case.results.frame(kind)
    if table is None or table.empty:
        what = {
            "neighbourhood": "codes",
            "key_genes": "key genes",
            "stability": "key genes",
            "enrichment": "enrichment",
            "control": "enrichment",
        }[kind]
        return None, Finding(untested=f"this run makes no {what}: no model is saved, or no figure asks for it")
    candidates = case.results.datasets_for(case.claim.datasets, case.claim.stand_in)
    rows = table[table["dataset"].isin(candidates)]
    if rows.empty:
        return None, Finding(untested=f"none of its data sets has this result ({', '.join(case.claim.datasets)})")
    if method_column:
        if case.protocol.subject not in set(rows["method"]):
            return None, Finding(untested=f"no model of {case.protocol.subject} is saved on its data sets")
        own = set(rows[rows["method"] == case.protocol.subject]["normalization"])
        wanted = (case.protocol.normalization,) if case.protocol.normalization else case.claim.normalizations
        choices = [name for name in wanted if name in own]
        if not choices:
            return None, Finding(untested=f"no model in {', '.join(NORMALIZATIONS[name] for name in wanted)}")
        # of each data set the first of these in which it has a model
        saved = rows[rows["method"] == case.protocol.subject].groupby("dataset")["normalization"].agg(set)
        taken = {name: next((one for one in choices if one in found), None) for name, found in saved.items()}
        rows = rows[rows["normalization"] == rows["dataset"].map(taken)]
    datasets = list(dict.fromkeys(rows["dataset"]))
    finding = Finding(datasets=datasets)
    finding.limits = case.results.limits_of(datasets, case.claim.datasets, case.claim.stand_in)
    first = case.claim.normalizations[0]
    other = {name: one for name, one in taken.items() if one != first and name in datasets} if method_column else {}
    for one in dict.fromkeys(other.values()):
        names = [name for name, found in other.items() if found == one]
        where = "" if len(names) == len(datasets) else f" on {', '.join(names)}"
        finding.limits.append(f"{NORMALIZATIONS[one]}{where}; {NORMALIZATIONS[first]} not run")
    short = _short_models(case, rows)
    finding.limits += list(short.values())
    finding.weak = set(short) | set(case.results.parts_of(datasets, case.claim.datasets, case.claim.stand_in))
    return rows, finding


def _short_models(case, rows):
    metrics = case.results.frame("metrics")
    full = case.results.methods.get(case.protocol.subject, {}).get("iterations")
    short = {}
    for dataset in dict.fromkeys(rows["dataset"]):
        own = metrics[(metrics["dataset"] == dataset) & (metrics["method"] == case.protocol.subject)]
        if "normalization" in rows:
            kept = set(rows[rows["dataset"] == dataset]["normalization"])
            own = own[own["normalization"].isin(kept)]
        steps = own["iterations"].min()
        if full and steps < full:
            short[dataset] = f"shortened training on {dataset}: {int(steps)} of {full} updates"
    return short


def by_seed(rows, method, column):
    """Return a number of neighbourhood.tsv by seed: a column each for a network's code, PCA and a random projection.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of one data set, normalisation and h.
    method : str
        The network.
    column : str
        ``recall`` or ``trustworthiness``.
    """
    names = {"code": method, "scores": "PCA", "projection": "random projection"}
    rows = rows[rows["representation"].isin(names) & ((rows["representation"] != "code") | (rows["method"] == method))]
    return rows.pivot_table(column, "seed", "representation").rename(columns=names)


@filled(lambda case: _of(case, "neighbourhood"), untested="no neighbourhood of a code could be computed")
def topology(case, rows, finding):
    """The code keeps who is near whom: trustworthiness (least) and recall of neighbours over chance (times).

    Both must also be above those of a random projection to as many dimensions, which keeps much by itself; decided by
    intervals over seeds. With ``measurements`` in the claim all of these are looked at, otherwise the largest.
    """
    wanted = case.claim.parameters
    parts, controls, subject = [], [], case.protocol.subject
    finding.mark = wanted["least"]
    for dataset, group in rows.groupby("dataset", sort=False):
        codes = group[(group["method"] == subject) & group["trustworthiness"].notna()]
        if codes.empty:
            finding.notes += [f"{dataset}: {reason}" for reason in group["reason"].dropna().unique()]
            continue
        hs = [h for h in case.claim.measurements if h in set(codes["measurements"])] or [codes["measurements"].max()]
        lacking = [h for h in case.claim.measurements if h not in hs]
        finding.limits += [f"{dataset}: h = {', '.join(map(str, lacking))} not saved"] if lacking else []
        for h in hs:
            at, place = group[group["measurements"] == h], f"{dataset} h = {int(h)}"
            trust, recall = (by_seed(at, subject, column) for column in ("trustworthiness", "recall"))
            chance, held = at["chance"].iloc[0], []
            for table, least in ((trust, wanted["least"]), (recall, wanted["times"] * chance)):
                held.append(inside(interval(table[subject]), low=least))
                if "random projection" in table:
                    held.append(inside(interval(table[subject] - table["random projection"]), low=TINY))
            finding.holds[place] = every(held)
            finding.values += [
                Value("trustworthiness", name, dataset, int(h), *interval(trust[name])) for name in trust
            ]
            kept = {
                name: f"trustworthiness {number(trust[name].mean())}, recall {number(recall[name].mean())}"
                for name in trust
            }
            parts.append(f"{place}: {kept.pop(subject)} (chance {number(chance)})")
            controls += [f"{place} {name}: {text}" for name, text in kept.items()]
    finding.observed, finding.controls = listed(parts), listed(controls)
    finding.rows = [("tables/neighbourhood.tsv", f"dataset={'|'.join(dict.fromkeys(rows['dataset']))}")]


@filled(lambda case: _of(case, "key_genes"))
def key_gene_count(case, rows, finding):
    """Key genes of a dimension: share of the genes (floor), and the printed number for the complete data set."""
    wanted = case.claim.parameters
    metrics = case.results.frame("metrics")
    parts = []
    rows = rows[(rows["ranking"] == RANKING) & (rows["method"] == case.protocol.subject)]
    for dataset, group in rows.groupby("dataset", sort=False):
        counts = sorted(set(group.groupby(["method", "seed", "dimension"]).size()))
        genes = int(metrics[metrics["dataset"] == dataset]["n_genes"].iloc[0])
        expected = wanted["value"] if dataset in case.claim.datasets else math.floor(wanted["share"] * genes)
        finding.holds[dataset] = counts == [expected]
        parts.append(f"{dataset}: {'/'.join(map(str, counts))} of {genes} genes")
    finding.observed = listed(parts)
    finding.rows = [(rows["file"].iloc[0], f"ranking={RANKING}")]


def _enriched(case, kind):
    """The summary rows of a kind of library, of both backgrounds, that were tested."""
    rows, finding = _of(case, "enrichment", method_column=False)
    if rows is None:
        return None, finding
    if case.name != "paper":
        return None, Finding(untested="enrichment is of the model kept under the paper's protocol")
    tested = rows[(rows["kind"] == kind) & rows["terms"].notna()]
    if tested.empty:
        reasons = rows[rows["kind"] == kind]["reason"].dropna().unique()
        return None, Finding(untested=str(reasons[0]) if len(reasons) else f"no {kind} library was tested")
    finding.rows = [(file, f"kind={kind}") for file in dict.fromkeys(tested["file"])]
    versions = sorted({f"{a} {b}" for a, b in zip(tested["library"], tested["version"], strict=True)})
    finding.notes.append(f"library: {', '.join(versions)}")
    finding.notes.append(f"of one model: {_models(case, list(dict.fromkeys(tested['dataset'])))}")
    return tested, finding


def _models(case, datasets):
    """Which models the key genes of some data sets are of: normalisation and the first seed."""
    table = case.results.frame("key_genes")
    if table is None:
        return "unknown"
    rows = table[table["dataset"].isin(datasets) & (table["ranking"] == RANKING)]
    kept = rows.drop_duplicates(["dataset", "method"])
    return listed(
        f"{row.dataset}, {case.label(row.method)}, {NORMALIZATIONS[row.normalization]}, seed {row.seed}"
        for row in kept.itertuples()
    )


@filled(lambda case: _enriched(case, case.claim.parameters["kind"]))
def terms_everywhere(case, tested, finding):
    """Each dimension has at least one enriched term: kind, background (default annotated, as the program)."""
    wanted = case.claim.parameters
    parts = []
    for (dataset, background), group in tested.groupby(["dataset", "background"], sort=False):
        some = int((group["terms"] > 0).sum())
        parts.append(f"{dataset}: {some} of {len(group)} dimensions ({background} background)")
        if background == wanted.get("background", "annotated"):
            for row in group.itertuples():
                finding.holds[f"{dataset} dimension {row.dimension}"] = row.terms > 0
    finding.observed = listed(parts)
    finding.controls = _control_text(case, wanted["kind"])


@filled(lambda case: _enriched(case, case.claim.parameters["kind"]), untested="fewer than two dimensions have a term")
def terms_vary(case, tested, finding):
    """Dimensions differ in their first term: kind, least (share of the dimensions with a term)."""
    wanted = case.claim.parameters
    rows, parts = tested[(tested["background"] == "annotated") & (tested["terms"] > 0)], []
    for dataset, group in rows.groupby("dataset", sort=False):
        first = group["lowest_term"].nunique()
        if len(group) > 1:
            finding.holds[dataset] = bool(first >= wanted["least"] * len(group))
        parts.append(f"{dataset}: {first} different first terms in {len(group)} dimensions with a term")
    finding.observed = listed(parts)


def _control_text(case, kind):
    """How many dimensions of a draw have terms when genes are relabelled."""
    table = case.results.frame("control")
    if table is None:
        return ""
    rows = table[table["dataset"].isin(case.results.datasets_for(case.claim.datasets)) & (table["kind"] == kind)]
    rows = rows[(rows["statistic"] == "dimensions") & (rows["criterion"] == STRICT[kind])]
    return listed(
        (
            f"{row.dataset}, genes relabelled {RELABELLED[row.relabelled]} ({row.background}): a term in "
            f"{100 * row.null_any:.0f} % of draws, in at most {row.null_95:.0f} dimensions in 95 % of them"
            for row in rows.itertuples()
        ),
        8,
    )


@filled(lambda case: _enriched(case, "go"))
def annotated(case, tested, finding):
    """Annotated key genes of a dimension: value, tolerance (relative), for the complete data set alone."""
    wanted = case.claim.parameters
    rows = tested[tested["background"] == "annotated"]
    sizes = {name: (int(g["query_size"].min()), int(g["query_size"].max())) for name, g in rows.groupby("dataset")}
    finding.observed = listed(f"{name}: {low} to {high}" for name, (low, high) in sizes.items())
    for name, (low, high) in sizes.items():
        if name in case.claim.datasets:
            reach = wanted["tolerance"] * wanted["value"]
            finding.holds[name] = low - reach <= wanted["value"] <= high + reach
    if not finding.holds:
        finding.untested = f"a count on {', '.join(case.claim.datasets)}, which is not at hand complete"


@filled(lambda case: _enriched(case, "wikipathways"), untested="no pathway was tested")
def pathway(case, tested, finding):
    """The pathway with the lowest P of a data set: title (part of its name), background."""
    wanted = case.claim.parameters
    parts = []
    for (dataset, background), group in tested[tested["lowest_p"].notna()].groupby(
        ["dataset", "background"], sort=False
    ):
        row = group.loc[group["lowest_p"].idxmin()]
        parts.append(
            f"{dataset} ({background}): {row['lowest_term']}, P = {row['lowest_p']:.2g}, adjusted over all dimensions "
            f"{row['lowest_p_adjusted_all']:.2g}"
        )
        if background == "annotated":
            finding.holds[dataset] = wanted["title"].lower() in str(row["lowest_term"]).lower()
    finding.observed = listed(parts)
    finding.controls = _control_text(case, "wikipathways")


def more_than_chance(row, alpha):
    """Whether a row of control.tsv is more than relabelled genes give: True, None if above their median only, False."""
    return True if row.p <= alpha else None if row.observed > row.null_median else False


@filled(lambda case: _of(case, "stability"), untested="no pair of seeds to compare")
def stable(case, rows, finding):
    """Ours: key genes return under another seed more than under the nulls: quantity."""
    wanted = case.claim.parameters
    rows = rows[(rows["quantity"] == wanted["quantity"]) & (rows["method"] == case.protocol.subject)]
    parts, controls = [], []
    for dataset, group in rows.groupby("dataset", sort=False):
        seen = group[group["source"] == "observed"]
        beside = group[(group["source"] != "observed") & group["high"].notna()]
        nulls = beside[beside["source"] != LABELS]
        if seen.empty or nulls.empty:
            continue
        ends = seen["value"].mean(), seen["value"].min(), seen["value"].max()
        for row in nulls.itertuples():
            held = inside(ends, low=row.high + TINY) if len(seen) > 1 else None
            finding.holds[f"{dataset} against {row.source}"] = held
        for row in beside.itertuples():
            name = "the cells' labels alone" if row.source == LABELS else row.source
            controls.append(f"{dataset}, {name}: {number(row.value)} ({number(row.low)} to {number(row.high)})")
        parts.append(f"{dataset}: {spelled(ends)}, mean and range of {len(seen)} pairs of seeds")
    finding.observed, finding.controls = listed(parts), listed(controls)
    finding.rows = [(file, f"quantity={wanted['quantity']}") for file in dict.fromkeys(rows["file"])]


@filled(
    lambda case: _of(case, "control", method_column=False), untested="no relabelled genes were tested for its data sets"
)
def beyond_controls(case, rows, finding):
    """Ours: more terms, and in more dimensions, than where genes are relabelled: kind, relabelled, alpha.

    Genes are relabelled jointly for all dimensions (`deepae.enrichment.null`). Terms in all and dimensions with a term
    are each compared with the draws.
    """
    wanted = case.claim.parameters
    rows = rows[(rows["kind"] == wanted["kind"]) & (rows["relabelled"] == wanted["relabelled"])]
    rows = rows[(rows["background"] == "measured") & (rows["criterion"] == STRICT[wanted["kind"]])]
    parts = []
    for dataset, group in rows.groupby("dataset", sort=False):
        seen = group[group["statistic"].isin(TOGETHER)]
        for row in seen.itertuples():
            finding.holds[f"{dataset} {row.statistic}"] = more_than_chance(row, wanted["alpha"])
        numbers = "; ".join(
            f"{row.observed:.0f} {TOGETHER[row.statistic]} (95 % of draws at most {row.null_95:.0f}, p = {row.p:.3f})"
            for row in seen.itertuples()
        )
        parts.append(f"{dataset}: {numbers}; {group['draws'].iloc[0]:.0f} draws")
    finding.observed = listed(parts)
    finding.rows = [
        (file, f"kind={wanted['kind']} relabelled={wanted['relabelled']}") for file in dict.fromkeys(rows["file"])
    ]
