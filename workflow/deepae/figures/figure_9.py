"""Figure 9: of each data set the pathway with the lowest P, drawn from its GPML, key genes in yellow."""

import pandas as pd

from deepae.enrichment import pathways
from deepae.enrichment.queries import key_lists
from deepae.figures import pathway as picture

NAME = "Figure 9"
COLUMNS = [
    "dataset",
    "normalization",
    "method",
    "measurements",
    "seed",
    "background",
    "pathway",
    "title",
    "revision",
    "file",
    "dimension",
    "genes_in_query",
    "genes_in_term",
    "p",
    "p_adjusted",
    "p_adjusted_all",
    "nodes",
    "key_nodes",
    "lowest_pathway",
    "lowest_title",
    "lowest_dimension",
    "lowest_p",
    "lowest_p_adjusted_all",
    "note",
]
"""Columns of the table beside the figure."""


def panel(kept, key_genes, tested, found, table, ids, background="measured"):
    """Choose and match the pathway of one data set.

    Parameters
    ----------
    kept : dict
        `dataset`, `label`, `note`, `method_label` of the data set and its network.
    key_genes : pandas.DataFrame
        From `deepae.enrichment.queries.read_key_genes`.
    tested : pandas.DataFrame
        All pathway tests of the data set.
    found : dict of str to (Pathway, path)
        The pathways at hand: `deepae.enrichment.pathways.collect`.
    table : deepae.enrichment.pathways.GeneTable or None
    ids : str
        Id space of the library: ``symbol`` or ``orf``.
    background : str

    Returns
    -------
    panel : dict
        For `deepae.figures.pathway.draw`.
    row : dict
        For the table beside the figure: `COLUMNS`.
    """
    drawn, lowest = pathways.select(tested, found, background)
    row = dict.fromkeys(COLUMNS, "") | {"dataset": kept["dataset"], "background": background}
    row |= {name: key_genes.attrs.get(name, "") for name in ("normalization", "method", "measurements", "seed")}
    if lowest is not None:
        row |= {f"lowest_{name}": lowest[name] for name in ("dimension", "p", "p_adjusted_all")}
        row |= {"lowest_pathway": lowest["term_id"], "lowest_title": lowest["term"]}
        if drawn is None or drawn["term_id"] != lowest["term_id"]:
            row["note"] = _absent(lowest)
    name = " · ".join(part for part in (kept["label"], kept.get("note", "")) if part)
    if drawn is None:
        nothing = (
            "No pathway was tested: no library of pathways for this organism, or fewer than 10 annotated key genes."
        )
        return {"title": name, "message": row["note"] or nothing}, row | {"note": row["note"] or nothing}
    shown, path = found[drawn["term_id"]]
    dimension = int(drawn["dimension"])
    key = set(key_lists(key_genes, ids, dimension)[dimension - 1])
    genes = pathways.match(shown, table, pathways.companion(path))
    yellow = [bool(key.intersection(names)) for names in genes]
    row |= {
        column: drawn[column] for column in ("genes_in_query", "genes_in_term", "p", "p_adjusted", "p_adjusted_all")
    }
    row |= {"pathway": shown.id, "title": shown.title, "revision": shown.revision, "file": path, "dimension": dimension}
    row |= {"nodes": len(shown.nodes), "key_nodes": sum(yellow)}
    counts = f"{drawn['genes_in_query']} of {drawn['genes_in_term']} genes are key genes"
    adjusted = f"adjusted {drawn['p_adjusted']:.2g}, over all dimensions {drawn['p_adjusted_all']:.2g}"
    lines = [
        f"{shown.title} ({shown.id}, revision {shown.revision or 'not stated'}, {shown.organism})",
        f"{kept.get('method_label', '')} dimension {dimension}: {counts} · P = {drawn['p']:.2g}, {adjusted} · "
        f"background: {background} genes",
        row["note"],
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


def draw(panels, problems=(), name=NAME):
    """Draw the panels below each other.

    Parameters
    ----------
    panels : list of dict
        From `panel`.
    problems : sequence of str
        Lines about files that could not be read, printed at the foot.
    name : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    heading = f"{name} · the pathway with the lowest P of those whose GPML is at hand" if "Figure" in name else ""
    return picture.draw(panels, heading, [f"Left out: {problem}" for problem in problems])


def frame(rows):
    """Return the rows of `panel` as a table."""
    return pd.DataFrame(rows, columns=COLUMNS)


def _absent(lowest):
    identifier = lowest["term_id"]
    return (
        f"The lowest P of all, {lowest['p']:.2g}, is that of {lowest['term']} ({identifier}, dimension "
        f"{lowest['dimension']}), whose GPML is not at hand: add {identifier} to `pathways` in the configuration, or "
        f"save {pathways.address(identifier)} in resources/wikipathways."
    )
