"""Normalisation of blocks of cells: every method sees the same values."""

import numpy as np
import scipy.sparse

from deepae.config.vocabulary import NORMALIZATIONS
from deepae.errors import DataError


def normalise(block, normalization, moments=None):
    """Return a dense, normalised copy of a block of cells.

    Parameters
    ----------
    block : array or sparse matrix, shape (n_cells, n_genes)
        Values as ingested.
    normalization : str
        Of `deepae.config.vocabulary.NORMALIZATIONS`. `none`: as ingested; `log1p`: log(x + 1); `zscore`: per **cell**,
        across genes, with the population standard
        deviation (ddof 0), as the released program does. A cell without variance becomes zeros.
    moments : numpy.ndarray, float64, shape (n_cells, 2), optional
        What `zscore_moments` found for these cells: z-scores of a block that is seen again cost a third with them, and
        are the same to the last bit.

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
    if moments is not None and normalization == "zscore":
        return _zscores(block, *moments.T)
    dense = block.toarray() if scipy.sparse.issparse(block) else np.array(block)
    return VALUES[normalization](np.ascontiguousarray(dense, dtype=np.float32))


def renormalise(values, block, found, wanted):
    """Return reconstructed cells under another normalisation than they were reconstructed under.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_cells, n_genes)
        Reconstructions under the normalisation `found`.
    block : array or sparse matrix, shape (n_cells, n_genes)
        The same cells as ingested. A z-score does not know a cell's mean and standard deviation: these two numbers are
        taken from here, so they count as sent beside the code.
    found, wanted : str

    Returns
    -------
    numpy.ndarray, float32, shape (n_cells, n_genes)
        Negative values are 0 before log1p is taken.
    """
    if found == wanted:
        return values
    values = np.asarray(values, dtype=np.float64)
    if found == "zscore":
        mean, deviation = np.nan_to_num(zscore_moments(block)).T
        values = values * deviation[:, None] + mean[:, None]
    elif found == "log1p":
        values = np.expm1(np.minimum(values, 88.0))  # float32 ends there
    return normalise(np.maximum(values, 0.0) if wanted == "log1p" else values, wanted)


def zscore_moments(block):
    """Return mean and standard deviation of each cell, float64, shape (n_cells, 2); NaN for both if it is constant."""
    dense = block.toarray() if scipy.sparse.issparse(block) else np.asarray(block)
    dense = np.ascontiguousarray(dense, dtype=np.float32)
    found = np.stack([dense.mean(axis=1, dtype=np.float64), dense.std(axis=1, dtype=np.float64)], axis=1)
    found[dense.max(axis=1) == dense.min(axis=1)] = np.nan  # not deviation == 0: rounding leaves 1e-17
    return found


def _zscores(block, mean, deviation):
    """Return z-scores; of a sparse block only what is stored is computed, and one value a cell for the rest."""
    if scipy.sparse.issparse(block) and block.has_canonical_format:
        cells = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        values = block.data.astype(np.float32)
        dense = np.repeat((-mean / deviation).astype(np.float32), block.shape[1]).reshape(block.shape)
        dense[cells, block.indices] = (values - mean[cells]) / deviation[cells]
    else:
        dense = np.asarray(block.toarray() if scipy.sparse.issparse(block) else block, dtype=np.float32)
        dense = ((dense - mean[:, None]) / deviation[:, None]).astype(np.float32)
    dense[np.isnan(mean)] = 0.0
    return dense


def _log1p(dense):
    check_log1p(dense)
    return np.log1p(dense, out=dense)


def check_log1p(values, name="the matrix"):
    """Raise `DataError` if log1p is not meant for these values: any of them is negative."""
    data = values.data if scipy.sparse.issparse(values) else values
    lowest = data.min(initial=0)  # of a matrix on disk: part by part
    if lowest < 0:
        raise DataError(f"{name}: log1p of a negative value ({lowest:g}); expected counts or intensities >= 0")


VALUES = {
    "none": lambda dense: dense,
    "log1p": _log1p,
    "zscore": lambda dense: _zscores(dense, *zscore_moments(dense).T),
}
"""For each normalisation of the vocabulary a function of cells, float32 (n_cells, n_genes), that it may overwrite."""
