"""A set of cells of one run, seen as normalised blocks: the dense matrix never exists as a whole."""

import numpy as np

from deepae.data.normalise import normalise, zscore_moments
from deepae.data.randomness import stream

BLOCK_VALUES = 4_000_000  # values in a block: 16 MB of float32, a few hundred cells of a whole genome


class Cells:
    """Cells of a stored matrix under one normalisation.

    Parameters
    ----------
    matrix : scipy.sparse.csr_matrix or array, shape (n_all_cells, n_genes)
        As ingested, not normalised.
    rows : array of int
        Which cells, in this order.
    normalization : {"none", "log1p", "zscore"}
    dataset, seed : str, int
        What the noise of a cell depends on, with the cell's index in `matrix`.
    block_cells : int, optional
        Cells in a block; by default so many that a block has about `BLOCK_VALUES` values.
    """

    def __init__(self, matrix, rows, normalization, dataset, seed, block_cells=None):
        self.matrix = matrix
        self.rows = np.asarray(rows)
        self.normalization = normalization
        self.dataset = dataset
        self.seed = seed
        self.n_cells = len(self.rows)
        self.n_genes = matrix.shape[1]
        self._moments = None  # of each cell, from when it was first seen: passes over the same cells are many
        self.block_cells = block_cells or max(1, min(self.n_cells, BLOCK_VALUES // max(1, self.n_genes)))

    def __len__(self):
        return self.n_cells

    def slices(self):
        """Yield the slices (positions in `rows`) that cut the cells into blocks."""
        for start in range(0, self.n_cells, self.block_cells):
            yield slice(start, min(start + self.block_cells, self.n_cells))

    def block(self, where):
        """Return the normalised cells of a slice: a new dense float32 array, shape (b, n_genes)."""
        part = self.raw(where)
        if self.normalization != "zscore":
            return normalise(part, self.normalization)
        if self._moments is None:
            self._moments = np.full((self.n_cells, 2), np.inf)
        if np.isinf(self._moments[where]).any():
            self._moments[where] = zscore_moments(part)
        return normalise(part, self.normalization, self._moments[where])

    def raw(self, where):
        """Return the cells of a slice as ingested: sparse or dense, shape (b, n_genes)."""
        return self.matrix[self.rows[where]]

    def blocks(self):
        """Yield ``(slice, block)`` for all cells in order."""
        for where in self.slices():
            yield where, self.block(where)

    def dense(self):
        """Return all cells at once, for the few training cells: float32, shape (n_cells, n_genes)."""
        return self.block(slice(0, self.n_cells))

    def noise(self, where):
        """Return standard normal noise for a slice of cells: float32, shape (b, n_genes).

        A cell's noise depends on the data set, the seed and the cell alone, so that it is the same for every method,
        number of measurements and block size.
        """
        noise = np.empty((len(self.rows[where]), self.n_genes), dtype=np.float32)
        for row, cell in zip(noise, self.rows[where], strict=True):
            stream("noise", self.dataset, self.seed, cell).standard_normal(dtype=np.float32, out=row)
        return noise


class SomeGenes(Cells):
    """The same cells, normalised with all genes, seen over some of them: to score, not to measure.

    Parameters
    ----------
    cells : Cells
    genes : array of int
    """

    def __init__(self, cells, genes):
        super().__init__(
            cells.matrix, cells.rows, cells.normalization, cells.dataset, cells.seed, block_cells=cells.block_cells
        )
        self._all, self._genes = cells, genes
        self.n_genes = len(genes)

    def block(self, where):
        return np.ascontiguousarray(self._all.block(where)[:, self._genes])

    def raw(self, where):
        return self._all.raw(where)[:, self._genes]

    def noise(self, where):
        return np.ascontiguousarray(self._all.noise(where)[:, self._genes])
