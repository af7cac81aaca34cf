"""Noisy composite measurements: Y = A (X + N), the same for every method of a run (protocol of Cleary et al. 2017)."""

import functools

import numpy as np

from deepae.data.randomness import stream
from deepae.errors import ConfigError, MethodError

LARGEST_CORRELATION = 0.2  # between two rows of A; a row above it is drawn again
TRIES = 10_000  # for one row: with few genes and many rows no draw may ever do


class MeasurementMatrix:
    """The rows of A for one data set, seed and number of genes, drawn as they are asked for.

    Rows are Gaussian, scaled to unit norm. A row is drawn again while its absolute Pearson correlation with an earlier
    row exceeds 0.2. As rows come in order from one stream, A for fewer measurements is the head of A for more.
    """

    def __init__(self, dataset, seed, n_genes, tries=TRIES):
        self._stream = stream("measurement-matrix", dataset, seed)
        self._tries = tries
        self._drawn = 0
        self._rows = np.empty((0, n_genes))
        self._centred = np.empty((0, n_genes))  # centred and scaled, so that products are correlations
        self._failed = None

    def rows(self, h):
        """Return the first h rows: float64, shape (h, n_genes).

        Raises
        ------
        MethodError
            If a row cannot be drawn in the allowed tries; smaller h still work.
        """
        missing = h - len(self._rows)
        if missing > 0:
            more = np.empty((missing, self._rows.shape[1]))
            self._rows, self._centred = np.vstack([self._rows, more]), np.vstack([self._centred, more])
        while self._failed is None and self._drawn < h:
            self._draw()
        if h > self._drawn:
            raise MethodError(self._failed)
        return self._rows[:h]

    def _draw(self):
        n_genes = self._rows.shape[1]
        earlier = self._centred[: self._drawn]
        for _ in range(self._tries):
            row = self._stream.standard_normal(n_genes)
            deviation = row - row.mean()
            deviation /= np.linalg.norm(deviation) or 1.0
            if np.abs(earlier @ deviation).max(initial=0.0) <= LARGEST_CORRELATION:
                self._rows[self._drawn] = row / np.linalg.norm(row)
                self._centred[self._drawn] = deviation
                self._drawn += 1
                return
        self._failed = (
            f"measurement matrix: row {self._drawn + 1} for {n_genes} genes correlates with an earlier by more than "
            f"{LARGEST_CORRELATION} in each of {self._tries} tries; at most {self._drawn} measurements are possible"
        )


@functools.lru_cache(maxsize=1)  # a job goes through the seeds one by one
def _matrix(dataset, seed, n_genes):
    return MeasurementMatrix(dataset, seed, n_genes)


def measurement_matrix(dataset, seed, n_genes, h):
    """Return A of a run: float64, shape (h, n_genes), rows nested over h.

    Raises
    ------
    MethodError
        If h is larger than the number of genes, or the row cannot be drawn (see `MeasurementMatrix`).
    """
    check_measurements(h, n_genes)
    return _matrix(dataset, int(seed), int(n_genes)).rows(h)


def check_measurements(h, n_genes):
    """Raise `MethodError` unless 1 <= h <= n_genes."""
    if not 1 <= h <= n_genes:
        raise MethodError(f"measurements: {h} is not possible with {n_genes} genes; expected 1 to {n_genes}")


def check_snr(snr):
    """Raise `ConfigError` unless a ratio of signal to noise is positive, or None: no noise."""
    if snr is not None and not snr > 0:
        raise ConfigError(f"methods.yaml: snr: {snr!r}; expected a positive number, or null for no noise")


def check_counts(values, who):
    """Raise `MethodError`, in which `who` needs counts, unless the values of an array are."""
    if values.size and (values.min() < 0 or not np.array_equal(values, np.rint(values))):
        raise MethodError(f"{who} needs counts; the values are not non-negative integers")


def measure(cells, matrix, snr):
    """Take noisy measurements of all cells in one pass over their blocks.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
    matrix : numpy.ndarray, shape (h, n_genes)
        A. For fewer measurements take the first columns of the result.
    snr : float or None
        ``||X||_F / ||N||_F`` over all these cells, met exactly; None: no noise.

    Returns
    -------
    measurements : numpy.ndarray, float64, shape (n_cells, h)
        ``(X + N) A^T``.
    sigma : float
        What the standard normal noise of `cells` was multiplied by to give N.
    """
    clean = np.zeros((len(cells), len(matrix)))
    noise = np.zeros_like(clean)
    power = noise_power = 0.0
    for where, block in cells.blocks():
        # float64: a product must not depend on the size of its block, or a cell might choose another support
        block = block.astype(np.float64)
        clean[where] = block @ matrix.T
        power += np.vdot(block, block)
        if snr is not None:
            block = cells.noise(where).astype(np.float64)
            noise[where] = block @ matrix.T
            noise_power += np.vdot(block, block)
    if snr is None or noise_power == 0:
        return clean, 0.0
    sigma = float(np.sqrt(power / noise_power) / snr)
    clean += sigma * noise
    return clean, sigma
