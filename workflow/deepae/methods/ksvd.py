"""k-SVD as released with Cleary et al. 2017: a truncated SVD, *not* the K-SVD of Aharon et al."""

from deepae.methods.compressed_sensing import CompressedSensing, left_singular_vectors, n_atoms


class KSVD(CompressedSensing):
    """The first `sparsity` of SVD's atoms. With few training cells, d <= sparsity, it is the same dictionary as SVD.

    Parameters
    ----------
    atoms_fraction : float
        Atoms per training cell that SVD would have: ``d = max(1, floor(atoms_fraction * n_train))``.
    **decoding
        See `CompressedSensing`.
    """

    def __init__(self, atoms_fraction=0.5, **decoding):
        super().__init__(**decoding)
        self.atoms_fraction = atoms_fraction

    def learn_dictionary(self, train, run):
        return left_singular_vectors(train, min(self.sparsity, n_atoms(self.atoms_fraction, len(train))))
