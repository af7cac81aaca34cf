"""Pathways at hand: which to draw, many files at once, and where WikiPathways has its own."""

from deepae.enrichment.gpml import read
from deepae.errors import DataError


def address(identifier):
    """Return where WikiPathways has the GPML of a pathway."""
    return f"https://www.wikipathways.org/wikipathways-assets/pathways/{identifier}/{identifier}.gpml"


def collect(paths):
    """Read many GPML files; one that cannot be read is a problem to report, not the end.

    Parameters
    ----------
    paths : iterable of path

    Returns
    -------
    found : dict of str to (Pathway, path)
        By id; of two files with one id the first counts.
    problems : list of str
        A line for each file that could not be read.
    """
    found, problems = {}, []
    for path in paths:
        try:
            pathway = read(path)
        except DataError as error:
            problems.append(str(error))
            continue
        found.setdefault(pathway.id, (pathway, str(path)))
    return found, problems


def select(tested, at_hand, background):
    """Choose the pathway that a figure draws: the lowest P over all dimensions among those with a GPML file.

    Parameters
    ----------
    tested : pandas.DataFrame
        All tests of a data set: `deepae.enrichment.overrepresentation.enrich`.
    at_hand : collection of str
        Ids of pathways.
    background : str

    Returns
    -------
    drawn, lowest : pandas.Series or None
        The row of the pathway to draw, and the row with the lowest P of all. None where nothing was tested.
    """
    rows = tested[tested["background"] == background]
    rows = rows.sort_values(["p", "genes_in_query", "term_id", "dimension"], ascending=[True, False, True, True])
    present = rows[rows["term_id"].isin(list(at_hand))]
    return (present.iloc[0] if len(present) else None), (rows.iloc[0] if len(rows) else None)
