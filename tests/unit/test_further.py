"""Metrics beyond the paper's, against plain formulas on whole matrices."""

import numpy as np
import pytest
from scipy import stats

from deepae.benchmark import further
from deepae.benchmark.further import FurtherScorer, Neighbours, label_accuracy, scaled
from deepae.data.cells import Cells, SomeGenes


@pytest.fixture(scope="module")
def both():
    """True and reconstructed counts, 40 cells of 60 genes, in blocks of 7 cells, and the profile of other cells."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(1, 1, (45, 4)) @ rng.gamma(1, 2, (4, 60))
    truth = rng.poisson(rates[:40]).astype(np.float32)
    truth[:, 3] = 1  # a constant gene
    guess = (rates[:40] + rng.normal(0, 0.5, (40, 60))).astype(np.float32)
    cells = Cells(truth, np.arange(40), "none", "toy", 1, block_cells=7)
    return cells, truth.astype(float), guess, rates[40:].mean(axis=0)


@pytest.fixture(scope="module")
def found(both):
    cells, _, guess, profile = both
    labels = np.where(np.arange(40) % 3 == 0, "a", "b")
    return FurtherScorer(cells, profile, labels).score(lambda where: guess[where], measured=[0, 5, 9])


def test_correlation_of_what_a_cell_has_beyond_the_mean_profile(both, found):
    _, truth, guess, profile = both
    each = [stats.pearsonr(x - profile, y - profile)[0] for x, y in zip(truth, guess.astype(float), strict=True)]
    assert found[0]["pcc_delta"] == pytest.approx(np.mean(each))


def test_genes(both, found):
    _, truth, guess, _ = both
    sst = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    varies = sst > 0
    r2 = 1 - np.square(truth - guess).sum(axis=0)[varies] / sst[varies]
    assert not varies[3]
    assert found[0]["r2_gene"] == pytest.approx(np.median(r2))
    assert found[0]["r2_variable"] == pytest.approx(np.median(r2))  # there are fewer than 100 genes
    ratio = guess.astype(float).var(axis=0)[varies] / truth.var(axis=0)[varies]
    assert found[0]["variance_ratio"] == pytest.approx(np.median(ratio))
    assert found[1]["r2_tenths"].shape == (10,)
    order = np.argsort(truth.mean(axis=0), kind="stable")
    all_r2 = np.full(60, np.nan)
    all_r2[varies] = r2
    assert found[1]["r2_tenths"][-1] == pytest.approx(np.nanmedian(all_r2[order[-6:]]))


def test_coexpression(both, found):
    _, truth, guess, _ = both
    kept = np.delete(np.arange(60), 3)
    one, other = np.corrcoef(truth[:, kept].T), np.corrcoef(guess[:, kept].T.astype(float))
    norm = np.linalg.norm(one - np.eye(59))
    assert found[0]["coexpression"] == pytest.approx(np.linalg.norm(one - other) / norm, rel=1e-6)


def test_poisson_likelihood(both, found):
    _, truth, guess, _ = both
    rate = np.maximum(guess.astype(float), further.LEAST_MEAN)
    assert found[0]["poisson_nll"] == pytest.approx(-stats.poisson.logpmf(truth, rate).mean())


def test_unmeasured_genes(both, found):
    _, truth, guess, _ = both
    others = np.setdiff1d(np.arange(60), [0, 5, 9])
    x, y = truth[:, others], guess[:, others].astype(float)
    assert found[0]["pcc_unmeasured"] == pytest.approx(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    assert found[0]["em_unmeasured"] == pytest.approx(np.linalg.norm(x - y))
    assert found[0]["mae_unmeasured"] == pytest.approx(np.abs(x - y).mean())
    assert found[0]["spearman_unmeasured"] == pytest.approx(stats.spearmanr(x.ravel(), y.ravel())[0])


def test_every_metric_over_unmeasured_genes_is_that_of_a_matrix_without_the_panel(both, found):
    _, truth, guess, profile = both
    others = np.setdiff1d(np.arange(60), [0, 5, 9])
    cells = Cells(truth[:, others].astype(np.float32), np.arange(40), "none", "toy", 1)
    labels = np.where(np.arange(40) % 3 == 0, "a", "b")
    alone, _ = FurtherScorer(cells, profile[others], labels).score(lambda where: guess[where][:, others])
    for name in ("pcc_delta", "r2_gene", "r2_variable", "knn_overlap", "label_knn", "coexpression", "poisson_nll"):
        assert found[0][f"{name}_unmeasured"] == pytest.approx(alone[name]), name
        assert found[0][name] != alone[name] or name == "label_knn"


def test_unmeasured_genes_keep_the_normalisation_of_the_whole_cell():
    values = np.random.default_rng(3).gamma(1, 1, (5, 8)).astype(np.float32)
    cells = Cells(values, np.arange(5), "zscore", "toy", 1)
    np.testing.assert_array_equal(SomeGenes(cells, [1, 4]).dense(), cells.dense()[:, [1, 4]])


def test_neighbours(both, found):
    _, truth, guess, _ = both

    def plain(values):
        distances = np.linalg.norm(values[:, None].astype(float) - values[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        return [set(row) for row in np.argsort(distances, axis=1)[:, :15]]

    common = [len(a & b) / 15 for a, b in zip(plain(truth), plain(guess), strict=True)]
    assert found[0]["knn_overlap"] == pytest.approx(np.mean(common))
    assert 15 / 39 < found[0]["knn_overlap"] < 1


def test_labels_are_predicted_by_the_neighbours():
    rng = np.random.default_rng(1)
    labels = np.repeat(["x", "y"], 30)
    apart = rng.standard_normal((60, 5)) + np.repeat([0.0, 9.0], 30)[:, None]
    assert label_accuracy(labels, Neighbours(apart).nearest()) == 1
    alike = Neighbours(rng.standard_normal((400, 5))).nearest()
    chance = label_accuracy(rng.permutation(np.repeat(["x", "y"], 200)), alike)
    assert chance == pytest.approx(0.5, abs=0.1)


def test_the_truth_itself_is_perfect_and_the_mean_profile_says_nothing(both):
    cells, truth, _, profile = both
    scorer = FurtherScorer(cells, profile)
    values, _ = scorer.score(lambda where: truth[where].astype(np.float32))
    assert (values["pcc_delta"], values["r2_gene"], values["knn_overlap"]) == (1, 1, 1)
    assert values["variance_ratio"] == pytest.approx(1)
    assert values["coexpression"] == pytest.approx(0, abs=1e-9)
    assert values["label_knn"] is None
    assert values["em_unmeasured"] is None
    values, _ = scorer.score(lambda where: np.tile(profile.astype(np.float32), (len(truth[where]), 1)))
    assert values["pcc_delta"] == pytest.approx(0, abs=1e-6)
    assert values["variance_ratio"] == pytest.approx(0, abs=1e-9)
    assert values["coexpression"] == pytest.approx(1)
    assert values["r2_gene"] < 0.1


def test_only_counts_have_a_likelihood(both):
    _, truth, guess, profile = both
    cells = Cells(truth.astype(np.float32), np.arange(40), "zscore", "toy", 1)
    assert FurtherScorer(cells, profile).score(lambda where: guess[where])[0]["poisson_nll"] is None


def test_blocks_change_nothing(both, found):
    cells, _, guess, profile = both
    whole = Cells(cells.matrix, cells.rows, "none", "toy", 1)
    values, _ = FurtherScorer(whole, profile).score(lambda where: guess[where], measured=[0, 5, 9])
    for name in values:
        if not name.startswith("label_knn"):
            assert values[name] == pytest.approx(found[0][name], rel=1e-9), name


def test_scaled_between_mean_profile_and_ceiling():
    assert scaled(400.0, 600.0, 200.0) == (0.5, "")
    assert scaled(0.95, 0.5, 0.9) == (pytest.approx(1.125), "above")
    assert scaled(700.0, 600.0, 200.0) == (-0.25, "below")
    assert np.isnan(scaled(1.0, 2.0, 2.0)[0])
