"""Measurements and decoders of the baselines: noise, nested matrices, the released decoder and the corrected one."""

import numpy as np
import pytest
from test_omp import order_recursive

from deepae.data.cells import Cells
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Run
from deepae.methods.compressed_sensing import CompressedSensing, SparseDecoder, _HeldOut, left_singular_vectors
from deepae.methods.measuring import MeasurementMatrix, measure, measurement_matrix

RUN = Run("toy", 5)


class Planted(CompressedSensing):
    """A dictionary that is given, with columns of very different norms once measured."""

    def __init__(self, dictionary, **decoding):
        super().__init__(**decoding)
        self.dictionary = dictionary

    def learn_dictionary(self, train, run):
        return self.dictionary


@pytest.fixture
def dictionary():
    rng = np.random.default_rng(1)
    return rng.standard_normal((200, 12)) * 10.0 ** rng.uniform(-2, 2, 12)


@pytest.fixture
def cells():
    counts = np.random.default_rng(2).poisson(2.0, (30, 200)).astype(np.float32)
    return Cells(counts, np.arange(3, 30), "zscore", RUN.dataset, RUN.seed, block_cells=8)


def test_matrix_rows_have_unit_norm_and_little_correlation():
    matrix = MeasurementMatrix("toy", 1, 80).rows(30)
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1)
    correlation = np.corrcoef(matrix) - np.eye(30)
    assert np.abs(correlation).max() <= 0.2
    # without redrawing some pair of 435 would be above it: sd of a correlation is 0.11
    assert np.abs(correlation).max() > 0.15


def test_matrix_is_nested_over_measurements_whatever_is_asked_first():
    whole = MeasurementMatrix("toy", 1, 60).rows(20).copy()
    steps = MeasurementMatrix("toy", 1, 60)
    for h in (3, 2, 20, 10):
        np.testing.assert_array_equal(steps.rows(h), whole[:h])
    assert not np.allclose(whole, MeasurementMatrix("toy", 2, 60).rows(20))
    assert not np.allclose(whole, MeasurementMatrix("other", 1, 60).rows(20))


def test_matrix_that_cannot_be_drawn_fails_from_there_on():
    matrix = MeasurementMatrix("toy", 1, 8, tries=200)
    with pytest.raises(MethodError, match=r"for 8 genes .* 200 tries; at most \d+ measurements") as failure:
        matrix.rows(100)
    possible = int(str(failure.value).split("at most ")[1].split()[0])
    assert 1 <= possible < 8
    assert matrix.rows(possible).shape == (possible, 8)
    with pytest.raises(MethodError, match=f"at most {possible} measurements"):
        matrix.rows(possible + 1)


@pytest.mark.parametrize("h", [0, -1, 201])
def test_impossible_numbers_of_measurements(h):
    with pytest.raises(MethodError, match="expected 1 to 200"):
        measurement_matrix("toy", 1, 200, h)


def test_measurements_have_exactly_the_given_signal_to_noise_ratio(cells):
    matrix = measurement_matrix("toy", 5, 200, 20)
    clean, zero = measure(cells, matrix, None)
    noisy, sigma = measure(cells, matrix, 2.0)
    everything = slice(0, len(cells))
    noise = sigma * cells.noise(everything).astype(float)
    assert zero == 0
    assert np.linalg.norm(cells.dense().astype(float)) / np.linalg.norm(noise) == pytest.approx(2, rel=1e-12)
    np.testing.assert_allclose(clean, cells.dense().astype(float) @ matrix.T, atol=1e-12)
    np.testing.assert_allclose(noisy - clean, noise @ matrix.T, atol=1e-12)


def test_measurements_are_nested_and_independent_of_blocks(cells, dictionary):
    method = Planted(dictionary)
    model = method.fit(None, RUN)
    codes = method.encode(model, cells, RUN, [5, 20])
    np.testing.assert_array_equal(codes[5], codes[20][:, :5])
    single = Cells(cells.matrix, cells.rows, "zscore", RUN.dataset, RUN.seed, block_cells=1)
    np.testing.assert_allclose(method.encode(model, single, RUN, [20])[20], codes[20], atol=1e-12)


def test_released_decoder_is_spams_on_the_measured_dictionary_as_it_is(dictionary):
    import spams

    method = Planted(dictionary, corrected=False)
    model = method.fit(None, RUN)
    decoder = method.decoder(model, RUN, 20)
    codes = np.random.default_rng(3).standard_normal((9, 20))
    measured = measurement_matrix("toy", 5, 200, 20) @ model["dictionary"].astype(float)
    expected = spams.omp(np.asfortranarray(codes.T), np.asfortranarray(measured), L=12, numThreads=1).toarray().T
    np.testing.assert_allclose(decoder.activities(codes), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(decoder(codes), expected @ model["dictionary"].T, rtol=1e-3, atol=1e-3)


def test_corrected_decoder_solves_least_squares_on_columns_far_from_unit_norm(dictionary):
    method = Planted(dictionary, corrected=True, nonzeros="half")
    model = method.fit(None, RUN)
    decoder = method.decoder(model, RUN, 20)
    measured = measurement_matrix("toy", 5, 200, 20) @ model["dictionary"].astype(float)
    norms = np.linalg.norm(measured, axis=0)
    assert norms.min() < 0.2
    assert norms.max() > 100
    codes = np.random.default_rng(3).standard_normal((9, 20))
    # the choice of the order-recursive variant and least squares do not depend on the scale of columns
    expected = np.array([order_recursive(code, measured, decoder.nonzeros) for code in codes])
    found = decoder.activities(codes)
    assert ((found != 0) == (expected != 0)).all()
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_without_noise_only_the_corrected_decoder_recovers_sparse_cells():
    rng = np.random.default_rng(4)
    dictionary = np.linalg.qr(rng.standard_normal((500, 20)))[0]
    activities = np.zeros((25, 20))
    for row in activities:
        row[rng.choice(20, 3, replace=False)] = rng.choice([-1, 1], 3) * rng.uniform(2, 5, 3)
    expression = (activities @ dictionary.T).astype(np.float32)
    cells = Cells(expression, np.arange(25), "none", RUN.dataset, RUN.seed)
    errors = {}
    for corrected in (False, True):
        method = Planted(dictionary, unit_columns=corrected, snr=None)
        model = method.fit(None, RUN)
        reconstruction = method.decoder(model, RUN, 40)(method.encode(model, cells, RUN, [40])[40])
        errors[corrected] = np.linalg.norm(expression - reconstruction) / np.linalg.norm(expression)
    assert errors[True] < 1e-5
    assert 0.85 < errors[False] < 1  # activities come out shrunk to about h/g: the trap of the released program


@pytest.mark.parametrize(
    ("parameters", "h", "unit", "nonzeros"),
    [
        ({}, 100, False, 15),
        ({}, 5, False, 5),
        ({"corrected": True, "nonzeros": "half"}, 100, True, 15),
        ({"corrected": True, "nonzeros": "half"}, 1, True, 1),
        ({"corrected": True, "nonzeros": 15}, 10, True, 10),
        ({"unit_columns": True, "nonzeros": 3}, 10, True, 3),
        ({"nonzeros": "half"}, 10, False, 5),
        ({"sparsity": 4}, 10, False, 4),
    ],
)
def test_switches_of_the_decoder(parameters, h, unit, nonzeros):
    method = Planted(np.random.default_rng(0).standard_normal((150, 30)), **parameters)
    decoder = method.decoder(method.fit(None, RUN), RUN, h)
    assert method.unit_columns is unit
    assert decoder.nonzeros == nonzeros
    used = (decoder.activities(np.ones((1, h))) != 0).sum()
    assert used == nonzeros if unit else used <= nonzeros  # on other columns the recursion may end early


@pytest.fixture
def sparse_cells():
    """24 training and 300 test cells made of 2 of 12 atoms each, plus expression outside the dictionary."""
    rng = np.random.default_rng(6)
    dictionary = np.linalg.qr(rng.standard_normal((200, 12)))[0]
    activities = np.zeros((324, 12))
    for row in activities:
        row[rng.choice(12, 2, replace=False)] = rng.choice([-1, 1], 2) * rng.uniform(3, 6, 2)
    expression = (activities @ dictionary.T + 0.05 * rng.standard_normal((324, 200))).astype(np.float32)
    return dictionary, expression[:24], Cells(expression, np.arange(24, 324), "none", RUN.dataset, RUN.seed)


@pytest.mark.parametrize("h", [20, 60])
def test_cross_validation_takes_the_number_of_nonzeros_that_is_best_on_new_cells(sparse_cells, h):
    dictionary, train, cells = sparse_cells
    method = Planted(dictionary, corrected=True)
    model = method.tune(method.fit(train, RUN), train, RUN, [h])
    truth = cells.dense()
    codes = method.encode(model, cells, RUN, [h])[h]
    matrix = measurement_matrix(RUN.dataset, RUN.seed, 200, h)
    errors = [
        np.linalg.norm(truth - SparseDecoder(dictionary, matrix, limit, unit_columns=True)(codes))
        for limit in range(1, 13)
    ]
    chosen = method.decoder(model, RUN, h).nonzeros
    # 24 cells choose nearly as well as 300 test cells would; the old rule, half of h, takes 10 or 12 and is worse
    assert errors[chosen - 1] <= 1.02 * min(errors)
    assert errors[min(12, h // 2) - 1] > 1.1 * errors[chosen - 1]


def test_cross_validation_does_not_depend_on_the_other_measurements_nor_on_impossible_ones(sparse_cells):
    dictionary, train, _ = sparse_cells
    method = Planted(dictionary, corrected=True)
    model = method.fit(train, RUN)
    together = method.tune(model, train, RUN, [40, 1, 5, 1000])
    assert together["tuned_measurements"].tolist() == [1, 5, 40]
    assert together["nonzeros"][0] == 1
    for h, nonzeros in zip([1, 5, 40], together["nonzeros"], strict=True):
        assert method.tune(model, train, RUN, [h])["nonzeros"].tolist() == [nonzeros]
    assert "nonzeros" not in model


def test_dictionaries_of_the_folds_are_learned_once_for_all_measurements(sparse_cells):
    dictionary, train, _ = sparse_cells
    sizes = []

    class Counted(Planted):
        def learn_dictionary(self, train, run):
            sizes.append(len(train))
            return self.dictionary

    method = Counted(dictionary, corrected=True)
    method.tune(method.fit(train, RUN), train, RUN, [5, 10, 20])
    assert sizes == [24] + 8 * [21]
    sizes.clear()
    method.tune(method.fit(train[:5], RUN), train[:5], RUN, [5, 10])
    assert sizes == [5] + 5 * [4]


def test_the_error_of_held_out_cells_is_that_of_their_reconstruction(sparse_cells):
    dictionary, train, _ = sparse_cells
    uneven = dictionary * np.linspace(0.1, 10, 12)  # measured columns far from unit norm
    matrix = measurement_matrix(RUN.dataset, RUN.seed, 200, 20)
    measured = [train @ matrix.T, train @ matrix.T + 0.1]
    for unit in (True, False):
        decode = SparseDecoder(uneven, matrix[:15], 3, unit)
        expected = sum(np.square(train - decode(codes[:, :15])).sum() for codes in measured)
        found = _HeldOut(train, measured, matrix, uneven).error(15, 3, unit)
        assert found == pytest.approx(expected, rel=1e-5)


def test_a_fold_without_a_dictionary_has_no_say(sparse_cells):
    dictionary, train, _ = sparse_cells
    lines = []

    class Fails(Planted):
        def learn_dictionary(self, cells, run):
            if len(cells) < len(train):
                raise MethodError("no module was left")
            return self.dictionary

    method = Fails(dictionary, corrected=True)
    run = Run("toy", 5, log=lines.append)
    model = method.tune(method.fit(train, run), train, run, [10])
    assert model["nonzeros"].tolist() == [1]
    assert len(lines) == 8
    assert "a fold of the cross-validation is left out (no module was left)" in lines[0]


def test_never_more_nonzeros_than_atoms():
    method = Planted(np.eye(150)[:, :4])
    assert method.decoder(method.fit(None, RUN), RUN, 50).nonzeros == 4


def test_atoms_that_are_not_seen_stay_out():
    dictionary = np.eye(30)[:, :3].copy()
    dictionary[:, 1] = 0
    decoder = SparseDecoder(dictionary, measurement_matrix("toy", 5, 30, 6), 2, unit_columns=True)
    assert np.isfinite(decoder(np.ones((2, 6)))).all()


def test_a_dictionary_that_is_not_finite_fails():
    with pytest.raises(MethodError, match="toy, seed 5: the dictionary has values that are not finite"):
        Planted(np.full((5, 2), np.nan)).fit(None, RUN)


@pytest.mark.parametrize("wrong", [{"nonzeros": 0}, {"nonzeros": "third"}, {"snr": 0}, {"snr": -1.0}, {"sparsity": 0}])
def test_wrong_parameters(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Planted(np.eye(3), **wrong)


def test_left_singular_vectors_have_a_fixed_sign():
    train = np.random.default_rng(0).standard_normal((6, 40)).astype(np.float32)
    vectors = left_singular_vectors(train, 4)
    assert (vectors[np.abs(vectors).argmax(axis=0), np.arange(4)] > 0).all()
    np.testing.assert_allclose(left_singular_vectors(-train, 4), vectors, atol=1e-12)
