"""Matching pursuit against an independent order-recursive one, which solves least squares for every candidate."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from deepae.errors import DeepAEError
from deepae.methods import omp as module
from deepae.methods.omp import omp


def order_recursive(signal, atoms, nonzeros):
    """Take, one after another, the atom with which least squares leaves the smallest residual."""
    support = []
    for _ in range(nonzeros):
        candidates = [atom for atom in range(atoms.shape[1]) if atom not in support]
        residuals = []
        for atom in candidates:
            chosen = atoms[:, [*support, atom]]
            residuals.append(np.linalg.norm(signal - chosen @ np.linalg.lstsq(chosen, signal)[0]))
        support.append(candidates[int(np.argmin(residuals))])
    activities = np.zeros(atoms.shape[1])
    activities[support] = np.linalg.lstsq(atoms[:, support], signal)[0]
    return activities


def problem(n, h, d, seed=0):
    rng = np.random.default_rng(seed)
    atoms = rng.standard_normal((h, d)) + 0.5  # correlated: the plain variant would choose others
    return rng.standard_normal((n, d)) @ atoms.T + rng.standard_normal((n, h)), atoms / np.linalg.norm(atoms, axis=0)


@pytest.mark.parametrize(("h", "d", "nonzeros"), [(20, 30, 6), (10, 40, 5), (25, 7, 7), (12, 12, 1)])
def test_supports_and_coefficients_of_the_order_recursive_variant(h, d, nonzeros):
    signals, atoms = problem(15, h, d)
    activities = omp(signals, atoms, nonzeros)
    expected = np.array([order_recursive(signal, atoms, nonzeros) for signal in signals])
    assert ((activities != 0) == (expected != 0)).all()
    np.testing.assert_allclose(activities, expected, atol=1e-9)


def test_differs_from_plain_matching_pursuit():
    linear_model = pytest.importorskip("sklearn.linear_model")
    signals, atoms = problem(60, 20, 30)
    plain = linear_model.orthogonal_mp(atoms, signals.T, n_nonzero_coefs=6).T
    assert ((omp(signals, atoms, 6) != 0) == (plain != 0)).all(axis=1).mean() < 0.9


def test_no_more_nonzeros_than_measurements_or_atoms():
    signals, atoms = problem(5, 4, 9)
    assert ((omp(signals, atoms, 15) != 0).sum(axis=1) <= 4).all()
    signals, atoms = problem(5, 9, 3)
    assert omp(signals, atoms, 15).shape == (5, 3)


def test_one_cell_at_a_time_equals_all():
    signals, atoms = problem(40, 20, 30)
    each = np.vstack([omp(signal[None], atoms, 6) for signal in signals])
    np.testing.assert_allclose(each, omp(signals, atoms, 6), atol=1e-12)


def test_repeats_are_bit_identical_and_silent(capfd):
    signals, atoms = problem(40, 20, 30)
    np.testing.assert_array_equal(omp(signals, atoms, 6), omp(signals, atoms, 6))
    assert capfd.readouterr() == ("", "")


def test_a_signal_of_zeros_has_no_activities():
    _, atoms = problem(1, 20, 30)
    assert not omp(np.zeros((2, 20)), atoms, 6).any()


@pytest.fixture
def unchecked():
    """The known answer has not been asked for yet, nor is it afterwards."""
    module._check.cache_clear()
    yield
    module._check.cache_clear()


def test_a_library_that_returns_zeros_is_noticed_at_once(monkeypatch, unchecked):
    monkeypatch.setattr(module, "_omp", lambda signals, atoms, nonzeros: np.zeros((len(signals), atoms.shape[1])))
    with pytest.raises(DeepAEError, match="wrong activities"):
        omp(*problem(5, 10, 30), 3)


def test_a_library_that_returns_zeros_later_is_noticed_then(monkeypatch, unchecked):
    signals, atoms = problem(5, 10, 30)
    assert omp(signals, atoms, 3).any(axis=1).all()
    right = module._omp
    monkeypatch.setattr(module, "_omp", lambda *given: right(*given) * (np.arange(len(given[0])) != 2)[:, None])
    with pytest.raises(DeepAEError, match="wrong activities"):
        omp(signals, atoms, 3)
    signals[2] = 0
    assert not omp(signals, atoms, 3)[2].any(), "a cell of zeros has no activity"


def test_a_python_with_which_it_is_wrong_now_and_then_is_refused(monkeypatch, unchecked):
    monkeypatch.setattr(module, "sys", SimpleNamespace(version_info=(3, 13, 0), version=f"3.13.0 {sys.version}"))
    with pytest.raises(DeepAEError, match=r"Python 3\.13\.0: .* use 3\.11 or 3\.12"):
        omp(*problem(5, 10, 30), 3)
