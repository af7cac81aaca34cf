"""Floors and ceilings beyond the paper."""

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.errors import MethodError
from deepae.methods.base import Run
from deepae.methods.ceilings import OraclePCA, Thinned, halves
from deepae.methods.controls import PCA, NearestCell, Shuffled

RUN = Run("toy", 4)


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(1)
    return rng.poisson(rng.gamma(1, 1, (60, 3)) @ rng.gamma(1, 4, (3, 80))).astype(np.float32)


def cells(counts, normalization="none", rows=None):
    return Cells(counts, np.arange(20, 60) if rows is None else rows, normalization, RUN.dataset, RUN.seed)


def test_nearest_cell_is_the_nearest(counts):
    train, test = counts[:20], cells(counts)
    model = NearestCell().fit(train, RUN)
    found = NearestCell().decoder(model, RUN, 10)(NearestCell().encode(model, test, RUN, [10])[10])
    distances = np.linalg.norm(test.dense()[:, None] - train[None], axis=2)
    np.testing.assert_array_equal(found, train[distances.argmin(axis=1)])


def test_shuffling_keeps_each_gene_and_breaks_what_goes_together(counts):
    plain, shuffled = PCA().fit(counts, RUN), Shuffled().fit(counts, RUN)
    np.testing.assert_allclose(plain["mean"], shuffled["mean"], rtol=1e-6)
    errors = []
    for model in (plain, shuffled):
        codes = PCA().encode(model, cells(counts), RUN, [3])[3]
        errors.append(np.linalg.norm(PCA().decoder(model, RUN, 3)(codes) - cells(counts).dense()))
    assert errors[0] < 0.7 * errors[1]


def test_no_affine_code_fits_the_test_cells_better_than_their_own_pca(counts):
    test = cells(counts)
    model = OraclePCA().fit(test.dense(), RUN)
    found = OraclePCA().decoder(model, RUN, 4)(OraclePCA().encode(model, test, RUN, [4])[4])
    centred = test.dense().astype(float) - test.dense().mean(axis=0, dtype=float)
    least = np.sqrt(np.square(np.linalg.svd(centred, compute_uv=False)[4:]).sum())  # Eckart and Young
    assert np.linalg.norm(found - test.dense()) == pytest.approx(least, rel=1e-4)


def test_halves_share_out_each_count_at_random(counts):
    first, second = halves(cells(counts), RUN)
    np.testing.assert_array_equal(first.dense() + second.dense(), cells(counts).dense())
    molecules = float(cells(counts).dense().sum())
    assert first.dense().sum() / molecules == pytest.approx(0.5, abs=1.5 / np.sqrt(molecules))
    difference = (first.dense() - second.dense()).astype(float)  # each molecule adds 1 or -1
    assert np.square(difference).sum() == pytest.approx(molecules, rel=0.1)
    alone, _ = halves(cells(counts, rows=np.array([33])), RUN)
    np.testing.assert_array_equal(alone.dense()[0], first.dense()[13])


def test_one_half_predicts_the_other_under_the_normalisation(counts):
    method = Thinned()
    truth = method.scored_against(cells(counts, "zscore"), RUN)
    decoder = method.decoder(method.fit(None, RUN), RUN, 10)
    guess = decoder(method.encode({}, truth, RUN, [10])[10])
    np.testing.assert_allclose(guess.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(guess.std(axis=1), 1, atol=1e-4)
    assert 0.5 < np.corrcoef(truth.dense().ravel(), guess.ravel())[0, 1] < 0.99


def test_what_is_no_count_cannot_be_thinned(counts):
    with pytest.raises(MethodError, match="toy: thinning needs counts"):
        halves(cells(counts + 0.5), RUN)
