"""Compressed sensing as its authors use it now: lasso decoding, ridge on centred atoms, 0/1 pools of genes."""

import itertools

import numpy as np

from deepae.config.vocabulary import SNR
from deepae.data.randomness import stream
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Decoder
from deepae.methods.compressed_sensing import CompressedSensing, left_singular_vectors, n_atoms, scaled
from deepae.methods.controls import LinearDecoder
from deepae.methods.measuring import check_measurements, measure, measurement_matrix
from deepae.methods.nmf import SparseNMF
from deepae.methods.spams_calls import silenced
from deepae.methods.svd import SVD

PENALTIES = 10.0 ** np.arange(-4, 2.5, 0.5)
"""Ridge penalties that are tried, in units of the mean variance of an atom's measurements."""


class LassoDecoder(Decoder):
    """Activities of least l1 norm whose measurements are within the noise of the cell's.

    Where the dictionary cannot come so near to what was measured, which few atoms often cannot, the residual is as
    small as it can be: least squares.
    A cell's squared residual is bounded by what noise adds on average, sigma^2 h: rows of A have unit norm. sigma
    follows from the training cells' mean square and the signal-to-noise ratio. Columns have unit norm.

    Parameters
    ----------
    dictionary : numpy.ndarray, shape (n_genes, n_atoms)
    matrix : numpy.ndarray, shape (h, n_genes)
    noise : float
        sigma^2, the variance of the noise of one gene; 0: no noise.
    positive : bool
        Activities are not negative.
    """

    def __init__(self, dictionary, matrix, noise, positive):
        self._atoms = np.ascontiguousarray(dictionary.T, dtype=np.float32)
        seen, self._norms = scaled(matrix @ dictionary.astype(np.float64), unit_columns=True)
        self._seen = np.asfortranarray(seen)
        self._bound = noise * len(matrix)
        self._positive = positive

    def activities(self, codes):
        """Return the activities of a block of codes, (b, h): float64, (b, n_atoms)."""
        import spams  # 0.2 seconds, and not every job needs it

        codes = np.asarray(codes, dtype=np.float64)
        # scaled so that one bound, 1, serves every cell; without noise, all but a millionth of a cell is fitted
        scale = np.full(len(codes), self._bound**0.5) if self._bound else 1e-3 * np.linalg.norm(codes, axis=1)
        scale = np.where(scale > 0, scale, 1.0)[:, None]
        signals = np.asfortranarray((codes / scale).T)
        with silenced():
            # `cholesky=False` reaches the bound exactly
            found = spams.lasso(
                signals, D=self._seen, lambda1=1.0, mode=1, pos=self._positive, cholesky=False, numThreads=1
            )
        return np.nan_to_num(found.T.toarray()) * scale / self._norms

    def __call__(self, codes):
        return self.activities(codes).astype(np.float32) @ self._atoms


class _Lasso(CompressedSensing):
    """Lasso instead of matching pursuit; the dictionary is that of the other base."""

    positive = False

    def tune(self, model, train, run, measurements):
        return model | {"power": np.array(np.square(train, dtype=np.float64).mean())}

    def noise(self, model):
        """Return the variance of the noise of one gene."""
        return 0.0 if self.snr is None else float(model["power"]) / self.snr**2

    def decoder(self, model, run, h):
        matrix = measurement_matrix(run.dataset, run.seed, len(model["dictionary"]), h)
        return LassoDecoder(model["dictionary"], matrix, self.noise(model), self.positive)


class LassoSVD(_Lasso, SVD):
    """Lasso over singular vectors: signed activities."""


class LassoNMF(_Lasso, SparseNMF):
    """Lasso over non-negative atoms: non-negative activities."""

    positive = True


class RidgeAtoms(CompressedSensing):
    """Ridge over the first singular vectors of the *centred* training cells.

    How many and the penalty are chosen together, by cross-validation on the training cells: all atoms are penalised
    alike, so that too many of them, which a larger training set brings, would do harm.
    """

    def __init__(self, atoms_fraction=0.5, snr=SNR):
        super().__init__(snr=snr)
        self.atoms_fraction = atoms_fraction

    def fit(self, train, run, h=None):
        mean = train.mean(axis=0, dtype=np.float64)
        atoms = self._atoms(train - mean)
        return {"mean": mean.astype(np.float32), "dictionary": atoms.astype(np.float32)}

    def _atoms(self, centred):
        return left_singular_vectors(centred, min(n_atoms(self.atoms_fraction, len(centred)), max(1, len(centred) - 1)))

    def tune(self, model, train, run, measurements):
        possible = [h for h in sorted(measurements) if h <= train.shape[1]]
        counts = _counts(model["dictionary"].shape[1])
        errors = np.zeros((len(possible), len(counts), len(PENALTIES)))
        if possible:
            matrix = measurement_matrix(run.dataset, run.seed, train.shape[1], max(possible))
            for others, cells, measured in self._folds(train, matrix, run):
                mean = others.mean(axis=0, dtype=np.float64)
                atoms = self._atoms(others - mean)
                truth = np.tile((cells - mean) @ atoms, (len(measured), 1))
                seen, measured_atoms = np.vstack(measured) - matrix @ mean, matrix @ atoms
                for (row, h), (column, count) in itertools.product(enumerate(possible), enumerate(counts)):
                    beyond = np.square(truth[:, count:]).sum()  # what further atoms hold
                    for place, weights in enumerate(_ridges(measured_atoms[:h, :count])):
                        found = seen[:, :h] @ weights
                        errors[row, column, place] += np.square(truth[:, :count] - found).sum() + beyond
        best = errors.reshape(len(possible), -1).argmin(axis=1) if possible else np.zeros(0, dtype=int)
        return model | {
            "tuned_measurements": np.array(possible, dtype=int),
            "tuned_atoms": np.array(counts)[best // len(PENALTIES)],
            "penalties": PENALTIES[best % len(PENALTIES)],
        }

    def decoder(self, model, run, h):
        mean, atoms = model["mean"].astype(np.float64), model["dictionary"].astype(np.float64)
        matrix = measurement_matrix(run.dataset, run.seed, len(mean), h)
        at = model["tuned_measurements"].tolist().index(h)
        atoms = atoms[:, : model["tuned_atoms"][at]]
        weights = next(_ridges(matrix @ atoms, model["penalties"][at : at + 1])) @ atoms.T
        offset = (mean - (matrix @ mean) @ weights).astype(np.float32)
        return LinearDecoder(weights, offset, rank=min(h, atoms.shape[1]))


def _counts(most):
    """Return the numbers of atoms that are tried: powers of two, and all."""
    return sorted({min(2**k, most) for k in range(most.bit_length() + 1)})


def _ridges(seen, penalties=PENALTIES):
    """Yield for each penalty what turns measurements (n, h) into activities (n, n_atoms)."""
    scale = np.square(seen).sum() / max(1, seen.shape[1])
    left, values, right = np.linalg.svd(seen, full_matrices=False)
    for penalty in penalties:
        yield left * (values / (values**2 + penalty * scale)) @ right


class BinaryPools(LassoNMF):
    """Pools of genes (Cleary et al. 2021): rows of A are 0 or 1, each gene is in at most a few pools.

    Of several random designs the one is taken whose decoding of the training cells, without noise, has the least error.

    Parameters
    ----------
    pools_per_gene : int
        Most pools that hold a gene.
    designs : int
        Random designs that are compared.
    **dictionary
        See `SparseNMF`.
    """

    def __init__(self, pools_per_gene=3, designs=20, **dictionary):
        if pools_per_gene < 1 or designs < 1:
            raise ConfigError("methods.yaml: expected pools_per_gene and designs of at least 1")
        super().__init__(**dictionary)
        self.pools_per_gene, self.designs = pools_per_gene, designs

    def tune(self, model, train, run, measurements):
        model = super().tune(model, train, run, measurements)
        possible = [h for h in sorted(measurements) if h <= train.shape[1]]
        designs = [self._best(model["dictionary"], train, run, h) for h in possible]
        return model | {"tuned_measurements": np.array(possible, dtype=int), "designs": np.array(designs, dtype=int)}

    def _best(self, dictionary, train, run, h):
        """Return the number of the design whose decoding of the training cells has the least error; -1 if none can."""
        errors = []
        for design in range(self.designs):
            matrix = self._matrix(run, design, train.shape[1], h)
            decoder = LassoDecoder(dictionary, matrix, 0.0, self.positive)
            errors.append(np.square(train - decoder(train.astype(np.float64) @ matrix.T)).sum())
        return int(np.nanargmin(errors)) if np.isfinite(errors).any() else -1

    def _chosen(self, model, run, h):
        design = model["designs"][model["tuned_measurements"].tolist().index(h)]
        return self._matrix(run, int(design), len(model["dictionary"]), h)

    def _matrix(self, run, design, n_genes, h):
        """Return A: 0/1 pools of (n_genes x pools_per_gene / h) genes, rows scaled to unit norm."""
        draw = stream("pools", run.dataset, run.seed, design, h)
        matrix = np.zeros((h, n_genes))
        for _ in range(min(self.pools_per_gene, h)):
            matrix[draw.integers(h, size=n_genes), np.arange(n_genes)] = 1.0
        return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1.0)

    def encode(self, model, cells, run, measurements):
        return {h: measure(cells, self._chosen(model, run, h), self.snr)[0] for h in measurements}

    def decoder(self, model, run, h):
        check_measurements(h, len(model["dictionary"]))
        if model["designs"][model["tuned_measurements"].tolist().index(h)] < 0:
            raise MethodError(f"{run.dataset}, seed {run.seed}: no design of {h} pools can be decoded")
        return LassoDecoder(model["dictionary"], self._chosen(model, run, h), self.noise(model), self.positive)
