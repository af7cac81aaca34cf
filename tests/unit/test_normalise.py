"""Normalisation: per cell, without NaN, the same for dense and sparse blocks of any size."""

import numpy as np
import pytest
import scipy.sparse
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepae.data.cells import Cells
from deepae.data.normalise import check_log1p, normalise, zscore_moments
from deepae.errors import DataError

COUNTS = np.array([[0, 1, 7, 100], [3, 3, 3, 3], [0, 0, 0, 0], [5, 0, 0, 1]], dtype=np.float32)


def test_zscore_is_per_cell_with_the_population_deviation():
    result = normalise(COUNTS, "zscore")
    np.testing.assert_allclose(
        result[[0, 3]], scipy.stats.zscore(COUNTS[[0, 3]].astype(float), axis=1, ddof=0), rtol=1e-6
    )


def test_a_cell_without_variance_becomes_zeros():
    assert np.array_equal(normalise(COUNTS, "zscore")[1:3], np.zeros((2, 4)))
    tenth = np.full((1, 1000), 0.1, dtype=np.float32)  # its deviation is not exactly zero in floating point
    assert np.array_equal(normalise(tenth, "zscore"), np.zeros((1, 1000)))


def test_log1p_and_none():
    np.testing.assert_allclose(normalise(COUNTS, "log1p"), np.log(COUNTS.astype(float) + 1), rtol=1e-6)
    assert np.array_equal(normalise(COUNTS, "none"), COUNTS)


@pytest.mark.parametrize("form", [np.array, scipy.sparse.csr_matrix, scipy.sparse.csr_array])
@pytest.mark.parametrize("normalization", ["none", "log1p", "zscore"])
def test_result_is_a_new_dense_float32_array(form, normalization):
    block = form(COUNTS)
    result = normalise(block, normalization)
    assert type(result) is np.ndarray
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, normalise(COUNTS, normalization))
    result += 1
    assert np.array_equal(block.toarray() if scipy.sparse.issparse(block) else block, COUNTS)


def test_log1p_refuses_negative_values():
    for values in (-COUNTS, scipy.sparse.csr_matrix(-COUNTS)):
        with pytest.raises(
            DataError, match=r"GSE1: log1p of a negative value .-100.; expected counts or intensities >= 0"
        ):
            check_log1p(values, "GSE1")
        with pytest.raises(DataError, match="log1p of a negative value"):
            normalise(values, "log1p")


def test_unknown_normalisation():
    with pytest.raises(ValueError, match="unknown normalisation 'log2', expected one of none, log1p, zscore"):
        normalise(COUNTS, "log2")


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, (5, 7), elements=st.floats(-(2.0**40), 2.0**40, width=32)))
def test_zscore_is_finite_and_blocks_of_one_cell_equal_the_whole(values):
    whole = normalise(values, "zscore")
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(np.vstack([normalise(values[i : i + 1], "zscore") for i in range(5)]), whole)


@pytest.mark.parametrize("form", [np.array, scipy.sparse.csr_matrix])
def test_a_block_that_is_seen_again_has_the_same_bits(form):
    """Later passes take a cell's mean and deviation from the first: nothing may change, not even the sign of a zero."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.5, (30, 997)).astype(np.float32) * rng.random((30, 1), dtype=np.float32)
    counts[3], counts[4] = 0, 0.1
    expected = normalise(counts, "zscore")
    again = normalise(form(counts), "zscore", zscore_moments(form(counts)))
    assert again.dtype == np.float32
    assert np.array_equal(again.view(np.uint32), expected.view(np.uint32))
    cells = Cells(form(counts), np.array([7, 3, 20, 4]), "zscore", "toy", 1, block_cells=3)
    for _ in range(2):
        for where, block in cells.blocks():
            assert np.array_equal(block.view(np.uint32), expected[cells.rows[where]].view(np.uint32))


def test_a_matrix_with_a_value_stored_twice_is_summed():
    twice = scipy.sparse.csr_matrix((np.array([1, 2, 5], np.float32), [0, 0, 2], [0, 3]), shape=(1, 4))
    assert np.array_equal(normalise(twice, "zscore", zscore_moments(twice)), normalise(twice.toarray(), "zscore"))
