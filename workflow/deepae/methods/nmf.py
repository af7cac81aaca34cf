"""sNMF: non-negative matrix factorisation by online dictionary learning, `spams.nmf` (Cleary et al. 2017)."""

import numpy as np

from deepae.methods.compressed_sensing import CompressedSensing, n_atoms
from deepae.methods.spams_calls import silenced


class SparseNMF(CompressedSensing):
    """Non-negative atoms. Its sparsity penalty is zero in the released program: "sparse" is a name.

    Values are passed as they are; on z-scores, which are negative in most genes, both factors are still non-negative.

    Parameters
    ----------
    atoms_fraction : float
        Atoms per training cell: ``d = max(1, floor(atoms_fraction * n_train))``.
    iterations : int
        Steps of the online learning. Without it spams runs for a second of wall time, whatever the machine does in it.
    fold_iterations : int
        Steps for a dictionary of the cross-validation, of which there are eight a seed.
    **decoding
        See `CompressedSensing`.
    """

    def __init__(self, atoms_fraction=0.5, iterations=1000, fold_iterations=200, **decoding):
        super().__init__(**decoding)
        self.atoms_fraction = atoms_fraction
        self._rounds = iterations  # no `iterations`: that is the number of updates of what is trained
        self._fold_rounds = fold_iterations

    def learn_dictionary(self, train, run):
        return self._factorise(train, self._rounds)

    def learn_fold_dictionary(self, train, run):
        return self._factorise(train, self._fold_rounds)

    def _factorise(self, train, rounds):
        import spams  # 0.2 seconds, and not every job needs it

        signals = np.asfortranarray(train.T, dtype=np.float64)
        with silenced():
            # one thread: results differ between thread counts
            return spams.nmf(signals, K=n_atoms(self.atoms_fraction, len(train)), iter=rounds, numThreads=1)
