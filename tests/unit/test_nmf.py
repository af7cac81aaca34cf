"""sNMF: planted modules come back, repeats are identical."""

import numpy as np

from deepae.methods.base import Run
from deepae.methods.nmf import SparseNMF

RUN = Run("toy", 1)


def planted(n_modules=20, n_genes=400, n_train=60, active=4):
    """Return modules that share no gene, of unit norm, and cells in each of which a few are active."""
    rng = np.random.default_rng(0)
    modules = np.kron(np.eye(n_modules), np.ones((n_genes // n_modules, 1))) * rng.uniform(0.5, 1.5, (n_genes, 1))
    modules /= np.linalg.norm(modules, axis=0)
    activities = np.zeros((n_train, n_modules))
    for cell in activities:
        cell[rng.choice(n_modules, active, replace=False)] = rng.uniform(1, 5, active)
    return modules, (activities @ modules.T).astype(np.float32)


def best_cosines(modules, dictionary):
    """Return for each planted module the cosine of the most similar atom."""
    return (modules.T @ (dictionary / np.linalg.norm(dictionary, axis=0))).max(axis=1)


def test_planted_modules_are_recovered():
    modules, train = planted()
    dictionary = SparseNMF(atoms_fraction=0.34).fit(train, RUN)["dictionary"]
    assert dictionary.shape == (400, 20)
    cosines = best_cosines(modules, dictionary)
    assert (cosines > 0.99).mean() >= 0.9


def test_repeats_are_bit_identical_whatever_ran_before_and_silent(capfd):
    _, train = planted()
    first = SparseNMF(iterations=50).fit(train, RUN)["dictionary"]
    SparseNMF(iterations=7).fit(train[:20], RUN)
    np.testing.assert_array_equal(SparseNMF(iterations=50).fit(train, RUN)["dictionary"], first)
    assert capfd.readouterr() == ("", "")


def test_atoms_are_not_negative_even_on_z_scores():
    train = np.random.default_rng(0).standard_normal((12, 100)).astype(np.float32)
    dictionary = SparseNMF(iterations=50).fit(train, RUN)["dictionary"]
    assert dictionary.shape == (100, 6)
    assert (dictionary >= 0).all()
    assert dictionary.any()
