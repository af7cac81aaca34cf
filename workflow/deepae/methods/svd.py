"""SVD: the dictionary is the first left singular vectors of the training cells (Cleary et al. 2017)."""

from deepae.methods.compressed_sensing import CompressedSensing, left_singular_vectors, n_atoms


class SVD(CompressedSensing):
    """Singular vectors as dictionary.

    Parameters
    ----------
    atoms_fraction : float
        Atoms per training cell: ``d = max(1, floor(atoms_fraction * n_train))``.
    **decoding
        See `CompressedSensing`.
    """

    def __init__(self, atoms_fraction=0.5, **decoding):
        super().__init__(**decoding)
        self.atoms_fraction = atoms_fraction

    def learn_dictionary(self, train, run):
        return left_singular_vectors(train, n_atoms(self.atoms_fraction, len(train)))
