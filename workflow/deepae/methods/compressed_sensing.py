"""Compressed sensing with a learned dictionary: what the paper's four baselines share.

The training cells give a dictionary U (genes x atoms). Of a test cell only h noisy random measurements y = A (x + n)
are known. Sparse activities w are decoded from y with the dictionary A U; the reconstruction is U w.

As published (the program released with Cleary et al., Cell 2017) the decoder gets A U as it is, although it assumes
columns of unit norm, and the activities come out too small. `corrected` scales the columns, divides the activities by
the norms, and allows fewer nonzeros where there are few measurements.
"""

import numpy as np

from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import measure, measurement_matrix
from deepae.methods.omp import omp


class CompressedSensing(Method):
    """Base of the methods that measure at random and decode with a dictionary. Subclasses learn the dictionary.

    Parameters
    ----------
    corrected : bool
        Short for ``unit_columns=True, nonzeros="half"``.
    unit_columns : bool, optional
        Decode with columns of unit norm and divide the activities by the norms; default: `corrected`.
    nonzeros : int or "half", optional
        Most nonzero activities of a cell. An int: that many; ``"half"``: at most half the measurements and at most
        `sparsity`; default: ``"half"`` if corrected, else `sparsity`. Never more than h or the number of atoms.
    sparsity : int
        Sparsity of the released program.
    snr : float or None
        ``||X_test||_F / ||N||_F``; None: no noise.
    """

    def __init__(self, corrected=False, unit_columns=None, nonzeros=None, sparsity=15, snr=2.0):
        if not (nonzeros is None or nonzeros == "half" or (isinstance(nonzeros, int) and nonzeros >= 1)):
            raise ConfigError(f"methods.yaml: nonzeros: {nonzeros!r}; expected a number from 1 or half")
        if snr is not None and not snr > 0:
            raise ConfigError(f"methods.yaml: snr: {snr!r}; expected a positive number, or null for no noise")
        if sparsity < 1:
            raise ConfigError(f"methods.yaml: sparsity: {sparsity!r}; expected a number from 1")
        self.corrected = corrected
        self.unit_columns = corrected if unit_columns is None else unit_columns
        self.nonzeros = ("half" if corrected else sparsity) if nonzeros is None else nonzeros
        self.sparsity = sparsity
        self.snr = snr

    def learn_dictionary(self, train, run):
        """Return the dictionary U, shape (n_genes, n_atoms), learned from cells of shape (n_train, n_genes)."""
        raise NotImplementedError

    def fit(self, train, run, h=None):
        dictionary = self.learn_dictionary(train, run)
        if not np.isfinite(dictionary).all():
            raise MethodError(f"{run.dataset}, seed {run.seed}: the dictionary has values that are not finite")
        return {"dictionary": np.ascontiguousarray(dictionary, dtype=np.float32)}

    def encode(self, model, cells, run, measurements):
        matrix = measurement_matrix(run.dataset, run.seed, cells.n_genes, max(measurements))
        codes, _ = measure(cells, matrix, self.snr)
        return {h: codes[:, :h] for h in measurements}

    def decoder(self, model, run, h):
        dictionary = model["dictionary"]
        matrix = measurement_matrix(run.dataset, run.seed, len(dictionary), h)
        limit = min(self.sparsity, max(1, h // 2)) if self.nonzeros == "half" else self.nonzeros
        return SparseDecoder(dictionary, matrix, min(limit, h, dictionary.shape[1]), self.unit_columns)


class SparseDecoder(Decoder):
    """Sparse activities from measurements, and expression from activities.

    Parameters
    ----------
    dictionary : numpy.ndarray, shape (n_genes, n_atoms)
        U.
    matrix : numpy.ndarray, shape (h, n_genes)
        A.
    nonzeros : int
        Most nonzero activities of a cell.
    unit_columns : bool
        Scale the columns of A U to unit norm and undo it in the activities; otherwise the released decoder, which does
        not, although it should.
    """

    def __init__(self, dictionary, matrix, nonzeros, unit_columns):
        self.nonzeros = nonzeros
        self._atoms = np.ascontiguousarray(dictionary.T, dtype=np.float32)
        self._seen = matrix @ dictionary.astype(np.float64)
        self._norms = None
        if unit_columns:
            norms = np.linalg.norm(self._seen, axis=0)
            self._norms = np.where(norms > 0, norms, 1.0)
            self._seen = self._seen / self._norms

    def activities(self, codes):
        """Return the activities of a block of codes, (b, h): float64, (b, n_atoms), at most `nonzeros` a cell."""
        activities = omp(codes, self._seen, self.nonzeros)
        if self._norms is not None:
            activities /= self._norms
        return activities

    def __call__(self, codes):
        return self.activities(codes).astype(np.float32) @ self._atoms


def n_atoms(fraction, n_train):
    """Return the number of atoms of SVD, k-SVD and sNMF: ``max(1, floor(fraction * n_train))``."""
    return max(1, int(np.floor(fraction * n_train)))


def left_singular_vectors(train, count):
    """Return the first left singular vectors of the genes x cells matrix: float64, shape (n_genes, count).

    Computed from the thin decomposition in float64. Of the two signs of a vector the one is taken that makes its
    largest entry positive. Fewer vectors come back if there are fewer cells or genes than asked for.
    """
    vectors = np.linalg.svd(train.astype(np.float64), full_matrices=False)[2][:count]
    largest = np.abs(vectors).argmax(axis=1)
    return (vectors * np.sign(vectors[np.arange(len(vectors)), largest])[:, None]).T
