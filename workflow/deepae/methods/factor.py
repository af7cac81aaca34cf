"""Factor analysis: a linear Gaussian model with a noise variance for each gene (scikit-learn)."""

import numpy as np

from deepae.methods.base import Method
from deepae.methods.controls import LinearDecoder
from deepae.methods.measuring import check_measurements


class FactorAnalysis(Method):
    """The posterior mean of the factors as code, loadings times factors plus mean as reconstruction.

    Parameters
    ----------
    steps : int
        Most iterations of expectation maximisation.
    """

    fit_depends_on_h = True

    def __init__(self, steps=200):
        self.steps = steps

    def fit(self, train, run, h=None):
        from sklearn.decomposition import FactorAnalysis as Estimator

        check_measurements(h, train.shape[1])
        varies = np.flatnonzero(np.ptp(train, axis=0) > 0)  # a constant gene has no noise variance to divide by
        n_factors = min(h, len(train) - 1, len(varies))
        # randomised singular vectors need a seed; the exact ones cost little for so few cells
        estimator = Estimator(n_factors, max_iter=self.steps, tol=1e-3, svd_method="lapack")
        mean = train.mean(axis=0, dtype=np.float64)
        weights = np.zeros((n_factors, train.shape[1]))
        encode = np.zeros((train.shape[1], n_factors))
        if n_factors:
            estimator.fit((train - mean)[:, varies])
            loadings, precision = estimator.components_, 1 / np.maximum(estimator.noise_variance_, 1e-12)
            weights[:, varies] = loadings
            posterior = np.linalg.inv(np.eye(n_factors) + (loadings * precision) @ loadings.T)
            encode[varies] = (precision[:, None] * loadings.T) @ posterior
        arrays = {"mean": mean, "weights": weights, "encode": encode}
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    def encode(self, model, cells, run, measurements):
        codes = np.empty((len(cells), model["encode"].shape[1]), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = (block - model["mean"]) @ model["encode"]
        return dict.fromkeys(measurements, codes)

    def decoder(self, model, run, h):
        check_measurements(h, len(model["mean"]))
        return LinearDecoder(model["weights"], model["mean"], rank=len(model["weights"]))
