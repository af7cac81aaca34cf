"""The ten answers: what a reader wants to know first, each decided from result files and told in one line.

A question is decided by a check of the claims page (`deepae.audit.checks`); its line is made from the check's numbers,
so it is right for any run. A run on the user's own data is asked how the methods compare, not whether the paper holds.
"""

from dataclasses import replace

from deepae.analysis.runs import twins
from deepae.audit.asking import (
    SHOWN,
    Answer,
    Look,
    at_one,
    cut_at_one,
    cut_question,
    cuts,
    decide,
    of_values,
    per_cent,
    places,
    reason,
    signed,
)
from deepae.audit.checks import comparison, dimensions, prints, questions
from deepae.audit.checks.case import Case, inside, interval, listed, number, ratio_interval, spelled
from deepae.audit.claims import Claim
from deepae.audit.headline import NOTHING
from deepae.audit.results import NORMALIZATIONS, PROTOCOLS
from deepae.audit.verdicts import Finding, Value, every
from deepae.config.roles import having, is_ranked
from deepae.config.vocabulary import METRICS

SHARED = 1 / 3
"""Jaccard index of two sets of one size that share half of their genes: our bound for key genes that return."""


def of_the_paper(results, printed):
    """Whether a run has data sets of the paper's Table 1, or parts of them."""
    table = set(printed["table-1"]["dataset"])
    return any(name in table or entry.get("subset_of") in table for name, entry in results.datasets.items())


def answers(results, printed):
    """Return the answers of a run, the most important first.

    Parameters
    ----------
    results : deepae.audit.results.Results
    printed : deepae.audit.claims.Printed

    Returns
    -------
    list of Answer
    """
    look = Look(results, printed)
    if of_the_paper(results, printed):
        asked = [halved, nothing, left, linear, robust, mae_row, key_genes, go_terms, topology, platforms]
    else:
        asked = [best_method, over_mean, linear, fair, robust, key_genes, go_terms, topology]
    notes = [say(look) for say in (another_loss, all_genes, training_cells)]
    return [*(ask(look) for ask in asked), *(note for note in notes if note)]


def halved(look):
    """Are errors halved against the published baselines?"""
    question = "Are errors halved against the published baselines?"
    than = "the best published baseline"
    return cut_question(look, "halved", question, ["baselines"], than, mark="50 %, as printed", method="em")


def nothing(look):
    """Is the baselines' error that of predicting nothing?"""
    question = "Why? Is the baselines' error that of predicting nothing?"
    parameters = {"methods": ["baselines"], "low": NOTHING, "high": 1.02}
    finding = comparison.near_zero(look.case(parameters))
    chip, line = decide(finding), reason(finding)
    if chip != "not run":
        shares = [v.value for v in finding.values]
        line = (
            f"EM of the four baselines is {number(min(shares))} to {number(max(shares))} times that of predicting "
            f"zero{of_values(finding)}: their decoder shrinks the activities by about h / genes. Our bound: {NOTHING}."
        )
        name = {v: f"{v.dataset} h = {v.measurements} {look.results.label(v.method)}" for v in finding.values}
        doubts = [v for v in finding.values if finding.holds[name[v]] is None]
        if chip == "undecided" and len(doubts) == 1:
            line += f" Undecided at one place: {name[doubts[0]]} ({doubts[0].low:.3f} to {doubts[0].high:.3f})."
    lowest = {}
    for v in finding.values:
        place = (v.dataset, v.measurements)
        lowest[place] = min(v, lowest.get(place, v), key=lambda value: value.value)
    finding.values, finding.mark = list(lowest.values()), 1.0
    return Answer("nothing", question, chip, line, finding, "predicting nothing", "figure-3", "unit-norm")


def left(look):
    """Is the halving left against unit-norm decoding?"""
    question = "Does it stay halved against unit-norm decoding of the same dictionaries?"
    return _unit_norm(look, question, mark="50 %, as printed")


def fair(look):
    """Is DeepAE better than the baselines with unit-norm decoding?"""
    question = "Is DeepAE better than the best baseline with unit-norm decoding?"
    return _unit_norm(look, question, value=0.0, tolerance=0.0, mark="equal EM")


def _unit_norm(look, question, **asked):
    than = "the best baseline with unit-norm decoding"
    asked |= {"protocol": "corrected", "method": "unit-norm"}
    return cut_question(look, "unit-norm-decoding", question, ["baselines"], than, **asked)


def linear(look):
    """Is DeepAE better than a linear encoder?"""
    question = "Is DeepAE better than PCA of the same cells?"
    asked = {"value": 0.0, "tolerance": 0.0, "mark": "as good as PCA", "method": "pca"}
    answer = cut_question(look, "linear", question, ["pca"], "PCA", **asked)
    if answer.chip != "not run":
        genes = comparison.best(look.case({"metrics": ["pcc_gene"], "against": ["pca"]}))
        if genes.values:
            answer.line += f" PCC within genes, DeepAE minus PCA: {places(at_one(genes.values), signed)}."
    return answer


def robust(look):
    """Is DeepAE robust in h?"""
    question = "Is DeepAE robust in the number of measurements?"
    finding = comparison.change(look.case({"metric": "pcc", "methods": ["deepae"], "most": 0.03}, ends=True))
    chip, line = decide(finding), reason(finding)
    if chip != "not run":
        hs = look.hs(look.cells, 10) or look.hs(look.cells)
        line = f"From h = {hs[-1]} to {hs[0]} PCC falls by {places(finding.values, number)}{of_values(finding)}."
        flat = comparison.change(look.case({"metric": "pcc", "methods": ["mean"], "most": 0.03}, ends=True))
        line += " The mean profile, which ignores h, falls by 0." if flat.values else ""
    finding.mark = 0.03
    return Answer("robust", question, chip, line, finding, "0.03, our bound", "figure-2", "measurements")


def mae_row(look):
    """Can the row called MAE be a mean absolute error?"""
    finding = prints.cauchy_schwarz(Case(Claim("", "", "", "", "", ""), "printed", look.results, look.printed))
    line = f"The printed EM does not allow one so large: {finding.observed.split('; ')[-1]}."
    cuts = []
    for metric, said in (("mse", "squared"), ("mae", "absolute")):
        of = {"metric": metric, "against": ["baselines"], "value": 0.75, "tolerance": 0.05}
        here = questions.left(look.case(of))
        shown = [v for v in here.values if v.measurements == 50] or here.values[-1:]
        cuts += [f"as mean {said} error {places(shown, per_cent)}"] if shown else []
    if len(cuts) == 2:
        line += f" DeepAE's cut of the best baseline's error, printed as 75 %: {cuts[0]}; {cuts[1]}."
    question = "Is the row called MAE a mean absolute error?"
    return Answer("mae", question, decide(finding), line, finding, "", "figure-s1", "mae")


def key_genes(look):
    """Do the same key genes return under another seed?"""
    case = look.case({"quantity": "jaccard-top"})
    case = replace(case, claim=replace(case.claim, normalizations=("zscore", "none", "log1p"), datasets=()))
    finding = dimensions.stable(case)
    question = "Do the same key genes return under another seed?"
    if finding.untested:
        return Answer("key-genes", question, "not run", reason(finding), finding, method="key-genes")
    table = case.results.frame("stability")
    rows = table[(table["quantity"] == "jaccard-top") & (table["method"] == "deepae")]
    finding.holds, finding.limits, finding.datasets, parts = {}, [], [], []
    for dataset, group in look.of_networks(rows, finding):
        seen = group[group["source"] == "observed"]["value"]
        chance = group[~group["source"].isin(["observed", dimensions.LABELS]) & group["high"].notna()]
        if seen.empty:
            continue
        ends = seen.mean(), seen.min(), seen.max()
        finding.holds[dataset] = inside(ends, low=SHARED) if len(seen) > 1 else None
        null = f", by chance up to {number(chance['value'].max())}" if len(chance) else ""
        over = f"range over {len(seen)} pairs of seeds" if len(seen) > 1 else "one pair of seeds"
        parts.append(f"{spelled(ends)}{null} ({dataset}, {over})")
    if not parts:
        finding.untested = "the saved networks were not trained in full"
        return Answer("key-genes", question, "not run", reason(finding), finding, method="key-genes")
    line = f"Jaccard index of matched dimensions: {listed(parts, 2)}. Half of the genes in common would be 0.333."
    return Answer("key-genes", question, decide(finding), line, finding, "", "stability", "key-genes")


def go_terms(look):
    """Has every key dimension more GO terms than chance?"""
    question = "Has every key dimension more GO terms than chance gives?"
    table, finding = look.results.frame("control"), Finding()
    if table is None or "statistic" not in table:
        finding.untested = "no gene sets were tested against relabelled genes"
        return Answer("go-terms", question, "not run", reason(finding), finding, method="null")
    rows = table[(table["kind"] == "go") & (table["relabelled"] == "strata") & (table["background"] == "measured")]
    rows, parts = rows[rows["criterion"] == dimensions.STRICT["go"]], []
    for dataset, group in look.of_networks(rows, finding):
        own = group[group["statistic"] == "terms-of-dimension"]
        finding.holds |= {
            f"{dataset} dimension {int(r.dimension)}": dimensions.more_than_chance(r, 0.05) for r in own.itertuples()
        }
        terms = group[group["statistic"] == "terms"].iloc[0]
        number_of = f"{terms.observed:.0f} term{'s' if terms.observed != 1 else ''}"
        parts.append(
            f"{int((own['p'] <= 0.05).sum())} of {len(own)} dimensions on {dataset}, {number_of} in all, in 95 % of "
            f"draws of relabelled genes at most {terms.null_95:.0f} (p = {terms.p:.3f})"
        )
    finding.untested = "" if finding.holds else "no gene sets were tested for networks that were trained in full"
    finding.rows = [(file, "kind=go relabelled=strata") for file in dict.fromkeys(rows["file"])]
    line = f"{listed(parts, 2)}." if finding.holds else reason(finding)
    return Answer("go-terms", question, decide(finding), line, finding, "", "figure-s3", "null")


def topology(look):
    """Are the cells' neighbours kept better than by PCA and a random projection?"""
    question = "Does the code keep neighbours better than PCA and a random projection?"
    table, finding = look.results.frame("neighbourhood"), Finding()
    if table is None or table.empty:
        finding.untested = "no codes of a saved model"
        return Answer("topology", question, "not run", reason(finding), finding, method="recall")
    parts, seeds = [], {}
    for dataset, rows in look.of_networks(table[table["recall"].notna()], finding):
        rows = rows[rows["normalization"] == rows["normalization"].iloc[0]]  # of its models the first listed
        saved = sorted(set(rows[rows["method"] == "deepae"]["measurements"]))  # few genes have other h than SHOWN
        for h in [h for h in SHOWN if h in saved] or saved:
            at = rows[rows["measurements"] == h]
            recall = dimensions.by_seed(at, "deepae", "recall").rename(columns={"deepae": "DeepAE"})
            kept, apart = [], {name: interval(recall["DeepAE"] - recall[name]) for name in recall if name != "DeepAE"}
            for name in sorted(apart):
                finding.values.append(Value("difference in recall", name, dataset, h, *apart[name]))
                beside = spelled(apart[name], "{:z.3f}".format).replace(" (", ", ").removesuffix(")")
                kept.append(f"{name} {number(recall[name].mean())} ({beside})")
            finding.holds[f"{dataset} h = {h}"] = every([inside(span, low=dimensions.TINY) for span in apart.values()])
            counts = (len(recall), *seeds.get(dataset, ()))
            seeds[dataset] = (min(counts), max(counts))
            kept = [f"DeepAE {number(recall['DeepAE'].mean())}", *kept, f"chance {number(at['chance'].iloc[0])}"]
            parts.append(f"{', '.join(kept)} on {dataset}")
    finding.mark = 0.0
    finding.untested = "" if finding.holds else "no codes of a saved model that was trained in full"
    finding.seeds = seeds
    line = (
        f"Neighbours kept (in brackets: DeepAE minus that): {listed(parts, 2)}." if finding.holds else reason(finding)
    )
    finding.rows = [("tables/neighbourhood.tsv", "")]
    figure = "figure-8" if look.results.datasets else ""
    return Answer("topology", question, decide(finding), line, finding, "none", figure, "recall")


def platforms(look):
    """Is DeepAE best on mass cytometry and arrays?"""
    question = "Is DeepAE best on mass cytometry and on arrays?"
    if not look.others:
        finding = Finding(untested="no mass cytometry and no array data in it")
        return Answer("platforms", question, "not run", reason(finding), finding)
    parameters = {"metric": "em", "against": ["baselines"], "value": 0.0, "tolerance": 0.0}
    finding = questions.left(look.case(parameters, datasets=look.others))
    table = look.table
    at_hand = set() if table is None else set(table[table["dataset"].isin(look.others)]["method"])
    rivals = dict(zip(PROTOCOLS["paper"].baselines, PROTOCOLS["corrected"].baselines, strict=True))
    published = [name for name, twin in rivals.items() if twin not in at_hand]  # the same methods in both comparisons
    unit_norm = [name if name in published else twin for name, twin in rivals.items()]
    fair = questions.left(look.case(parameters | {"against": unit_norm}, datasets=look.others))
    pca = questions.left(look.case(parameters | {"against": ["pca"]}, datasets=look.others))
    if finding.untested or pca.untested:
        return Answer("platforms", question, "not run", reason(finding if finding.untested else pca), finding)
    finding.holds |= {f"{place} unit norm": held for place, held in fair.holds.items()}
    finding.holds |= {f"{place} PCA": held for place, held in pca.holds.items()}
    but = f" ({', '.join(map(look.label, published))} as published)" if published else ""
    than = {"the best published baseline": finding, f"the best with unit-norm decoding{but}": fair, "PCA": pca}
    than = {name: part for name, part in than.items() if part.values and (part is not fair or published != [*rivals])}
    failing = [v.measurements for v in pca.values if pca.holds.get(f"{v.dataset} h = {v.measurements}") is False]
    for part in than.values():
        part.values = [v for v in part.values if v.measurements in failing[:1]] or at_one(part.values)
    values = [v for part in than.values() for v in part.values]
    if len({v.dataset for v in values}) == 1 and len(values) == len(than):
        said = ", ".join(cut_at_one(part.values, name) for name, part in than.items())
        line = f"On {values[0].dataset} at h = {values[0].measurements} EM is {said}{of_values(finding)}."
    else:
        line = f"EM is {'; '.join(cuts(part, name) for name, part in than.items())}{of_values(finding)}."
    finding.values, finding.mark = values, 0.0
    chip = decide(finding)
    return Answer("platforms", question, chip, line, finding, "equal EM", "figure-7", "em")


def best_method(look):
    """Which method reconstructs the user's own data best?"""
    question = "Is DeepAE the best of all methods?"
    metrics, methods = ["pcc", "em"], look.results.methods
    at_hand = look.case({"metrics": metrics}).select(["deepae"])  # where DeepAE is judged: others may be elsewhere
    present = set(look.runs_of(at_hand)["method"])
    same = [name for name in methods if name in present and _is_alike(methods[name], methods.get("deepae", {}))]
    others = [name for name in same if _is_rival(name, methods)]
    finding = comparison.best(look.case({"metrics": metrics, "against": others}))
    chip, line = decide(finding), reason(finding)
    if chip != "not run":
        parts = []
        means, normalization = look.results.means(), at_hand.normalization
        for metric in ("pcc", "em", "mae"):
            for dataset in finding.datasets[:1]:
                here = means.loc[normalization, dataset][metric].dropna()
                hs = sorted(set(here.index.get_level_values("measurements")))
                h = next((h for h in SHOWN if h in hs), hs[0])
                ranked = here.xs(h, level="measurements")
                kept = [name for name in same if name in ranked.index and is_ranked(methods[name])]
                ranked = ranked[kept].sort_values(ascending=METRICS[metric].direction < 0)
                top = ", ".join(f"{look.results.label(name)} ({number(v)})" for name, v in ranked.head(3).items())
                parts.append(f"{METRICS[metric].label} at h = {h}: {top}")
        line = f"The three best by {'; '.join(parts)}."
    finding.values = [v for v in finding.values if v.quantity == "difference in EM"]
    finding.mark = 0.0
    return Answer("best", question, chip, line, finding, "no difference", "figure-2", "em")


def _is_alike(entry, subject):
    """Whether a method has the cells of another, and is not itself at a value of an axis (fewer cells, noise, bits)."""
    return "series" not in entry and entry.get("split", {}) == subject.get("split", {})


def _is_rival(name, methods):
    """Whether a method is ranked and is not DeepAE, nor DeepAE under another loss or switch."""
    own = set(having(methods, "proposed"))
    return is_ranked(methods[name]) and not {name, methods[name].get("base")} & own


def over_mean(look):
    """Is DeepAE better than the mean training profile?"""
    finding = questions.skill(look.case({"quantity": "mse", "methods": ["deepae"]}))
    chip, line = decide(finding), reason(finding)
    if chip != "not run":
        line = f"Its squared error is lower than that of the mean profile by {places(finding.values, per_cent)}."
    question = "Is DeepAE better than predicting the mean training profile?"
    return Answer("skill", question, chip, line, finding, "the mean profile", "figure-3", "skill")


def another_loss(look):
    """What training on the squared error instead does to DeepAE's errors; None where it was not run."""
    methods, runs = look.results.methods, look.results.runs()
    others = [name for name in having(methods, "network") if methods[name].get("base") == "deepae"]
    others = [name for name in others if methods[name].get("loss") == "mse" and "series" not in methods[name]]
    if runs is None or not others:
        return None
    keys = ["dataset", "normalization", "measurements", "seed"]
    fine = runs[(runs["status"] == "ok") & (runs["cut"] == "") & runs["dataset"].isin(look.cells)]
    both = [fine[fine["method"] == name].drop_duplicates(keys) for name in (others[0], "deepae")]
    pairs = both[0].merge(both[1], on=keys, suffixes=("", "_own"))
    parts = []
    for dataset in [name for name in look.cells if name in set(pairs["dataset"])]:
        here = pairs[pairs["dataset"] == dataset]
        kind = next(kind for kind in ("zscore", "none", *here["normalization"]) if kind in set(here["normalization"]))
        here = here[here["normalization"] == kind]
        hs = set(here["measurements"])
        h = next((h for h in SHOWN if h in hs), min(hs))
        at = here[here["measurements"] == h].astype({name: float for name in ("em", "em_own", "mae", "mae_own")})
        said = []
        for metric in ("em", "mae"):
            value, low, high = ratio_interval(at[metric], at[f"{metric}_own"])
            word = "lower" if value < 1 else "higher"
            ends = (1 - value, 1 - high, 1 - low) if value < 1 else (value - 1, low - 1, high - 1)
            said.append(
                f"{METRICS[metric].label} {spelled(ends, per_cent)} {word}".replace(" % to", " to").replace(" %)", ")")
            )
        parts.append(f"{', '.join(said)} at h = {h} on {dataset} ({NORMALIZATIONS[kind]})")
    if not parts:
        return None
    line = f"Trained on the squared error, DeepAE has {listed(parts, 2)}."
    return Answer("loss", "Does DeepAE's loss matter?", "note", line, figure="figure-2")


def all_genes(look):
    """DeepAE and PCA need all genes measured, compressed sensing does not."""
    if look.table is None or look.table.empty:
        return None
    rows = look.table[look.table["dataset"].isin(look.cells)]
    genes = {name: int(n) for name, n in rows.groupby("dataset", sort=False)["n_genes"].max().items()}
    shown = ", ".join(f"{n:,}".replace(",", " ") + f" ({name})" for name, n in list(genes.items())[:3])
    hs = look.hs(look.cells)
    most = f"{hs[0]} to {hs[-1]}" if len(hs) > 1 else f"{hs[0]}"
    line = (
        f"DeepAE and PCA need all genes of a cell to encode it: {shown}. Compressed sensing needs h = {most} mixtures "
        "of genes."
    )
    return Answer("all-genes", "What must be measured in a new cell?", "note", line, method="measurements")


def training_cells(look):
    """How few cells train."""
    if look.table is None or look.table.empty:
        return None
    rows = look.table[look.table["dataset"].isin(look.cells)].drop_duplicates("dataset")
    cells = [(int(r.n_train), int(r.n_train + r.n_test), r.dataset) for r in rows.itertuples()]
    parts = [f"{n} of {total} cells, {100 * n / total:.2g} % ({name})" for n, total, name in cells]
    same = {key[0] for key, other in twins(look.table).items() if key[3] == "ksvd" and other == "svd"}
    line = f"Training cells: {listed(parts)}."
    if same:
        line += f" With so few, SVD and k-SVD are the same dictionary on {', '.join(sorted(same))}."
    return Answer("training-cells", "On how many cells is each method trained?", "note", line, method="split")
