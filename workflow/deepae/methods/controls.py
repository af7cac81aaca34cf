"""Controls: what any method must be compared with before its numbers mean something. The paper has none of them."""

import numpy as np

from deepae.config.vocabulary import SNR
from deepae.data.randomness import stream
from deepae.errors import ConfigError
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import check_snr, measure, measurement_matrix

LEFT_OUT = 20  # training cells that `outside_variance` leaves out in turn


class Mean(Method):
    """The mean training profile for every cell, whatever was measured."""

    uses_h = False

    def fit(self, train, run, h=None):
        return {"profile": train.mean(axis=0, dtype=np.float64).astype(np.float32)}

    def encode(self, model, cells, run, measurements):
        return {h: np.empty((len(cells), 0), dtype=np.float32) for h in measurements}

    def decoder(self, model, run, h):
        return ProfileDecoder(model["profile"])


class Zero(Mean):
    """Nothing: its error is the norm of the test cells, and its correlation is undefined."""

    def fit(self, train, run, h=None):
        return {"profile": np.zeros(train.shape[1], dtype=np.float32)}


class ProfileDecoder(Decoder):
    """One profile, shape (n_genes,), for every cell."""

    rank = 0

    def __init__(self, profile):
        self._profile = profile

    def __call__(self, codes):
        return np.tile(self._profile, (len(codes), 1))


class PCA(Method):
    """The linear encoder learned from the same training cells: centre, leading components, back. No noise.

    There are at most min(h, n_train - 1, n_genes) components; the rank is in the row.
    """

    caps_h = True

    def fit(self, train, run, h=None):
        mean, factor = training_factor(train)
        norms = np.linalg.norm(factor, axis=1)
        components = (factor / norms[:, None]).astype(np.float32)
        return {"mean": mean.astype(np.float32), "components": components, "variances": np.square(norms)}

    def encode(self, model, cells, run, measurements):
        components = model["components"][: max(measurements)]
        offset = components @ model["mean"]
        codes = np.empty((len(cells), len(components)), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = block @ components.T - offset
        return {h: codes[:, :h] for h in measurements}

    def decoder(self, model, run, h):
        components = model["components"][:h]
        return PCADecoder(components, model["mean"], model["variances"][:h])


class Shuffled(PCA):
    """The PCA encoder of training cells with each gene permuted over the cells: what co-variation adds to it."""

    def fit(self, train, run, h=None):
        order = stream("shuffled", run.dataset, run.seed).random(train.shape).argsort(axis=0)
        return super().fit(np.take_along_axis(train, order, axis=0), run, h)


class NearestCell(Method):
    """The training cell nearest to the test cell: a code of log2(n_train) bits, whatever h."""

    uses_h = False

    def fit(self, train, run, h=None):
        return {"cells": np.array(train, dtype=np.float32)}

    def encode(self, model, cells, run, measurements):
        train = model["cells"].astype(np.float64)
        norms = np.einsum("ij,ij->i", train, train)
        nearest = np.empty((len(cells), 1), dtype=np.int64)
        for where, block in cells.blocks():
            nearest[where, 0] = (norms - 2 * block.astype(np.float64) @ train.T).argmin(axis=1)
        return dict.fromkeys(measurements, nearest)

    def decoder(self, model, run, h):
        return CellDecoder(model["cells"])


class CellDecoder(Decoder):
    """Codes are places in a list of cells, shape (n, n_genes)."""

    rank = 0

    def __init__(self, cells):
        self._cells = cells

    def __call__(self, codes):
        return self._cells[codes[:, 0]]


class RandomLMMSE(Method):
    """The baselines' noisy random measurements, decoded by a linear minimum mean squared error estimator.

    The prior is Gaussian with the training cells' mean and covariance, and with the variance V that lies outside the
    span of so few cells (see `outside_variance`), independent over genes; the noise level sigma is known. With the
    factor F of the covariance F^T F, the estimate is ``mean + (F^T F + V) A^T S^-1 (y - A mean)`` where
    ``S = A (F^T F + V + sigma^2 I) A^T``.

    Parameters
    ----------
    snr : float or None
        ``||X_test||_F / ||N||_F``; None: no noise.
    outside : {"genes", "mean", "none"}
        V: for each gene, halfway to the mean over genes; that mean for every gene, in S only; or nothing.
    """

    def __init__(self, snr=SNR, outside="genes"):
        check_snr(snr)
        if outside not in ("genes", "mean", "none"):
            raise ConfigError(f"methods.yaml: outside: {outside!r}; expected genes, mean or none")
        self.snr = snr
        self.outside = outside

    def fit(self, train, run, h=None):
        mean, factor = training_factor(train)
        if self.outside == "none":
            outside = np.zeros(train.shape[1])
        else:
            outside = outside_variance(train, run)
            # a gene's own variance is known from a few cells only: halfway to the mean is no worse on any data at hand
            outside = (outside + outside.mean()) / 2 if self.outside == "genes" else np.full(len(mean), outside.mean())
        arrays = {"mean": mean, "factor": factor, "outside": outside}
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    def encode(self, model, cells, run, measurements):
        """Encode as the contract says; codes are ``S^-1 (y - A mean)``, because only here the noise level is known."""
        matrix = measurement_matrix(run.dataset, run.seed, cells.n_genes, max(measurements))
        measured, sigma = measure(cells, matrix, self.snr)
        measured -= matrix @ model["mean"].astype(np.float64)
        seen = matrix @ model["factor"].astype(np.float64).T
        covariance = seen @ seen.T + (matrix * (sigma**2 + model["outside"].astype(np.float64))) @ matrix.T
        # a pseudo-inverse: without noise there are more measurements than the training cells span
        return {h: measured[:, :h] @ np.linalg.pinv(covariance[:h, :h], hermitian=True) for h in measurements}

    def decoder(self, model, run, h):
        factor = model["factor"].astype(np.float64)
        matrix = measurement_matrix(run.dataset, run.seed, factor.shape[1], h)
        weights = (matrix @ factor.T) @ factor
        if self.outside != "genes":
            return LinearDecoder(weights, model["mean"], rank=min(h, len(factor)))
        return LinearDecoder(weights + matrix * model["outside"], model["mean"], rank=h)


class LinearDecoder(Decoder):
    """``codes @ weights + mean``.

    Parameters
    ----------
    weights : numpy.ndarray, shape (k, n_genes)
    mean : numpy.ndarray, shape (n_genes,)
    rank : int
    """

    def __init__(self, weights, mean, rank):
        self.rank = rank
        self._weights = np.asarray(weights, dtype=np.float32)
        self._mean = mean

    def __call__(self, codes):
        return np.asarray(codes, dtype=np.float32) @ self._weights + self._mean


class PCADecoder(LinearDecoder):
    """PCA's way back. Told the noise of the scores, it shrinks each by variance / (variance + noise).

    Parameters
    ----------
    components : numpy.ndarray, shape (k, n_genes)
    mean : numpy.ndarray, shape (n_genes,)
    variances : numpy.ndarray, shape (k,)
        Of the scores of the training cells.
    """

    def __init__(self, components, mean, variances):
        super().__init__(components, mean, rank=len(components))
        self._variances = variances

    @property
    def floats(self):
        return super().floats - self._variances.size  # needed for noisy scores alone

    def told(self, variance):
        shares = (self._variances / (self._variances + variance)).astype(np.float32)
        return LinearDecoder(shares[:, None] * self._weights, self._mean, self.rank)


def training_factor(train):
    """Return mean and factor of the training cells' covariance, by way of the small n_train x n_train Gram matrix.

    Parameters
    ----------
    train : numpy.ndarray, shape (n_train, n_genes)

    Returns
    -------
    mean : numpy.ndarray, float64, shape (n_genes,)
    factor : numpy.ndarray, float64, shape (rank, n_genes)
        Orthogonal rows, longest first, with ``factor.T @ factor`` the sample covariance (ddof 1); at most n_train - 1.
    """
    n_train = len(train)
    mean = train.mean(axis=0, dtype=np.float64)
    centred = (train - mean) / np.sqrt(max(1, n_train - 1))
    variances, vectors = np.linalg.eigh(centred @ centred.T)
    variances, vectors = variances[::-1], vectors[:, ::-1]
    # centring takes one dimension; what else is below rounding is not there either (float32 input)
    rank = min(n_train - 1, int((variances > 1e-10 * variances[0]).sum())) if variances[0] > 0 else 0
    return mean, vectors[:, :rank].T @ centred


def outside_variance(train, run):
    """Return the variance of each gene outside the span of the training cells, estimated by leaving cells out.

    A left-out cell is fitted as well as the affine span of the others allows; what remains is squared and averaged over
    the left-out cells: all, or `LEFT_OUT` drawn under the run's seed.

    Parameters
    ----------
    train : numpy.ndarray, shape (n_train, n_genes)
    run : deepae.methods.base.Run

    Returns
    -------
    numpy.ndarray, float64, shape (n_genes,)
        0 where there is one training cell only.
    """
    n_train = len(train)
    if n_train < 2:
        return np.zeros(train.shape[1])
    cells = train.astype(np.float64)
    products = cells @ cells.T
    left_out = np.arange(n_train)
    if n_train > LEFT_OUT:
        left_out = stream("left-out-cells", run.dataset, run.seed).choice(n_train, LEFT_OUT, replace=False)
    centring = np.eye(n_train - 1) - 1 / (n_train - 1)
    total = np.zeros(train.shape[1])
    for cell in left_out:
        others = np.delete(np.arange(n_train), cell)
        # least squares on the centred others by way of their products: the cell as a sum of cells, weights adding to 1
        gram = centring @ products[np.ix_(others, others)] @ centring
        along = centring @ (products[others, cell] - products[np.ix_(others, others)].mean(axis=1))
        weights = centring @ np.linalg.pinv(gram, rcond=1e-10, hermitian=True) @ along + 1 / (n_train - 1)
        total += (cells[cell] - weights @ cells[others]) ** 2
    return total / len(left_out)
