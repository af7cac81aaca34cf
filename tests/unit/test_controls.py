"""The controls: against textbook formulas, and against figures measured on GSE102475."""

import gzip

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.data.split import split_cells
from deepae.errors import ConfigError
from deepae.methods.base import Run
from deepae.methods.controls import PCA, Mean, RandomLMMSE, Zero, outside_variance, training_factor
from deepae.methods.measuring import measure, measurement_matrix
from deepae.methods.svd import SVD

RUN = Run("GSE102475", 702)


@pytest.fixture(scope="module")
def yeast(root):
    """Training and test cells of GSE102475, z-score, seed 702."""
    path = root / "resources/expression/GSE102475_GASCH_NaCl-scRNAseq_NormData.txt.gz"
    with gzip.open(path, "rt") as lines:
        columns = len(next(lines).split("\t"))
        matrix = np.loadtxt(lines, delimiter="\t", usecols=range(1, columns), dtype=np.float32).T
    split = split_cells(len(matrix), RUN.seed)
    return tuple(Cells(matrix, rows, "zscore", RUN.dataset, RUN.seed) for rows in split)


def scores(method, yeast, h):
    """Return PCC, EM and MAE of a method on the test cells."""
    train, test = yeast
    model = method.tune(method.fit(train.dense(), RUN, h), train.dense(), RUN, [h])
    reconstruction = method.decoder(model, RUN, h)(method.encode(model, test, RUN, [h])[h]).astype(float)
    truth = test.dense().astype(float)
    pcc = np.nan if np.ptp(reconstruction) == 0 else np.corrcoef(truth.ravel(), reconstruction.ravel())[0, 1]
    return pcc, np.linalg.norm(truth - reconstruction), np.abs(truth - reconstruction).mean()


def test_controls_on_gse102475(yeast):
    assert (len(yeast[0]), len(yeast[1]), yeast[0].n_genes) == (8, 155, 6789)
    pcc, em, mae = scores(Mean(), yeast, 10)
    assert (round(pcc, 4), round(em, 1), round(mae, 4)) == (0.8073, 605.3, 0.2218)
    pcc, em, _ = scores(Zero(), yeast, 10)
    assert np.isnan(pcc)
    assert round(em, 1) == 1025.8
    for h in (7, 50):
        pcc, em, mae = scores(PCA(), yeast, h)
        assert (round(pcc, 4), round(em, 1), round(mae, 4)) == (0.8812, 487.0, 0.1952)


def test_random_measurements_on_gse102475(yeast):
    # another draw of matrix and noise moves the third digit
    pcc, em, _ = scores(SVD(), yeast, 50)
    assert pcc == pytest.approx(0.84, abs=0.02)
    assert em == pytest.approx(1020, abs=5)  # zero has 1025.8: the released decoder hardly predicts anything
    pcc, em, _ = scores(SVD(corrected=True), yeast, 50)
    assert pcc == pytest.approx(0.85, abs=0.015)
    assert em == pytest.approx(545, abs=25)
    pcc, em, _ = scores(RandomLMMSE(), yeast, 50)
    assert pcc == pytest.approx(0.85, abs=0.015)
    assert em == pytest.approx(530, abs=10)


def test_random_lmmse_is_better_than_the_mean_profile_only_with_the_variance_outside_the_span(yeast):
    """h = 10, where the mean profile has EM 605.3 (seed 702; benchmarks/decoders.py has all seeds)."""
    found = {outside: scores(RandomLMMSE(outside=outside), yeast, 10)[1] for outside in ("none", "mean", "genes")}
    assert found["none"] == pytest.approx(636.8, abs=1)
    assert found["mean"] == pytest.approx(586.6, abs=1)
    assert found["genes"] == pytest.approx(587.2, abs=1)


@pytest.fixture
def toy():
    rng = np.random.default_rng(0)
    counts = (rng.gamma(1, 1, (40, 3)) @ rng.gamma(1, 2, (3, 60)) + rng.random((40, 60))).astype(np.float32)
    return tuple(Cells(counts, rows, "none", RUN.dataset, RUN.seed) for rows in (np.arange(9), np.arange(9, 40)))


def test_pca_equals_scikit_learn(toy):
    decomposition = pytest.importorskip("sklearn.decomposition")
    train, test = toy
    model = PCA().fit(train.dense(), RUN)
    codes = PCA().encode(model, test, RUN, [3, 20])
    reference = decomposition.PCA(3, svd_solver="full").fit(train.dense().astype(float))
    expected = reference.inverse_transform(reference.transform(test.dense().astype(float)))
    np.testing.assert_allclose(PCA().decoder(model, RUN, 3)(codes[3]), expected, rtol=1e-3, atol=1e-4)
    assert codes[3].shape == (31, 3)
    assert codes[20].shape == (31, 8)  # nine cells, centred, span eight dimensions
    assert PCA().decoder(model, RUN, 20).rank == 8


def test_pca_of_equal_cells_is_their_mean():
    train = np.tile(np.arange(5, dtype=np.float32), (6, 1))
    model = PCA().fit(train, RUN)
    test = Cells(np.ones((2, 5), np.float32), np.arange(2), "none", RUN.dataset, RUN.seed)
    decoder = PCA().decoder(model, RUN, 3)
    assert decoder.rank == 0
    np.testing.assert_allclose(decoder(PCA().encode(model, test, RUN, [3])[3]), train[:2])


def test_training_factor_is_a_root_of_the_covariance(toy):
    train = toy[0].dense()
    mean, factor = training_factor(train)
    np.testing.assert_allclose(mean, train.astype(float).mean(axis=0))
    np.testing.assert_allclose(factor.T @ factor, np.cov(train.T.astype(float)), atol=1e-6)


@pytest.mark.parametrize("outside", ["genes", "mean", "none"])
@pytest.mark.parametrize(("snr", "h"), [(2.0, 5), (2.0, 25), (None, 5)])
def test_random_lmmse_is_the_conditional_mean(toy, outside, snr, h):
    train, test = toy
    method = RandomLMMSE(snr=snr, outside=outside)
    model = method.fit(train.dense(), RUN)
    found = method.decoder(model, RUN, h)(method.encode(model, test, RUN, [h])[h])
    cells, mean = train.dense().astype(float), train.dense().mean(axis=0, dtype=float)
    covariance, extra = np.cov(cells.T), np.diag(model["outside"].astype(float))
    matrix = measurement_matrix(RUN.dataset, RUN.seed, 60, h)
    measured, sigma = measure(test, matrix, snr)
    prior = covariance + extra if outside == "genes" else covariance  # the mean variance acts as noise
    gain = prior @ matrix.T @ np.linalg.inv(matrix @ (covariance + extra + sigma**2 * np.eye(60)) @ matrix.T)
    np.testing.assert_allclose(found, mean + (measured - matrix @ mean) @ gain.T, rtol=1e-3, atol=1e-3)


def test_outside_variance_is_what_least_squares_on_the_other_cells_leaves(toy):
    cells = toy[0].dense().astype(float)
    residuals = []
    for left_out in range(len(cells)):
        others = np.delete(cells, left_out, axis=0)
        origin = others.mean(axis=0)
        fit = np.linalg.lstsq((others - origin).T, cells[left_out] - origin, rcond=None)[0]
        residuals.append(cells[left_out] - origin - fit @ (others - origin))
    np.testing.assert_allclose(outside_variance(toy[0].dense(), RUN), np.mean(np.square(residuals), axis=0), rtol=1e-6)


def test_outside_variance_by_simulation():
    """Cells in a plane plus noise of standard deviation 0.5: beyond the plane and a few cells, the noise is outside."""
    rng = np.random.default_rng(5)
    train = rng.standard_normal((25, 3)) @ rng.standard_normal((3, 4000)) * 4 + 0.5 * rng.standard_normal((25, 4000))
    # the span of 24 cells takes the plane, and the noise of the weights: a little more than 0.25 is left
    assert outside_variance(train.astype(np.float32), RUN).mean() == pytest.approx(0.25, rel=0.25)
    assert outside_variance(train[:1].astype(np.float32), RUN).sum() == 0


def test_random_lmmse_without_noise_takes_more_measurements_than_dimensions(toy):
    train, _ = toy
    inside = train  # cells of the training span are recovered exactly
    method = RandomLMMSE(snr=None, outside="none")
    model = method.fit(train.dense(), RUN)
    found = method.decoder(model, RUN, 30)(method.encode(model, inside, RUN, [30])[30])
    np.testing.assert_allclose(found, inside.dense(), rtol=1e-2, atol=1e-2)


def test_wrong_signal_to_noise_ratio():
    with pytest.raises(ConfigError, match="snr"):
        RandomLMMSE(snr=0)
    with pytest.raises(ConfigError, match="outside: 'genome'; expected genes, mean or none"):
        RandomLMMSE(outside="genome")
