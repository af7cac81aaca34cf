"""k-SVD as released with Cleary et al. 2017: a truncated SVD, *not* the K-SVD of Aharon et al."""

from deepae.methods.compressed_sensing import left_singular_vectors, n_atoms
from deepae.methods.svd import SVD


class KSVD(SVD):
    """The first `sparsity` of SVD's atoms. With few training cells, d <= sparsity, it is the same dictionary as SVD."""

    def learn_dictionary(self, train, run):
        return left_singular_vectors(train, min(self.sparsity, n_atoms(self.atoms_fraction, len(train))))
