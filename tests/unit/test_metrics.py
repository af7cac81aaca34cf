"""Metrics against scipy and scikit-learn, in blocks against the whole, and at their limits."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
import sklearn.metrics
from scipy import stats
from scipy.spatial.distance import cdist

from deepae.benchmark import metrics
from deepae.data.cells import Cells
from deepae.errors import MethodError

N_CELLS, N_GENES = 60, 230


@pytest.fixture
def counts():
    """Sparse counts with many ties, one empty cell and one empty gene."""
    rng = np.random.default_rng(0)
    values = np.where(rng.random((N_CELLS, N_GENES)) < 0.2, rng.poisson(3, (N_CELLS, N_GENES)), 0).astype(np.float32)
    values[5], values[:, 7] = 0, 0
    return values


@pytest.fixture
def guess(counts):
    """A reconstruction with ties, negative zeros, and one constant gene."""
    noisy = counts + np.random.default_rng(1).normal(0, 2, counts.shape).astype(np.float32)
    noisy[noisy < 0.3] = -0.0
    noisy[:, 11] = 2
    return noisy


def make_cells(values, normalization="none", block_cells=None, rows=None):
    rows = np.arange(len(values)) if rows is None else rows
    return Cells(scipy.sparse.csr_matrix(values), rows, normalization, "data", 1, block_cells)


def score(values, guess, **options):
    cells = make_cells(values, block_cells=options.pop("block_cells", None))
    return metrics.Scorer(cells, **options).score(lambda where: guess[where])


def expected(truth, guess):
    """All metrics by scipy and scikit-learn."""
    x, y = truth.astype(np.float64), guess.astype(np.float64)

    def mean_pcc(pairs):
        values = [stats.pearsonr(a, b)[0] if np.ptp(b) else 0.0 for a, b in pairs if np.ptp(a)]
        return np.mean(values)

    return {
        "pcc": stats.pearsonr(x.ravel(), y.ravel())[0],
        "spearman": stats.spearmanr(x.ravel(), y.ravel())[0],
        "em": np.linalg.norm(x - y),
        "mae": sklearn.metrics.mean_absolute_error(x, y),
        "mse": sklearn.metrics.mean_squared_error(x, y),
        "pcc_cell": mean_pcc(zip(x, y, strict=True)),
        "pcc_gene": mean_pcc(zip(x.T, y.T, strict=True)),
        "em_allpairs": cdist(x, y).mean(),
    }


@pytest.mark.parametrize("normalization", ["none", "log1p", "zscore"])
@pytest.mark.parametrize("block_cells", [1, 7, N_CELLS])
def test_metrics_equal_scipy_and_scikit_learn(counts, guess, normalization, block_cells, monkeypatch):
    monkeypatch.setattr(metrics, "CHUNK_VALUES", 1000)  # tie groups longer than a chunk, and across chunks
    monkeypatch.setattr(metrics, "TILE_VALUES", 3 * N_GENES)
    monkeypatch.setattr(metrics, "ALL_PAIRS_VALUES", 11 * N_GENES)
    cells = make_cells(counts, normalization, block_cells)
    result = metrics.Scorer(cells, allpairs=True).score(lambda where: guess[where])
    assert list(result.values) == list(metrics.METRICS)
    for name, value in expected(cells.dense(), guess).items():
        assert result.values[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert result.reason == ""


def test_per_cell_errors_and_correlations(counts, guess):
    guess[9] = 1
    result = score(counts, guess, block_cells=13)
    difference = counts.astype(np.float64) - guess
    np.testing.assert_allclose(result.sse, (difference**2).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(result.sae, np.abs(difference).sum(axis=1), rtol=1e-12)
    assert np.isnan(result.pcc[5])  # the empty cell
    assert result.pcc[9] == 0  # a constant reconstruction
    assert result.pcc[3] == pytest.approx(stats.pearsonr(*np.float64([counts[3], guess[3]]))[0], rel=1e-9)
    assert result.values["pcc_cell"] == pytest.approx(np.nanmean(result.pcc))
    assert result.values["em"] ** 2 == pytest.approx(result.sse.sum())


def test_moments_are_stable_far_from_zero():
    """Values whose spread is a thousandth of their size: sums of squares without a shift would lose all digits."""
    rng = np.random.default_rng(2)
    truth = (2e6 + 1e3 * rng.standard_normal((40, 300))).astype(np.float32)
    guess = (truth + 1e3 * rng.standard_normal(truth.shape)).astype(np.float32)
    result = score(truth, guess)
    for name, value in expected(truth, guess).items():
        if name in ("pcc", "pcc_cell", "pcc_gene", "spearman"):
            assert result.values[name] == pytest.approx(value, rel=1e-9), name


def test_one_scorer_serves_several_reconstructions(counts, guess):
    cells = make_cells(counts)
    scorer = metrics.Scorer(cells)
    scorer.score(lambda where: np.zeros_like(guess[where]))
    again = scorer.score(lambda where: guess[where])
    assert again.values == score(counts, guess).values


def test_only_the_given_rows_are_scored(counts, guess):
    rows = np.array([4, 8, 15, 16, 23, 42])
    result = metrics.Scorer(make_cells(counts, rows=rows)).score(lambda where: guess[rows][where])
    assert result.values["em"] == pytest.approx(np.linalg.norm(counts[rows].astype(float) - guess[rows]))
    assert result.sse.shape == (6,)


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_constant_reconstruction_has_no_overall_correlation(counts, level):
    result = score(counts, np.full_like(counts, level), block_cells=9)
    assert np.isnan(result.values["pcc"])
    assert np.isnan(result.values["spearman"])
    assert result.reason == "constant"
    assert result.values["pcc_cell"] == result.values["pcc_gene"] == 0
    assert result.values["em"] == pytest.approx(np.linalg.norm(counts.astype(float) - level))


def test_a_constant_profile_counts_zero_per_gene_but_not_per_cell(counts):
    profile = counts.mean(axis=0)
    result = score(counts, np.broadcast_to(profile, counts.shape), block_cells=7)
    assert result.values["pcc_gene"] == 0
    assert result.values["pcc_cell"] > 0.05
    assert result.reason == ""


def test_constant_truth_says_so():
    result = score(np.full((4, 6), 2, np.float32), np.random.default_rng(0).random((4, 6), dtype=np.float32))
    for name in ("pcc", "spearman", "pcc_cell", "pcc_gene"):
        assert np.isnan(result.values[name])
    assert "constant" in result.reason
    assert "every gene of the truth is constant" in result.reason


def test_a_perfect_reconstruction(counts):
    values = score(counts, counts, allpairs=True).values
    assert values["em"] == values["mae"] == values["mse"] == 0
    assert values["pcc"] == pytest.approx(1, abs=1e-12)
    assert values["spearman"] == pytest.approx(1, abs=1e-12)
    assert values["em_allpairs"] == pytest.approx(cdist(counts, counts).mean())


def test_all_pairs_only_when_asked(counts, guess):
    assert score(counts, guess).values["em_allpairs"] is None


def test_spearman_of_many_values_is_that_of_a_seeded_sample_of_cells(counts, guess):
    limit = 20 * N_GENES + 3
    whole = score(counts, guess).values
    sampled = score(counts, guess, spearman_limit=limit)
    assert sampled.reason == "spearman: sample of 20 cells"
    assert score(counts, guess, spearman_limit=limit, block_cells=7).values == pytest.approx(sampled.values)
    chosen = np.flatnonzero(metrics.Scorer(make_cells(counts), spearman_limit=limit)._ranked)
    assert len(chosen) == 20
    exact = stats.spearmanr(counts[chosen].ravel(), guess[chosen].ravel())[0]
    assert sampled.values["spearman"] == pytest.approx(exact, rel=1e-9)
    assert sampled.values["pcc"] == pytest.approx(whole["pcc"])  # only Spearman is of a sample
    assert score(counts, guess, spearman_limit=counts.size).reason == ""


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_reconstruction_that_is_not_finite_is_an_error(counts, guess, bad):
    guess[3, 4] = bad
    with pytest.raises(MethodError, match="not finite"):
        score(counts, guess)


def test_a_reconstruction_of_the_wrong_shape_is_an_error(counts, guess):
    with pytest.raises(ValueError, match="shape"):
        score(counts, guess[:, :-1])


def test_keys_keep_the_order_of_the_values():
    special = [-np.inf, -3e38, -1.5, -1e-40, -0.0, 0.0, 1e-40, 1e-3, 1.5, 3e38, np.inf]
    values = np.array(special, dtype=np.float32)
    keys = metrics._keys(values)
    assert (keys[1:] >= keys[:-1]).all()
    assert np.array_equal(keys[1:] == keys[:-1], np.array([a == b for a, b in pairwise(special)]))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_intervals_of_values_change_no_rank(share, monkeypatch):
    """A few values an interval, one value on top of all others: the ranks stay those of scipy."""
    monkeypatch.setattr(metrics, "INTERVAL_VALUES", 50)
    monkeypatch.setattr(metrics, "CHUNK_VALUES", 64)
    rng = np.random.default_rng(5)
    truth, guess = (rng.normal(size=1000).astype(np.float32).round(2) for _ in range(2))
    truth[rng.random(1000) < share], guess[rng.random(1000) < share] = 0, -1
    ranks = metrics._Ranks([truth], 1000)
    np.testing.assert_array_equal(ranks.doubled, 2 * stats.rankdata(truth))
    if share < 1:
        assert ranks.correlate(metrics._keys(guess)) == pytest.approx(stats.spearmanr(truth, guess)[0], abs=1e-12)


@pytest.mark.parametrize("chunk", [1, 2, 5, 64, 10_000])
def test_ranks_are_those_of_scipy(chunk, monkeypatch):
    monkeypatch.setattr(metrics, "CHUNK_VALUES", chunk)
    rng = np.random.default_rng(3)
    for levels in (1, 2, 5, 400):
        values = rng.integers(0, levels, 300).astype(np.float32) - 2
        ranks = metrics._Ranks([values[:100], values[100:]], 300)
        np.testing.assert_array_equal(ranks.doubled, 2 * stats.rankdata(values))
        centred = stats.rankdata(values) * 2 - 301
        assert ranks.squares == pytest.approx((centred**2).sum())


def test_every_metric_declares_unit_range_and_direction(counts, guess):
    values = score(counts, guess, allpairs=True).values
    for name, metric in metrics.METRICS.items():
        assert metric.lowest <= values[name] <= metric.highest
        assert metric.direction in (-1, 1)
        assert metric.label
        assert metric.unit
