"""Normalisation of blocks of cells: every method sees the same values."""

import numpy as np
import scipy.sparse

from deepae.config.vocabulary import NORMALIZATIONS
from deepae.errors import DataError


def normalise(block, normalization):
    """Return a dense, normalised copy of a block of cells.

    Parameters
    ----------
    block : array or sparse matrix, shape (n_cells, n_genes)
        Values as ingested.
    normalization : {"none", "log1p", "zscore"}
        `none`: as ingested; `log1p`: log(x + 1); `zscore`: per **cell**, across genes, with the population standard
        deviation (ddof 0), as the released program does. A cell without variance becomes zeros.

    Returns
    -------
    numpy.ndarray, shape (n_cells, n_genes), float32
        Computed in float64 where sums are involved. No cell influences another.

    Raises
    ------
    DataError
        For log1p of a negative value; ValueError for an unknown normalisation.
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f"unknown normalisation {normalization!r}, expected one of {', '.join(NORMALIZATIONS)}")
    dense = block.toarray() if scipy.sparse.issparse(block) else np.array(block)
    dense = np.ascontiguousarray(dense, dtype=np.float32)
    if normalization == "log1p":
        check_log1p(dense)
        np.log1p(dense, out=dense)
    elif normalization == "zscore":
        mean = dense.mean(axis=1, dtype=np.float64)
        deviation = dense.std(axis=1, dtype=np.float64)
        constant = dense.max(axis=1) == dense.min(axis=1)  # not deviation == 0: rounding leaves 1e-17
        deviation[constant] = 1.0
        dense = ((dense - mean[:, None]) / deviation[:, None]).astype(np.float32)
        dense[constant] = 0.0
    return dense


def check_log1p(values, name="the matrix"):
    """Raise `DataError` if log1p is not meant for these values: any of them is negative."""
    data = values.data if scipy.sparse.issparse(values) else values
    lowest = data.min(initial=0)
    if lowest < 0:
        raise DataError(f"{name}: log1p of a negative value ({lowest:g}); expected counts or intensities >= 0")
