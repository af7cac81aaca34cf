"""Compressed sensing with a learned dictionary: what the paper's four baselines share.

The training cells give a dictionary U (genes x atoms). Of a test cell only h noisy random measurements y = A (x + n)
are known. Sparse activities w are decoded from y with the dictionary A U; the reconstruction is U w.

As published (the program released with Cleary et al., Cell 2017) the decoder gets A U as it is, although it assumes
columns of unit norm, and the activities come out too small. Unit-norm decoding (`corrected`) scales the columns,
divides the activities by the norms, and chooses the number of nonzeros by cross-validation on the training cells.
"""

import numpy as np

from deepae.config.vocabulary import SNR
from deepae.data.randomness import stream
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import check_snr, measure, measurement_matrix
from deepae.methods.omp import omp

CROSS_VALIDATED = "cross-validated"
NOISE_DRAWS = 3  # of the measurements of each left-out cell


class CompressedSensing(Method):
    """Base of the methods that measure at random and decode with a dictionary. Subclasses learn the dictionary.

    Parameters
    ----------
    corrected : bool
        Unit-norm decoding: short for ``unit_columns=True, nonzeros="cross-validated"``.
    unit_columns : bool, optional
        Decode with columns of unit norm and divide the activities by the norms; default: `corrected`.
    nonzeros : int, "half" or "cross-validated", optional
        Most nonzero activities of a cell, L. An int: that many; ``"half"``: at most half the measurements;
        ``"cross-validated"``: the L with the least squared error on left-out training cells (see `tune`). The latter
        two never exceed `sparsity`. Default: ``"cross-validated"`` if corrected, else `sparsity`. Never more than h or
        the number of atoms.
    sparsity : int
        Sparsity of the released program.
    snr : float or None
        ``||X_test||_F / ||N||_F``; None: no noise.
    """

    folds = 8  # of the cross-validation

    def __init__(self, corrected=False, unit_columns=None, nonzeros=None, sparsity=15, snr=SNR):
        if nonzeros not in (None, "half", CROSS_VALIDATED) and not (isinstance(nonzeros, int) and nonzeros >= 1):
            raise ConfigError(
                f"methods.yaml: nonzeros: {nonzeros!r}; expected a number from 1, half or {CROSS_VALIDATED}"
            )
        check_snr(snr)
        if sparsity < 1:
            raise ConfigError(f"methods.yaml: sparsity: {sparsity!r}; expected a number from 1")
        self.corrected = corrected
        self.unit_columns = corrected if unit_columns is None else unit_columns
        self.nonzeros = (CROSS_VALIDATED if corrected else sparsity) if nonzeros is None else nonzeros
        self.sparsity = sparsity
        self.snr = snr

    def learn_dictionary(self, train, run):
        """Return the dictionary U, shape (n_genes, n_atoms), learned from cells of shape (n_train, n_genes)."""
        raise NotImplementedError

    def learn_fold_dictionary(self, train, run):
        """Return the dictionary of one fold of the cross-validation; where learning is slow, with fewer steps."""
        return self.learn_dictionary(train, run)

    def fit(self, train, run, h=None):
        dictionary = self.learn_dictionary(train, run)
        if not np.isfinite(dictionary).all():
            raise MethodError(f"{run.dataset}, seed {run.seed}: the dictionary has values that are not finite")
        return {"dictionary": np.ascontiguousarray(dictionary, dtype=np.float32)}

    def tune(self, model, train, run, measurements):
        """Add L for each h to the model, chosen by cross-validation on the training cells.

        The cells are dealt into min(`folds`, n_train) folds under the run's seed. For each fold a dictionary is learned
        from the other cells, and serves every h; the cells of the fold are measured with the run's own matrix and
        signal-to-noise ratio, `NOISE_DRAWS` times, and decoded with L = 1 … min(sparsity, h, atoms). The L with the
        least squared error summed over cells and draws is taken, of equals the smallest.
        """
        if self.nonzeros != CROSS_VALIDATED:
            return model
        possible = [h for h in sorted(measurements) if _is_possible(run, train.shape[1], h)]
        chosen = self._cross_validate(train, run, possible, model["dictionary"].shape[1]) if possible else []
        return model | {"tuned_measurements": np.array(possible, dtype=int), "nonzeros": np.array(chosen, dtype=int)}

    def _cross_validate(self, train, run, measurements, n_atoms):
        """Return L for each h, ascending; `train` has shape (n_train, n_genes)."""
        matrix = measurement_matrix(run.dataset, run.seed, train.shape[1], max(measurements))
        errors = np.zeros((len(measurements), self.sparsity))
        for others, fold, measured in self._folds(train, matrix, run):
            try:
                dictionary = self.learn_fold_dictionary(others, run)
            except MethodError as error:  # without modules every L predicts nothing, and the fold has no say
                run.log(f"{run.dataset} seed {run.seed}: a fold of the cross-validation is left out ({error})")
                continue
            held_out = _HeldOut(fold, measured, matrix, dictionary)
            for row, h in enumerate(measurements):
                most = min(self.sparsity, h, n_atoms)
                errors[row, :most] += [held_out.error(h, limit, self.unit_columns) for limit in range(1, most + 1)]
        limits = [min(self.sparsity, h, n_atoms) for h in measurements]
        return [1 + int(np.argmin(row[:most])) for row, most in zip(errors, limits, strict=True)]

    def _folds(self, train, matrix, run):
        """Deal the training cells into folds; yield the other cells, those of the fold, and measurements of these.

        Measurements are arrays (n_fold, h), one for each draw of the noise.
        """
        measured = self._measure_training_cells(train, matrix, run)
        order = stream("folds", run.dataset, run.seed).permutation(len(train))
        for fold in np.array_split(order, min(self.folds, len(train))):
            yield np.delete(train, fold, axis=0), train[fold], [codes[fold] for codes in measured]

    def _measure_training_cells(self, train, matrix, run):
        """Return noisy measurements of the training cells, one array (n_train, h) for each draw of the noise."""
        cells = train.astype(np.float64)
        clean = cells @ matrix.T
        if self.snr is None:
            return [clean]
        measured = []
        for draw in range(NOISE_DRAWS):
            noise = stream("validation-noise", run.dataset, run.seed, draw).standard_normal(cells.shape)
            sigma = np.linalg.norm(cells) / np.linalg.norm(noise) / self.snr
            measured.append(clean + sigma * (noise @ matrix.T))
        return measured

    def encode(self, model, cells, run, measurements):
        matrix = measurement_matrix(run.dataset, run.seed, cells.n_genes, max(measurements))
        codes, _ = measure(cells, matrix, self.snr)
        return {h: codes[:, :h] for h in measurements}

    def decoder(self, model, run, h):
        dictionary = model["dictionary"]
        matrix = measurement_matrix(run.dataset, run.seed, len(dictionary), h)
        return SparseDecoder(dictionary, matrix, min(self._limit(model, h), h, dictionary.shape[1]), self.unit_columns)

    def _limit(self, model, h):
        """Return how many nonzeros a cell may have with h measurements."""
        if self.nonzeros == "half":
            return min(self.sparsity, max(1, h // 2))
        if self.nonzeros != CROSS_VALIDATED:
            return self.nonzeros
        tuned = dict(zip(model["tuned_measurements"].tolist(), model["nonzeros"].tolist(), strict=True))
        return tuned[h]


class _HeldOut:
    """The cells of a fold, and how well a dictionary of the other cells decodes their measurements.

    The error is computed from products with the dictionary: no reconstruction is made.
    """

    def __init__(self, cells, measured, matrix, dictionary):
        cells = np.tile(cells.astype(np.float64), (len(measured), 1))
        self._measured = np.vstack(measured)
        self._seen = matrix @ dictionary
        self._power = np.vdot(cells, cells)
        self._products = cells @ dictionary
        self._gram = dictionary.T @ dictionary

    def error(self, h, nonzeros, unit_columns):
        """Return the squared error summed over cells, genes and draws of the noise."""
        activities = _activities(self._measured[:, :h], *scaled(self._seen[:h], unit_columns), nonzeros)
        return (
            self._power
            - 2 * np.vdot(activities, self._products)
            + np.einsum("ij,jk,ik->", activities, self._gram, activities, optimize=True)
        )


def _is_possible(run, n_genes, h):
    try:
        measurement_matrix(run.dataset, run.seed, n_genes, h)
    except MethodError:  # the decoder says it again, and the row of this h fails with it
        return False
    return True


def scaled(seen, unit_columns):
    """Return the columns of A U scaled to unit norm, and the norms; as they are, and None, unless asked for."""
    if not unit_columns:
        return seen, None
    norms = np.linalg.norm(seen, axis=0)
    norms = np.where(norms > 0, norms, 1.0)
    return seen / norms, norms


def _activities(codes, atoms, norms, nonzeros):
    activities = omp(codes, atoms, nonzeros)
    return activities if norms is None else activities / norms


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
        Scale the columns of A U to unit norm and undo it in the activities; otherwise the released decoder, whose
        pursuit assumes unit norms that A U does not have.
    """

    def __init__(self, dictionary, matrix, nonzeros, unit_columns):
        self.nonzeros = nonzeros
        self._atoms = np.ascontiguousarray(dictionary.T, dtype=np.float32)
        self._seen, self._norms = scaled(matrix @ dictionary.astype(np.float64), unit_columns)

    def activities(self, codes):
        """Return the activities of a block of codes, (b, h): float64, (b, n_atoms), at most `nonzeros` a cell."""
        return _activities(codes, self._seen, self._norms, self.nonzeros)

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
