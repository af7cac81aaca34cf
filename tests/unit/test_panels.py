"""Panels of genes: the decoder against textbook formulas, the choice of genes by planted data."""

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.methods import panels
from deepae.methods.base import Run
from deepae.methods.controls import PCA

RUN = Run("toy", 3)


@pytest.fixture(scope="module")
def toy():
    """Twelve training and 40 test cells of 30 genes that follow three factors."""
    rng = np.random.default_rng(0)
    loadings = rng.standard_normal((3, 30))
    cells = (rng.standard_normal((52, 3)) @ loadings * 3 + rng.standard_normal((52, 30)) + 5).astype(np.float32)
    return cells[:12], Cells(cells, np.arange(12, 52), "none", RUN.dataset, RUN.seed)


def fitted(panel, train, *measurements):
    return panel.tune(panel.fit(train, RUN), train, RUN, measurements)


def test_decoder_is_the_ridge_prediction_and_measured_genes_keep_their_values(toy):
    train, cells = toy
    panel = panels.GreedyPanel()
    model = fitted(panel, train, 4)
    decoder = panel.decoder(model, RUN, 4)
    found = decoder(panel.encode(model, cells, RUN, [4])[4])
    truth, mean, covariance = cells.dense().astype(float), train.mean(axis=0, dtype=float), np.cov(train.T)
    genes = model["genes"]
    gain = covariance[:, genes] @ np.linalg.inv(covariance[np.ix_(genes, genes)] + model["tau"][0] * np.eye(4))
    expected = mean + (truth[:, genes] - mean[genes]) @ gain.T
    others = np.setdiff1d(np.arange(30), genes)
    np.testing.assert_allclose(found[:, others], expected[:, others], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(found[:, genes], cells.dense()[:, genes])
    assert decoder.measured.tolist() == genes.tolist()


def test_leave_one_out_takes_the_penalty_with_the_least_error_of_refitting(toy):
    train = toy[0].astype(float)
    genes = [2, 7, 11, 19]
    centred = train - train.mean(axis=0)
    found = panels.leave_one_out_ridge(centred[:, genes], centred @ centred.T)
    scale = centred[:, genes].var(axis=0, ddof=1).mean()
    errors = []
    for ridge in panels.RIDGES:
        error = 0.0
        for left_out in range(12):
            others = np.delete(train, left_out, axis=0)
            mean = others.mean(axis=0)
            inputs = (others - mean)[:, genes]
            # the same penalty on the sum of squares as with all cells
            slope = np.linalg.solve(inputs.T @ inputs + 11 * ridge * scale * np.eye(4), inputs.T @ (others - mean))
            error += np.square(train[left_out] - mean - (train[left_out] - mean)[genes] @ slope).sum()
        errors.append(error)
    assert found == pytest.approx(panels.RIDGES[np.argmin(errors)] * scale)


def test_a_larger_panel_begins_with_the_smaller(toy):
    for panel in (panels.RandomPanel(), panels.VariancePanel(), panels.PCAPanel(), panels.GreedyPanel()):
        many, few = (fitted(panel, toy[0], h)["genes"] for h in (10, 4))
        assert len(set(many)) == 10
        np.testing.assert_array_equal(many[:4], few)


def test_genes_with_most_variance_come_first(toy):
    variance = toy[0].var(axis=0)
    assert fitted(panels.VariancePanel(), toy[0], 5)["genes"].tolist() == np.argsort(-variance)[:5].tolist()


def test_greedy_takes_each_time_the_gene_that_leaves_the_least_posterior_variance(toy):
    centred = toy[0].astype(float) - toy[0].mean(axis=0, dtype=float)
    tau = panels.leave_one_out_ridge(centred, centred @ centred.T)
    covariance, taken = np.cov(toy[0].T.astype(float)), []

    def left(genes):
        inner = np.linalg.inv(covariance[np.ix_(genes, genes)] + tau * np.eye(len(genes)))
        return np.trace(covariance - covariance[:, genes] @ inner @ covariance[genes])

    for _ in range(5):
        others = [gene for gene in range(30) if gene not in taken]
        taken.append(min(others, key=lambda gene: left([*taken, gene])))
    assert fitted(panels.GreedyPanel(), toy[0], 5)["genes"].tolist() == taken


def test_greedy_beats_random_genes(toy):
    train, cells = toy
    errors = {}
    for panel in (panels.RandomPanel(), panels.GreedyPanel()):
        model = fitted(panel, train, 3)
        guess = panel.decoder(model, RUN, 3)(panel.encode(model, cells, RUN, [3])[3])
        errors[type(panel)] = np.linalg.norm(guess - cells.dense())
    assert errors[panels.GreedyPanel] < errors[panels.RandomPanel]


def test_decoders_told_the_noise_err_least(toy):
    """The conditional mean under the training cells' Gaussian: simulated cells of that Gaussian decide."""
    rng = np.random.default_rng(5)
    factor = rng.standard_normal((6, 30))
    train, cells = (rng.standard_normal((n, 6)) @ factor + 3 + 0.1 * rng.standard_normal((n, 30)) for n in (400, 2000))
    truth = Cells(cells.astype(np.float32), np.arange(len(cells)), "none", "toy", 1)
    for method in (panels.VariancePanel(), PCA()):
        model = fitted(method, train.astype(np.float32), 5)
        plain, codes = method.decoder(model, RUN, 5), method.encode(model, truth, RUN, [5])[5]
        noisy = codes + 2 * rng.standard_normal(codes.shape).astype(np.float32)
        errors = {v: np.linalg.norm(plain.told(v)(noisy) - cells) for v in (1e-6, 1.0, 4.0, 16.0)}
        assert min(errors, key=errors.get) == 4.0
        assert errors[1e-6] == pytest.approx(np.linalg.norm(plain(noisy) - cells), rel=1e-3)
