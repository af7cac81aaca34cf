"""A floor that the absolute error of sparse counts asks for."""

import numpy as np

from deepae.methods.base import Decoder, Method


class Undetected(Method):
    """Every gene at the cell's least value, one number a cell: for counts, that no gene is detected.

    A z-score depends on its cell's depth, so that of an undetected gene is not the same in every cell. Where most genes
    are undetected, the absolute error of this code is small though it knows nothing of which genes are expressed.
    """

    uses_h = False

    def fit(self, train, run, h=None):
        return {"n_genes": np.array(train.shape[1])}

    def encode(self, model, cells, run, measurements):
        codes = np.empty((len(cells), 1), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = block.min(axis=1, keepdims=True)
        return dict.fromkeys(measurements, codes)

    def decoder(self, model, run, h):
        return LevelDecoder(int(model["n_genes"]))


class LevelDecoder(Decoder):
    """One value for all genes of a cell."""

    rank = 1

    def __init__(self, n_genes):
        self._n_genes = n_genes

    def __call__(self, codes):
        return np.tile(codes.astype(np.float32), (1, self._n_genes))
