"""Figures 9 and S4: of each data set the pathway with the lowest P, drawn from its GPML, key genes in yellow."""

import pandas as pd
from scipy.stats import hypergeom

from deepae.enrichment import node_genes, pathways
from deepae.enrichment.node_genes import read_gene_table
from deepae.enrichment.overrepresentation import read_tested
from deepae.enrichment.queries import key_lists, read_key_genes
from deepae.figures import pathway as picture
from deepae.figures import pathway_page, style
from deepae.io.tables import read_tsv

CRITERION, BACKGROUND = "p_adjusted <= 0.05", "measured"
COLUMNS = """
dataset normalization method measurements seed background pathway title revision file dimension
genes_in_query genes_in_term chance chance_low chance_high p p_adjusted p_adjusted_all nodes key_nodes
lowest_pathway lowest_title lowest_dimension lowest_p lowest_p_adjusted_all note
""".split()
"""Columns of the table beside the figure."""


def panel(model, key_genes, tested, found, table, control=None):
    """Choose and match the pathway of one data set.

    Parameters
    ----------
    model : dict
        `dataset`, `label`, `note`, `method_label` of the data set and its network, and `ids`: the id space of the
        library, ``symbol`` or ``orf``.
    key_genes : pandas.DataFrame
        From `deepae.enrichment.queries.read_key_genes`.
    tested : pandas.DataFrame
        All pathway tests of the data set.
    found : dict of str to (Pathway, path)
        The pathways at hand: `deepae.enrichment.pathways.collect`.
    table : deepae.enrichment.node_genes.GeneTable or None
    control : pandas.DataFrame, optional
        control.tsv: what relabelled genes reach.

    Returns
    -------
    panel : dict
        For `deepae.figures.pathway_page.draw`.
    row : dict
        For the table beside the figure: `COLUMNS`.
    """
    drawn, lowest = pathways.select(tested, found, BACKGROUND)
    row = dict.fromkeys(COLUMNS, "") | {"dataset": model["dataset"], "background": BACKGROUND}
    row |= {name: key_genes.attrs.get(name, "") for name in ("normalization", "method", "measurements", "seed")}
    if lowest is not None:
        row |= {f"lowest_{name}": lowest[name] for name in ("dimension", "p", "p_adjusted_all")}
        row |= {"lowest_pathway": lowest["term_id"], "lowest_title": lowest["term"]}
        if drawn is None or drawn["term_id"] != lowest["term_id"]:
            row["note"] = _absent(lowest)
    name = " · ".join(part for part in (model["label"], model.get("note", "")) if part)
    if drawn is None:
        nothing = (
            "No pathway was tested: no library of pathways for this organism, or fewer than 10 annotated key genes."
        )
        return {"title": name, "message": row["note"] or nothing}, row | {"note": row["note"] or nothing}
    shown, path = found[drawn["term_id"]]
    dimension = int(drawn["dimension"])
    key = set(key_lists(key_genes, model["ids"], dimension)[dimension - 1])
    genes = node_genes.match(shown, table, node_genes.companion(path))
    yellow = [bool(key.intersection(names)) for names in genes]
    row |= {
        column: drawn[column] for column in ("genes_in_query", "genes_in_term", "p", "p_adjusted", "p_adjusted_all")
    }
    row |= {"pathway": shown.id, "title": shown.title, "revision": shown.revision, "file": path, "dimension": dimension}
    row |= {"nodes": len(shown.nodes), "key_nodes": sum(yellow)}
    row |= chance(drawn)
    adjusted = f"adjusted {drawn['p_adjusted']:.2g}, over all dimensions {drawn['p_adjusted_all']:.2g}"
    lines = [
        f"{shown.title} ({shown.id}, revision {shown.revision or 'not stated'}, {shown.organism})",
        f"{model.get('method_label', '')} dimension {dimension}: {drawn['genes_in_query']} of {drawn['genes_in_term']} "
        f"genes are key genes; chance gives {row['chance']:.0f} (95 %: {row['chance_low']} to {row['chance_high']}).",
        f"P = {drawn['p']:.2g}, {adjusted}; background: {BACKGROUND} genes.",
        beyond(control),
        short(lowest) if row["note"] else "",
    ]
    legend = [(picture.KEY, f"key gene of dimension {dimension} ({sum(yellow)} boxes)")]
    legend.append((picture.OTHER, f"other gene ({sum(node.is_gene for node in shown.nodes) - sum(yellow)} boxes)"))
    return {
        "title": name,
        "lines": [line for line in lines if line],
        "legend": legend,
        "pathway": shown,
        "key": yellow,
    }, row


def short(lowest):
    """Name the pathway with the lowest P of all, where that is not the one that is drawn."""
    return (
        f"The lowest P of all, {lowest['p']:.2g}, is that of {lowest['term']} ({lowest['term_id']}, dimension "
        f"{lowest['dimension']}); its GPML is not at hand (the table beside the figure says how to get it)."
    )


def chance(drawn):
    """Return how many genes of a pathway would be key genes by chance: the mean, and the central 95 %."""
    numbers = [int(drawn[name]) for name in ("background_size", "genes_in_term", "query_size")]
    low, high = hypergeom.ppf([0.025, 0.975], *numbers)
    return {"chance": float(hypergeom.mean(*numbers)), "chance_low": int(low), "chance_high": int(high)}


def beyond(control):
    """Say whether relabelled genes reach as many pathways, over all dimensions; empty without control.tsv."""
    if control is None:
        return ""
    rows = control[(control["kind"] == "wikipathways") & (control["background"] == BACKGROUND)]
    rows = rows[(rows["criterion"] == CRITERION) & (rows["relabelled"] == "strata")].set_index("statistic")
    if not {"terms", "dimensions"} <= set(rows.index):
        return ""
    terms, dimensions = rows.loc["terms"], rows.loc["dimensions"]
    many, some = int(terms["observed"]), int(dimensions["observed"])
    return (
        f"All dimensions: {many} pathway{'s' * (many != 1)} at adjusted P <= 0.05, in {some} dimension"
        f"{'s' * (some != 1)}; with genes relabelled within strata of expression p = {terms['p']:.3f} and "
        f"{dimensions['p']:.3f}."
    )


def draw(panels, rows=(), problems=(), name="Figure 9"):
    """Draw the panels on one page.

    Parameters
    ----------
    panels : list of dict
        From `panel`.
    rows : list of dict
        From `panel`: `found` is made of them.
    problems : sequence of str
        Lines about files that could not be read, printed at the foot.
    name : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    heading = f"{name} · the pathway with the lowest P among those that can be drawn" if "Figure" in name else ""
    figure = pathway_page.draw(panels, heading, [f"Left out: {problem}" for problem in problems])
    figure.found = found(rows)
    return figure


def found(rows):
    """Say in words which pathways are drawn, and how many key genes they have against chance."""
    parts = [
        f"{row['dataset']}: {row['title']}, {row['genes_in_query']} of {row['genes_in_term']} genes are key genes of "
        f"dimension {row['dimension']} (by chance {row['chance']:.0f}, {row['chance_low']} to {row['chance_high']}), P "
        f"adjusted over all dimensions {row['p_adjusted_all']:.2g}"
        for row in rows
        if row["pathway"]
    ]
    return f"Pathways drawn. {'; '.join(parts)}." if parts else "No pathway is drawn."


def _absent(lowest):
    identifier = lowest["term_id"]
    return (
        f"The lowest P of all, {lowest['p']:.2g}, is that of {lowest['term']} ({identifier}, dimension "
        f"{lowest['dimension']}), whose GPML is not at hand: add {identifier} to `pathways` in the configuration, or "
        f"save {pathways.address(identifier)} in resources/wikipathways."
    )


def make(models, key_genes, tested, control, gpml, title, paths):
    """Draw saved models' pathways from the files of their enrichment, in the order of the models.

    Parameters
    ----------
    models : list of dict
        As `deepae.config.enriched.Enrichment.models` has them.
    key_genes, tested, control : list of path
        Of each model's data set.
    gpml : list of path
        Pathways at hand.
    title : str
    paths : list of path
        To write: .svg, .pdf, .png.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; a row for each model.
    """
    found, problems = pathways.collect(gpml)
    panels, rows, tables = [], [], {"": None}
    for model, *files in zip(models, key_genes, tested, control, strict=True):
        path = model["gene_table"]
        if path not in tables:
            tables[path] = read_gene_table(path, model["ids"])
        genes, terms, null = read_key_genes(files[0]), read_tested(files[1]), read_tsv(files[2])
        drawn, row = panel(model, genes, terms, found, tables[path], null)
        panels.append(drawn)
        rows.append(row)
    style.save(draw(panels, rows, problems, title), paths)
    return pd.DataFrame(rows, columns=COLUMNS)
