"""CS-SMAF: planted modules, the lasso's bound, blocks of genes, dead modules."""

import numpy as np
import pytest
from test_nmf import best_cosines, planted

from deepae.errors import MethodError
from deepae.methods import smaf
from deepae.methods.base import Run
from deepae.methods.smaf import SMAF, effective_size

QUIET = Run("toy", 1, log=lambda line: None)


@pytest.mark.parametrize("corrected", [False, True])
def test_planted_modules_are_recovered(corrected):
    modules, train = planted()
    dictionary = SMAF(corrected=corrected).fit(train, QUIET)["dictionary"]
    assert dictionary.shape[1] <= 90
    cosines = best_cosines(modules, dictionary)
    assert (cosines > 0.95).mean() >= 0.9
    assert cosines.mean() > 0.97


def test_modules_are_alive_not_negative_and_of_unit_norm():
    _, train = planted()
    dictionary = SMAF().fit(train, QUIET)["dictionary"]
    assert (dictionary >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(dictionary, axis=0), 1, rtol=1e-5)
    assert dictionary.shape[1] < 90  # some died and were dropped


def test_repeats_are_bit_identical_seeds_differ_and_nothing_is_printed(capfd):
    _, train = planted()
    first = SMAF(rounds=3).fit(train, QUIET)["dictionary"]
    np.testing.assert_array_equal(SMAF(rounds=3).fit(train, QUIET)["dictionary"], first)
    other = SMAF(rounds=3).fit(train, Run("toy", 2, log=lambda line: None))["dictionary"]
    assert other.shape != first.shape or not np.allclose(other, first)
    assert capfd.readouterr() == ("", "")


def test_blocks_of_genes_equal_the_whole(monkeypatch):
    _, train = planted()
    whole = SMAF(rounds=1).fit(train, QUIET)["dictionary"]
    monkeypatch.setattr(smaf, "GENE_VALUES", 2000)
    np.testing.assert_allclose(SMAF(rounds=1).fit(train, QUIET)["dictionary"], whole, atol=1e-6)


@pytest.mark.parametrize("cholesky", [True, False])
def test_squared_residuals_of_a_gene_stay_within_the_bound(cholesky):
    rng = np.random.default_rng(0)
    design = np.asfortranarray(rng.random((20, 30)))
    by_gene = design @ (rng.gamma(1, 1, (30, 50)) * (rng.random((30, 50)) < 0.3))
    bound = 0.02 * (by_gene**2).sum(axis=0).min()
    weights = smaf._lasso(by_gene, design, bound, cholesky)
    residuals = ((by_gene - design @ weights.T) ** 2).sum(axis=0)
    assert (weights >= 0).all()
    assert (residuals < bound * 1.001).all()
    reached = np.isclose(residuals, bound, rtol=1e-3)
    if cholesky:  # stops at the first kink below
        assert reached.mean() < 0.1
    else:
        assert reached.all()


def test_genes_lost_to_rounding_take_the_other_path(monkeypatch):
    by_gene = np.random.default_rng(0).gamma(1, 1, (20, 50))
    activities = np.random.default_rng(1).random((30, 20))
    original = smaf._lasso

    def losing(block, design, bound, cholesky):
        weights = original(block, design, bound, cholesky)
        if not cholesky:
            weights[[3, 7]] = np.nan
        return weights

    monkeypatch.setattr(smaf, "_lasso", losing)
    modules = smaf._modules(by_gene, activities, 1.0, cholesky=False)
    assert np.isfinite(modules).all()
    monkeypatch.setattr(smaf, "_lasso", original)
    others = np.setdiff1d(np.arange(50), [3, 7])
    exact = smaf._modules(by_gene, activities, 1.0, cholesky=False)
    ratio = modules[others].max(axis=0) / exact[others].max(axis=0)  # columns are scaled again
    np.testing.assert_allclose(modules[others], exact[others] * ratio, rtol=1e-9)
    assert modules[[3, 7]].any()


def test_four_activities_if_five_fit_well_enough():
    rng = np.random.default_rng(0)
    modules = np.linalg.qr(rng.standard_normal((60, 10)))[0]
    by_cell = modules @ rng.standard_normal((10, 8))
    power = (by_cell**2).sum()
    method = SMAF()
    assert ((method._activities(by_cell, modules, power, lda2=1e-9) != 0).sum(axis=0) == 5).all()
    assert ((method._activities(by_cell, modules, power, lda2=0.99) != 0).sum(axis=0) == 4).all()


def test_the_bound_is_halved_while_modules_are_small():
    _, train = planted()  # modules of 20 of 400 genes: below a tenth
    lines = []
    SMAF(rounds=3).fit(train, Run("toy", 1, log=lines.append))
    assert [line.split("lda2 ")[1].split(",")[0] for line in lines] == ["0.0005", "0.00025", "0.000125"]
    lines.clear()
    SMAF(rounds=3, module_size=0.0).fit(train, Run("toy", 1, log=lines.append))
    assert all("lda2 0.0005," in line for line in lines)


def test_effective_size_counts_genes():
    modules = np.zeros((40, 3))
    modules[:10, 0] = 0.3
    modules[:30, 1] = 2.0
    assert effective_size(modules) == pytest.approx(20)  # the dead one is left out
    assert effective_size(np.zeros((4, 2))) == 0


def test_cells_of_zeros_fail_with_a_reason():
    with pytest.raises(MethodError, match="toy, seed 1: the training cells are all zero"):
        SMAF().fit(np.zeros((6, 30), np.float32), QUIET)
