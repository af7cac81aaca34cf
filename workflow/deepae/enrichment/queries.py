"""Key genes as queries: read from their table, and looked up in a library of gene sets."""

from dataclasses import dataclass

import numpy as np

from deepae.errors import DataError
from deepae.io.tables import read_tsv

NO_SYMBOL = frozenset(["", "-", "NEWENTRY"])


@dataclass
class Query:
    """Gene lists to be tested, in the id space of a library.

    Attributes
    ----------
    sets : list of numpy.ndarray
        Positions in `Library.genes` of each list's annotated genes, in the order of the list, each once.
    sizes, without_id, unannotated : list of int
        Genes of each list, those without any id in this space, and those with one that the library does not hold.
    """

    sets: list
    sizes: list
    without_id: list
    unannotated: list


def query(library, lists):
    """Look up gene lists in a library.

    Parameters
    ----------
    library : deepae.enrichment.library.Library
    lists : list of sequence of str

    Returns
    -------
    Query
    """
    index = library.index()
    result = Query([], [], [], [])
    for genes in lists:
        with_id = [gene for gene in genes if gene not in NO_SYMBOL]
        found = [index[gene] for gene in dict.fromkeys(with_id) if gene in index]
        result.sets.append(np.asarray(found, dtype=np.int64))
        result.sizes.append(len(genes))
        result.without_id.append(len(genes) - len(with_id))
        result.unannotated.append(sum(gene not in index for gene in with_id))
    return result


def inside(library, measured, background):
    """Return 1 for each gene of the library that belongs to the background, else 0."""
    if background == "annotated":
        return np.ones(len(library.genes), dtype=np.int64)
    present = set(measured)
    return np.fromiter((gene in present for gene in library.genes), dtype=np.int64, count=len(library.genes))


def measured_ids(dataset, ids):
    """Return the measured genes' ids in an id space: symbols, or ids as in the file (``orf``).

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    ids : str
        ``symbol`` or ``orf``.
    """
    return [str(gene) for gene in (dataset.symbols if ids == "symbol" else dataset.genes)]


def read_key_genes(path, ranking="path", seed=None):
    """Read one ranking and seed of key-genes.tsv, for the first network in it; see `of_ranking`."""
    return of_ranking(read_rankings(path), ranking, seed, path)


def read_rankings(path):
    """Read key-genes.tsv, all rankings and seeds; `DataError` if it is damaged."""
    try:
        table = read_tsv(path, empty_is_nan=False, dtype={"gene_id": str, "symbol": str})
        return table.sort_values(["dimension", "rank"], kind="stable")
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: not a readable table of key genes ({error})") from error


def of_ranking(table, ranking="path", seed=None, path="key genes"):
    """Return the key genes of one ranking and seed, for the first network in the table.

    Parameters
    ----------
    table : pandas.DataFrame
        From `read_rankings`.
    ranking : str
    seed : int, optional
        Default: the first in the file.
    path : path
        Named in the error.

    Returns
    -------
    pandas.DataFrame
        Sorted by `dimension` and `rank`; `attrs` hold `ranking`, `normalization`, `method`, `measurements`, `seed`.

    Raises
    ------
    DataError
        If there are no such rows.
    """
    rows = table[(table["ranking"] == ranking) & (True if seed is None else table["seed"] == seed)]
    if rows.empty:
        which = "any seed" if seed is None else f"seed {seed}"
        raise DataError(f"{path}: no key genes of ranking {ranking!r} and {which}, expected some")
    first = rows.loc[rows.index.min()]  # sorted by dimension and rank, but labelled by line
    chosen = {column: first[column] for column in ("normalization", "method", "measurements", "seed")}
    for column, value in chosen.items():
        rows = rows[rows[column] == value]
    rows.attrs.update(ranking=ranking, **chosen)
    return rows


def key_lists(key_genes, ids, dimensions):
    """Return the key genes of dimensions 1 to `dimensions` as lists of ids of an id space (``symbol``, ``orf``)."""
    column = "symbol" if ids == "symbol" else "gene_id"
    groups = {number: list(rows[column]) for number, rows in key_genes.groupby("dimension")}
    return [groups.get(number, []) for number in range(1, dimensions + 1)]


def key_positions(key_genes, dimensions):
    """Return the positions, among the measured genes, of the key genes of dimensions 1 to `dimensions`."""
    groups = {number: rows["position"].to_numpy() for number, rows in key_genes.groupby("dimension")}
    return [groups.get(number, np.empty(0, dtype=np.int64)) for number in range(1, dimensions + 1)]
