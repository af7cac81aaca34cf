"""Ceilings: what bounds any method on these cells. They have seen what no method may see, and are never ranked."""

import numpy as np
import scipy.sparse

from deepae.data.cells import Cells
from deepae.data.normalise import normalise
from deepae.data.randomness import stream
from deepae.methods.base import Decoder, Method
from deepae.methods.controls import PCA
from deepae.methods.measuring import check_counts


class PoolPCA(PCA):
    """The PCA encoder of all cells that are not tested: what more training cells would give."""

    sees = "pool"


class OraclePCA(PCA):
    """The PCA of the test cells themselves: no affine code of h numbers fits them with less squared error."""

    sees = "test"


class Thinned(Method):
    """Two halves of the same counts: each molecule of a test cell goes to one or the other, and one predicts the other.

    Both halves are normalised as cells are. Compared are cells of half the depth, so that the halves differ by the
    noise of counting alone. Both halves have that noise, so a method that averages it away may do better (GSE84133,
    z-score, seed 943: EM 2095, PCA with h = 10 2066): it says how much of a cell is noise, and is no bound on the
    error. Only for integer counts, under a normalisation that does not depend on depth.
    """

    uses_h = False

    def fit(self, train, run, h=None):
        return {"nothing": np.zeros(1)}

    def scored_against(self, cells, run):
        first, second = halves(cells, run)
        self._second = second
        return first

    def encode(self, model, cells, run, measurements):
        return dict.fromkeys(measurements, cells.rows[:, None])

    def decoder(self, model, run, h):
        return HalfDecoder(self._second)


class HalfDecoder(Decoder):
    """Codes are places in the other half."""

    def __init__(self, cells):
        self._cells = cells

    def __call__(self, codes):
        return normalise(self._cells.matrix[codes[:, 0]], self._cells.normalization)


def halves(cells, run):
    """Deal the counts of cells to two halves, each count by a binomial draw; return two `Cells`.

    Raises
    ------
    MethodError
        If the values are no counts.
    """
    counts = scipy.sparse.csr_matrix(cells.matrix)[cells.rows].astype(np.float64)
    check_counts(counts.data, f"{run.dataset}: thinning")
    first = counts.copy()
    for place, row in enumerate(cells.rows):  # a cell's halves depend on the cell alone
        values = slice(first.indptr[place], first.indptr[place + 1])
        first.data[values] = stream("thinned", run.dataset, run.seed, row).binomial(
            first.data[values].astype(np.int64), 0.5
        )
    rows = np.arange(len(cells))
    return tuple(
        Cells(half.astype(np.float32), rows, cells.normalization, cells.dataset, cells.seed, cells.block_cells)
        for half in (first, (counts - first).tocsr())
    )
