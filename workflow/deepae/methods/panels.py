"""Panels of genes: h real genes are measured, the others are predicted from them.

What L1000, spatial panels and composite imaging do. The genes are chosen, and the linear decoder is learned, from the
training cells alone. A panel for fewer genes is the head of a panel for more.
"""

import numpy as np

from deepae.data.randomness import stream
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import check_measurements

RIDGES = 10.0 ** np.arange(-4, 2.5, 0.5)
"""Ridge penalties that are tried, in units of the measured genes' mean variance."""


class Panel(Method):
    """Base of the panels. Subclasses choose the genes.

    The decoder is ``mean + C_gS (C_SS + tau I)^-1 (x_S - mean_S)`` with mean and covariance C of the training cells;
    measured genes keep their measured value. tau is chosen for each h by leave-one-out over the training cells. Told
    the noise of what is measured, sigma^2, the decoder adds it to tau, and a measured gene becomes
    ``mean_S + (C_SS + tau I) (C_SS + (tau + sigma^2) I)^-1 (x_S - mean_S)``.

    Parameters
    ----------
    ridge : float, optional
        tau of the decoder in units of the measured genes' mean variance, instead of choosing it.
    """

    def __init__(self, ridge=None):
        self.ridge = ridge

    def choose(self, mean, centred, run, count):
        """Return `count` genes in the order in which they enter the panel.

        Parameters
        ----------
        mean : numpy.ndarray, float64, shape (n_genes,)
        centred : numpy.ndarray, float64, shape (n_train, n_genes)
            Training cells less their mean.
        run : Run
        count : int
        """
        raise NotImplementedError

    def fit(self, train, run, h=None):
        mean = train.mean(axis=0, dtype=np.float64)
        return {"mean": mean.astype(np.float32), "centred": (train - mean).astype(np.float32)}

    def tune(self, model, train, run, measurements):
        mean = train.mean(axis=0, dtype=np.float64)
        centred = train - mean
        possible = sorted(h for h in measurements if h <= train.shape[1])
        genes = self.choose(mean, centred, run, max(possible, default=0))
        gram = centred @ centred.T
        taus = [self._tau(centred[:, genes[:h]], gram) for h in possible]
        chosen = {"genes": np.asarray(genes, dtype=np.int64), "tuned_measurements": np.array(possible, dtype=np.int64)}
        return model | chosen | {"tau": np.array(taus, dtype=np.float64)}

    def _tau(self, seen, gram):
        return leave_one_out_ridge(seen, gram, RIDGES if self.ridge is None else [self.ridge])

    def encode(self, model, cells, run, measurements):
        genes = model["genes"][: max(measurements)]
        codes = np.empty((len(cells), len(genes)), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = block[:, genes]
        return {h: codes[:, :h] for h in measurements}

    def decoder(self, model, run, h):
        check_measurements(h, len(model["mean"]))
        tau = dict(zip(model["tuned_measurements"].tolist(), model["tau"].tolist(), strict=True))[h]
        return PanelDecoder(model["genes"][:h], model["mean"], model["centred"], tau)


class PanelDecoder(Decoder):
    """Predicts all genes from the measured ones, which keep their values.

    Parameters
    ----------
    genes : numpy.ndarray of int, shape (h,)
    mean : numpy.ndarray, shape (n_genes,)
    centred : numpy.ndarray, shape (n_train, n_genes)
    tau : float
        Added to the variance of each measured gene.
    noise : float
        Variance of the noise of what is measured.
    """

    def __init__(self, genes, mean, centred, tau, noise=0.0):
        self.measured = np.asarray(genes)
        self.rank = len(self.measured)
        self._again = lambda variance: PanelDecoder(genes, mean, centred, tau, variance)
        seen = centred[:, self.measured].astype(np.float64)
        # by way of n_train x n_train: C_gS (C_SS + tau I)^-1 = X_g^T (X_S X_S^T + (n - 1) tau I)^-1 X_S
        inverse = np.linalg.pinv(seen @ seen.T + _penalty(tau + noise, len(seen)), hermitian=True)
        self._weights = ((inverse @ seen).T @ centred).astype(np.float32)
        self._mean = mean
        covariance = seen.T @ seen / max(1, len(seen) - 1) + tau * np.eye(self.rank)
        signal = np.linalg.solve(covariance + noise * np.eye(self.rank), covariance) if noise else None
        self._correct = signal if signal is None else lambda change: change @ signal.astype(np.float32)

    def told(self, variance):
        return self._again(variance)

    def __call__(self, codes):
        codes = np.asarray(codes, dtype=np.float32)
        change = codes - self._mean[self.measured]
        found = change @ self._weights + self._mean
        found[:, self.measured] = codes if self._correct is None else self._mean[self.measured] + self._correct(change)
        return found


class RandomPanel(Panel):
    """Genes drawn under the run's seed."""

    def choose(self, mean, centred, run, count):
        return stream("panel", run.dataset, run.seed).permutation(len(mean))[:count]


class VariancePanel(Panel):
    """The genes with the largest variance over the training cells."""

    def choose(self, mean, centred, run, count):
        return _largest(np.einsum("ij,ij->j", centred, centred), count)


class PCAPanel(Panel):
    """The genes with the largest loading on a principal component, times the root of its eigenvalue."""

    def choose(self, mean, centred, run, count):
        scaled = np.linalg.svd(centred, full_matrices=False)
        return _largest(np.abs(scaled.S[:, None] * scaled.Vh).max(axis=0), count)


class GreedyPanel(Panel):
    """Each step the gene that lowers the summed posterior variance of all genes most.

    The prior is Gaussian with the training cells' covariance; a measured value has the variance tau that
    leave-one-out chooses when all genes are measured.
    """

    def choose(self, mean, centred, run, count):
        gram = centred @ centred.T
        tau = leave_one_out_ridge(centred, gram)
        factor = centred / np.sqrt(max(1, len(centred) - 1))
        inner = factor @ factor.T
        # A measured gene takes a matrix of rank one from the posterior: a step is a few passes over n_train x n_genes.
        seen = factor.copy()  # posterior covariance in the space of the training cells, times the genes
        variance = np.einsum("ij,ij->j", factor, seen)
        lowered = np.einsum("ij,ij->j", seen, inner @ seen)
        genes = []
        for _ in range(count):
            gain = lowered / (variance + tau)
            gain[genes] = -np.inf
            gene = int(np.argmax(gain))
            genes.append(gene)
            column, scale = seen[:, gene].copy(), 1 / (variance[gene] + tau)
            onto = inner @ column
            covariance = column @ factor
            lowered += (column @ onto) * (scale * covariance) ** 2 - 2 * scale * covariance * (onto @ seen)
            variance -= scale * covariance**2
            seen -= np.outer(column, scale * covariance)
        return np.array(genes, dtype=np.int64)


def _largest(scores, count):
    """Return the places of the largest scores, the first of equals first."""
    return np.argsort(-scores, kind="stable")[:count]


def _penalty(tau, n_train):
    return max(1, n_train - 1) * tau * np.eye(n_train)


def leave_one_out_ridge(seen, gram, ridges=RIDGES):
    """Return the ridge penalty tau with the least squared error on left-out training cells, summed over all genes.

    Parameters
    ----------
    seen : numpy.ndarray, float64, shape (n_train, h)
        Measured genes of the training cells, centred.
    gram : numpy.ndarray, float64, shape (n_train, n_train)
        Products of the centred training cells over all genes.
    ridges : sequence of float
        Penalties to try, in units of the measured genes' mean variance.

    Returns
    -------
    float
        One of `ridges` times the mean variance of the measured genes; 0 if these are constant.
    """
    n_train = len(seen)
    scale = np.vdot(seen, seen) / max(1, n_train - 1) / max(1, seen.shape[1])
    if not scale > 0:
        return 0.0
    products, identity = seen @ seen.T, np.eye(n_train)
    errors = []
    for ridge in ridges:
        # in closed form: the residual of a left-out cell is its residual in the fit to all, divided by 1 - leverage
        smoother = products @ np.linalg.inv(products + _penalty(ridge * scale, n_train)) + 1 / n_train
        residual = identity - smoother
        squares = np.einsum("ij,jk,ik->i", residual, gram, residual, optimize=True)
        errors.append((squares / np.square(np.diag(residual))).sum())
    return float(ridges[int(np.argmin(errors))] * scale)
