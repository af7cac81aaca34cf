"""SVD and k-SVD against the decomposition itself."""

import numpy as np
import pytest

from deepae.methods.base import Run
from deepae.methods.ksvd import KSVD
from deepae.methods.svd import SVD

RUN = Run("toy", 1)


@pytest.fixture
def train():
    return np.random.default_rng(0).gamma(1.0, 2.0, (40, 300)).astype(np.float32)


def test_dictionary_is_the_first_left_singular_vectors_of_genes_x_cells(train):
    dictionary = SVD().fit(train, RUN)["dictionary"]
    vectors = np.linalg.svd(train.T.astype(float))[0][:, :20]
    assert dictionary.shape == (300, 20)
    np.testing.assert_allclose(np.abs((vectors * dictionary).sum(axis=0)), 1, atol=1e-6)
    np.testing.assert_allclose(dictionary.T @ dictionary, np.eye(20), atol=1e-5)


def test_projection_is_the_best_of_its_rank(train):
    dictionary = SVD().fit(train, RUN)["dictionary"].astype(float)
    residual = train - train @ dictionary @ dictionary.T
    values = np.linalg.svd(train.astype(float), compute_uv=False)
    assert np.linalg.norm(residual) == pytest.approx(np.sqrt((values[20:] ** 2).sum()), rel=1e-6)


@pytest.mark.parametrize(("n_train", "atoms"), [(5, 2), (1, 1), (31, 15), (40, 20)])
def test_half_as_many_atoms_as_training_cells(train, n_train, atoms):
    assert SVD().fit(train[:n_train], RUN)["dictionary"].shape == (300, atoms)


def test_ksvd_is_svd_cut_at_the_sparsity(train):
    whole = SVD().fit(train, RUN)["dictionary"]
    cut = KSVD().fit(train, RUN)["dictionary"]
    assert cut.shape == (300, 15)
    np.testing.assert_array_equal(cut, whole[:, :15])
    np.testing.assert_array_equal(KSVD().fit(train[:31], RUN)["dictionary"], SVD().fit(train[:31], RUN)["dictionary"])


def test_cells_of_zeros_are_no_obstacle():
    assert np.isfinite(SVD().fit(np.zeros((6, 30), np.float32), RUN)["dictionary"]).all()
