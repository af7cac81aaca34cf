"""What a heat map shows: which genes and cells, in which order, in which unit."""

from typing import NamedTuple

import numpy as np

from deepae.config.vocabulary import NORMALIZATIONS
from deepae.errors import DataError

GENES = 1000
CELLS = 500
UNITS = {name: kind.label for name, kind in NORMALIZATIONS.items()} | {"none": NORMALIZATIONS["log1p"].label}
"""Of the colours; raw values are drawn as their logarithm."""


class Order(NamedTuple):
    """Order of the rows and columns of a heat map.

    Attributes
    ----------
    genes, cells : array of int
        Leaves of the dendrograms, as positions in the matrix.
    gene_linkage, cell_linkage : array, shape (m - 1, 4), or None
        As scipy makes them; None for fewer than two rows.
    """

    genes: np.ndarray
    cells: np.ndarray
    gene_linkage: np.ndarray | None
    cell_linkage: np.ndarray | None


def shown(values, normalization):
    """Return values as they are drawn: raw ones as log(x + 1), where negative reconstructions count as 0."""
    return np.log1p(np.maximum(values, 0)) if normalization == "none" else np.asarray(values)


def choose(cells, n_genes=GENES, n_cells=CELLS):
    """Choose the most variable genes, then the cells that vary most over these genes.

    Variances are those of the drawn values, population form.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
    n_genes, n_cells : int
        At most so many.

    Returns
    -------
    genes, chosen : numpy.ndarray of int64, ascending
        Positions of the genes, and positions in `cells`.
    original : numpy.ndarray, float32, shape (len(chosen), len(genes))
        The drawn values.

    Raises
    ------
    DataError
        With fewer than two cells or genes: there is nothing to cluster.
    """
    if len(cells) < 2 or cells.n_genes < 2:
        raise DataError(f"heat map: {len(cells)} cells x {cells.n_genes} genes, expected at least 2 of each")
    total, squares = np.zeros((2, cells.n_genes))
    first = None
    for _, block in cells.blocks():
        values = shown(block, cells.normalization).astype(np.float64)
        first = values[0] if first is None else first
        values -= first  # shifted, so that the difference of squares keeps its digits
        total += values.sum(axis=0)
        squares += (values**2).sum(axis=0)
    variance = squares / len(cells) - (total / len(cells)) ** 2
    genes = np.sort(np.argsort(-variance, kind="stable")[:n_genes])
    values = np.concatenate([shown(block[:, genes], cells.normalization) for _, block in cells.blocks()])
    chosen = np.sort(np.argsort(-values.var(axis=1, dtype=np.float64), kind="stable")[:n_cells])
    return genes, chosen, values[chosen].astype(np.float32)


def order(matrix):
    """Cluster rows (genes) and columns (cells) by Ward's method on Euclidean distances, leaves ordered optimally.

    Parameters
    ----------
    matrix : array, shape (n_genes, n_cells)

    Returns
    -------
    Order
    """
    gene_linkage, genes = _cluster(np.asarray(matrix, dtype=np.float64))
    cell_linkage, cells = _cluster(np.asarray(matrix, dtype=np.float64).T)
    return Order(genes, cells, gene_linkage, cell_linkage)


def _cluster(rows):
    from scipy.cluster.hierarchy import leaves_list, linkage

    if len(rows) < 2:
        return None, np.arange(len(rows))
    tree = linkage(rows, method="ward", optimal_ordering=True)
    return tree, leaves_list(tree)


def unit_range(values):
    """Scale each column (a unit of the code) from its least to its largest value, 0 to 1; a constant one becomes 0."""
    values = np.asarray(values, dtype=np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    return (values - low) / np.where(high > low, high - low, 1)
