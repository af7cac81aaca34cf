"""Checks of the printed numbers and statements against each other: no result is read."""

import math

from deepae.audit.checks.case import listed, number, percent
from deepae.audit.verdicts import Finding

LABELS = {"svd": "SVD", "ksvd": "k-SVD", "snmf": "sNMF", "smaf": "CS-SMAF", "deepae": "DeepAE"}
SMALLEST, SHARE = 5, 0.05  # training cells: at least five, 5 %


def _table_3(case, metric):
    table = case.printed["table-3"].set_index("metric")
    return {name: float(table.at[metric, name]) for name in LABELS}


def _file(name):
    return (f"resources/paper/{name}.tsv", "")


def cauchy_schwarz(case):
    """MAE <= EM / sqrt(values): no printed MAE can exceed the bound of the smallest data set."""
    sets = case.printed["table-1"]
    sets = sets[sets["kind"] == "single-cell"]
    smallest = math.inf
    for genes, cells in zip(sets["genes"].astype(int), sets["cells"].astype(int), strict=True):
        smallest = min(smallest, genes * (cells - max(math.floor(SHARE * cells), SMALLEST)))
    em, mae = _table_3(case, "em"), _table_3(case, "mae")
    finding = Finding(printed=True, rows=[_file("table-3"), _file("table-1")])
    parts = []
    for name, label in LABELS.items():
        most = em[name] / math.sqrt(smallest)
        finding.holds[label] = mae[name] <= most
        parts.append(f"{label}: printed {mae[name]:.4g}, at most {most:.4g}")
    finding.observed = listed(parts)
    finding.notes.append(
        f"the bound of the smallest data set ({smallest} test values) holds for the average, as the others' are lower"
    )
    return finding


def squared(case):
    """Whether the printed "MAE" falls as an absolute error or as a squared one when EM falls."""
    em, mae = _table_3(case, "em"), _table_3(case, "mae")
    of_em, of_mae = em["deepae"] / em["svd"], mae["deepae"] / mae["svd"]
    as_absolute, as_squared = abs(math.log(of_mae / of_em)), abs(math.log(of_mae / of_em**2))
    finding = Finding(printed=True, rows=[_file("table-3")])
    finding.holds["MAE falls like EM"] = as_absolute < as_squared
    finding.observed = (
        f'EM falls to {number(of_em)}, "MAE" to {number(of_mae)}; the square of the first is {number(of_em**2)}'
    )
    finding.notes.append("an average over data sets of mean squared errors fits; so does the released program's metric")
    return finding


def rounded_reduction(case):
    """The reductions in Table 3 against the printed ones: metric, value (per cent), tolerance (points)."""
    wanted = case.claim.parameters
    values = _table_3(case, wanted["metric"])
    cuts = {name: 100 * (1 - values["deepae"] / value) for name, value in values.items() if name != "deepae"}
    finding = Finding(printed=True, rows=[_file("table-3")])
    for name, cut in cuts.items():
        finding.holds[LABELS[name]] = abs(cut - wanted["value"]) <= wanted["tolerance"]
    finding.observed = f"{min(cuts.values()):.1f} to {max(cuts.values()):.1f} %"
    return finding


def best_baseline(case):
    """The baseline that the text calls best is that of Table 3: metric, named."""
    wanted = case.claim.parameters
    values = _table_3(case, wanted["metric"])
    others = {name: value for name, value in values.items() if name != "deepae"}
    top = max(others, key=others.get)
    finding = Finding(printed=True, rows=[_file("table-3")], holds={"best": top == wanted["named"]})
    finding.observed = f"best: {LABELS[top]} {others[top]:.4f}; {LABELS[wanted['named']]} {others[wanted['named']]:.4f}"
    return finding


def spread(case):
    """How far the baselines' printed values lie apart: metric, most (relative)."""
    wanted = case.claim.parameters
    values = [value for name, value in _table_3(case, wanted["metric"]).items() if name != "deepae"]
    apart = max(values) / min(values) - 1
    finding = Finding(printed=True, rows=[_file("table-3")], holds={"baselines": apart <= wanted["most"]})
    finding.observed = f"{percent(apart)} between the lowest and the highest"
    return finding


def statements(case):
    """One quantity, one value: quantity."""
    table = case.printed["statements"]
    rows = table[table["quantity"] == case.claim.parameters["quantity"]]
    places = {place: value for value, place in zip(rows["value"], rows["place"], strict=True)}
    if case.claim.parameters["quantity"].startswith("cells of the smallest"):
        sets = case.printed["table-1"]
        places["Table 1"] = str(sets[sets["kind"] == "single-cell"]["cells"].astype(int).min())
    finding = Finding(printed=True, rows=[("resources/paper/statements.tsv", case.claim.parameters["quantity"])])
    finding.holds["one value"] = len(set(places.values())) == 1
    finding.observed = "; ".join(f"{value} ({place})" for place, value in places.items())
    return finding


def layers(case):
    """Hidden layers that the text counts, against those of Table 2: architecture, quantity."""
    wanted = case.claim.parameters
    table = case.printed["table-2"].set_index("architecture")
    counted = len(table.at[wanted["architecture"], "layers"].split("-")) - 2
    texts = case.printed["statements"]
    texts = texts[texts["quantity"] == wanted["quantity"]]
    finding = Finding(printed=True, rows=[_file("table-2"), ("resources/paper/statements.tsv", wanted["quantity"])])
    for value, place in zip(texts["value"], texts["place"], strict=True):
        finding.holds[place] = int(value) == counted
    said = ", ".join(f"{value} ({place})" for value, place in zip(texts["value"], texts["place"], strict=True))
    finding.observed = f"{counted} in Table 2; said: {said}"
    return finding


def one_accession(case):
    """Every place calls a data set by its accession: dataset."""
    table = case.printed["accessions"]
    rows = table[table["dataset"] == case.claim.parameters["dataset"]]
    finding = Finding(printed=True, rows=[("resources/paper/accessions.tsv", f"dataset={rows['dataset'].iloc[0]}")])
    finding.holds["one accession"] = rows["accession"].nunique() == 1
    finding.observed = "; ".join(f"{a} ({p})" for a, p in zip(rows["accession"], rows["place"], strict=True))
    return finding


def places_agree(case):
    """Each accession of one place stands in another: of, inside."""
    wanted = case.claim.parameters
    table = case.printed["accessions"]
    names = {place: set(table[table["place"] == place]["accession"]) for place in (wanted["of"], wanted["inside"])}
    missing = sorted(names[wanted["of"]] - names[wanted["inside"]])
    finding = Finding(printed=True, rows=[_file("accessions")], holds={"all": not missing})
    finding.observed = f"in {wanted['of']} and not in {wanted['inside']}: {', '.join(missing) or 'none'}"
    return finding


def pathway_species(case):
    """A pathway of Figure 9 is of the species of its cells: no parameters."""
    sets = case.printed["table-1"].set_index("dataset")["species"]
    finding = Finding(printed=True, rows=[_file("pathways"), _file("table-1")])
    parts = []
    for row in case.printed["pathways"].itertuples():
        finding.holds[row.dataset] = sets[row.dataset] == row.organism
        if sets[row.dataset] != row.organism:
            parts.append(f"{row.dataset} ({sets[row.dataset]}): {row.pathway} is a pathway of {row.organism}")
    finding.observed = "; ".join(parts) or "species agree"
    return finding


def tenth_of_genes(case):
    """The number of key genes is the top share of Table 1's genes: dataset, share, value."""
    wanted = case.claim.parameters
    genes = int(case.printed["table-1"].set_index("dataset").at[wanted["dataset"], "genes"])
    found = math.floor(wanted["share"] * genes)
    finding = Finding(printed=True, rows=[_file("table-1")], holds={wanted["dataset"]: found == wanted["value"]})
    finding.observed = f"{percent(wanted['share'])} of {genes} genes: {found}"
    return finding


def untested(case):
    """Nothing at hand can decide it: parameters reason."""
    return Finding(untested=case.claim.parameters["reason"])
