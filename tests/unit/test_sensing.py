"""Lasso, ridge and 0/1 pools on planted cells."""

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.methods.base import Run
from deepae.methods.factor import FactorAnalysis
from deepae.methods.measuring import measurement_matrix
from deepae.methods.sensing import BinaryPools, LassoDecoder, RidgeAtoms

RUN = Run("toy", 2)


def test_lasso_without_noise_recovers_sparse_cells():
    rng = np.random.default_rng(0)
    dictionary = np.linalg.qr(rng.standard_normal((300, 20)))[0] * rng.uniform(0.1, 10, 20)
    activities = np.zeros((10, 20))
    for row in activities:
        row[rng.choice(20, 2, replace=False)] = rng.uniform(2, 5, 2)
    cells = activities @ dictionary.T
    matrix = measurement_matrix("toy", 2, 300, 30)
    for positive in (True, False):
        found = LassoDecoder(dictionary, matrix, 0.0, positive)(cells @ matrix.T)
        assert np.linalg.norm(found - cells) < 0.01 * np.linalg.norm(cells)


def test_lasso_stops_at_the_noise():
    rng = np.random.default_rng(1)
    dictionary, matrix = np.linalg.qr(rng.standard_normal((300, 12)))[0], measurement_matrix("toy", 2, 300, 40)
    codes = rng.standard_normal((8, 40)) * 3
    decoder = LassoDecoder(dictionary, matrix, 8.0, False)
    seen = matrix @ dictionary
    squares = np.square(codes - decoder.activities(codes) @ seen.T).sum(axis=1)
    least = np.square(codes.T - seen @ np.linalg.lstsq(seen, codes.T, rcond=None)[0]).sum(axis=0)
    power, bound = np.square(codes).sum(axis=1), 8 * 40
    reached = (least < bound) & (bound < power)
    assert reached.sum() > 2
    np.testing.assert_allclose(squares[reached], bound, rtol=1e-3)
    assert not decoder.activities(codes)[power < bound].any()


def test_ridge_on_centred_atoms_beats_the_mean_and_takes_a_penalty_that_noise_asks_for():
    rng = np.random.default_rng(2)
    cells = (rng.standard_normal((90, 3)) @ rng.standard_normal((3, 200)) * 2 + 10).astype(np.float32)
    train, test = cells[:30], Cells(cells, np.arange(30, 90), "none", "toy", 2)
    errors, penalties = {}, {}
    for snr in (2.0, None):
        method = RidgeAtoms(snr=snr)
        model = method.tune(method.fit(train, RUN), train, RUN, [20])
        found = method.decoder(model, RUN, 20)(method.encode(model, test, RUN, [20])[20])
        errors[snr] = np.linalg.norm(found - cells[30:])
        penalties[snr] = model["penalties"][0]
    mean = np.linalg.norm(cells[30:] - train.mean(axis=0))
    assert errors[None] < 0.05 * mean
    assert errors[None] < errors[2.0] < mean
    assert penalties[None] < penalties[2.0]


def test_more_training_cells_do_not_harm_ridge():
    """Each further training cell brings an atom: those that hold noise alone must be left out."""
    rng = np.random.default_rng(3)
    cells = rng.standard_normal((560, 3)) @ rng.standard_normal((3, 300)) * 3 + rng.standard_normal((560, 300)) + 5
    cells = cells.astype(np.float32)
    test, errors = Cells(cells, np.arange(500, 560), "none", "toy", 2), []
    for n_train in (20, 500):
        train, method = cells[:n_train], RidgeAtoms()
        model = method.tune(method.fit(train, RUN), train, RUN, [20])
        found = method.decoder(model, RUN, 20)(method.encode(model, test, RUN, [20])[20])
        errors.append(np.linalg.norm(found - cells[500:]))
    assert errors[1] < errors[0]


@pytest.mark.parametrize("h", [2, 10])
def test_pools_hold_each_gene_at_most_three_times(h):
    matrix = BinaryPools()._matrix(RUN, 0, 500, h)
    pools = matrix > 0
    assert pools.any(axis=0).all()
    assert pools.sum(axis=0).max() == min(3, h)
    for row in matrix:
        assert len(np.unique(row[row > 0])) == 1
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1)


def test_the_design_is_chosen_on_training_cells():
    rng = np.random.default_rng(3)
    train = rng.poisson(rng.gamma(1, 1, (20, 3)) @ rng.gamma(1, 3, (3, 60))).astype(np.float32)
    method = BinaryPools(designs=6)
    model = method.tune(method.fit(train, RUN), train, RUN, [4, 8])
    errors = []
    for design in range(6):
        matrix = method._matrix(RUN, design, 60, 8)
        decoder = LassoDecoder(model["dictionary"], matrix, 0.0, True)
        errors.append(np.square(train - decoder(train.astype(float) @ matrix.T)).sum())
    assert model["designs"][1] == np.argmin(errors)
    assert len(set(errors)) == 6


def test_factor_analysis_finds_factors_under_uneven_noise():
    rng = np.random.default_rng(4)
    signal = rng.standard_normal((400, 2)) @ rng.standard_normal((2, 30)) * 2
    cells = (signal + rng.standard_normal((400, 30)) * np.linspace(0.1, 4, 30)).astype(np.float32)
    method = FactorAnalysis()
    model = method.fit(cells[:200], RUN, 2)
    test = Cells(cells, np.arange(200, 400), "none", "toy", 2)
    found = method.decoder(model, RUN, 2)(method.encode(model, test, RUN, [2])[2])
    assert np.square(found - signal[200:]).sum() < 0.02 * np.square(signal[200:]).sum()
