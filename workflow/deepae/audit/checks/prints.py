"""Checks of the printed numbers and statements against each other: no result is read."""

import math

from deepae.audit.checks.case import listed, number
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
        parts.append(f"{label} printed {mae[name]:.0f}, possible at most {most:.0f}")
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


def best_baseline(case):
    """The baseline that the text calls best is that of Table 3: metric, named."""
    wanted = case.claim.parameters
    values = _table_3(case, wanted["metric"])
    others = {name: value for name, value in values.items() if name != "deepae"}
    top = max(others, key=others.get)
    finding = Finding(printed=True, rows=[_file("table-3")], holds={"best": top == wanted["named"]})
    finding.observed = f"best: {LABELS[top]} {others[top]:.4f}; {LABELS[wanted['named']]} {others[wanted['named']]:.4f}"
    return finding


def statements(case):
    """Each quantity has one value: quantity, one or several."""
    table, wanted = case.printed["statements"], case.claim.parameters["quantity"]
    finding, parts = Finding(printed=True), []
    for quantity in [wanted] if isinstance(wanted, str) else wanted:
        rows = table[table["quantity"] == quantity]
        places = dict(zip(rows["place"], rows["value"], strict=True))
        if quantity.startswith("cells of the smallest"):
            sets = case.printed["table-1"]
            places["Table 1"] = str(sets[sets["kind"] == "single-cell"]["cells"].astype(int).min())
        finding.holds[quantity] = len(set(places.values())) == 1
        finding.rows.append(("resources/paper/statements.tsv", quantity))
        parts += [f"{value} ({place})" for place, value in places.items()]
    finding.observed = "; ".join(parts)
    return finding


def layers(case):
    """Hidden layers and width of the third that the text states, against those of Table 2: architecture, quantity."""
    wanted = case.claim.parameters
    table = case.printed["table-2"].set_index("architecture")
    hidden = table.at[wanted["architecture"], "layers"].split("-")[1:-1]
    texts, parts = case.printed["statements"], []
    finding = Finding(printed=True, rows=[_file("table-2"), _file("statements")])
    for quantity, counted in ((wanted["quantity"], len(hidden)), (wanted["width"], int(hidden[2]))):
        rows = texts[texts["quantity"] == quantity]
        for value, place in zip(rows["value"], rows["place"], strict=True):
            finding.holds[f"{quantity}, {place}"] = int(value) == counted
        said = ", ".join(f"{value} ({place})" for value, place in zip(rows["value"], rows["place"], strict=True))
        parts.append(f"{quantity}: {counted} by Table 2; said: {said}")
    finding.observed = "; ".join(parts)
    return finding


def one_accession(case):
    """Every place calls a data set by one accession: datasets."""
    table = case.printed["accessions"]
    finding, parts = Finding(printed=True, rows=[_file("accessions")]), []
    for name in case.claim.parameters["datasets"]:
        rows = table[table["dataset"] == name]
        finding.holds[name] = rows["accession"].nunique() == 1
        places = zip(rows["accession"], rows["place"], strict=True)
        parts.append(f"{name}: " + ", ".join(f"{accession} ({place})" for accession, place in places))
    finding.observed = "; ".join(parts)
    return finding


def places_agree(case):
    """Each accession of one place stands in another: pairs."""
    table = case.printed["accessions"]
    finding, parts = Finding(printed=True, rows=[_file("accessions")]), []
    for of, inside in case.claim.parameters["pairs"]:
        names = {place: set(table[table["place"] == place]["accession"]) for place in (of, inside)}
        missing = sorted(names[of] - names[inside])
        finding.holds[of] = not missing
        parts.append(f"in {of} and not in {inside}: {', '.join(missing) or 'none'}")
    finding.observed = "; ".join(parts)
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


def untested(case):
    """Nothing at hand can decide it: parameters reason."""
    return Finding(untested=case.claim.parameters["reason"])
