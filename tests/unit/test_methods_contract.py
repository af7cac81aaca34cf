"""What every method of methods.yaml must keep: shapes, determinism, blocks equal the whole, no test cell seen."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from deepae.data.cells import Cells
from deepae.data.split import split_cells
from deepae.errors import MethodError
from deepae.io.files import load_npz, save_npz
from deepae.methods.base import Run, create

ENTRIES = yaml.safe_load((Path(__file__).parents[2] / "config/methods.yaml").read_text())
SHORTER = {"iterations": 4, "architecture": [32, 16]}  # for what learns step by step: widths have their own tests
N_CELLS, N_GENES, SEED = 60, 40, 7
RUN = Run("toy", SEED, log=lambda line: None)


def make(entry):
    """Return the method of an entry, made small and quick where the entry has such parameters."""
    parameters = dict(entry.get("parameters") or {})
    parameters |= {key: value for key, value in SHORTER.items() if key in parameters}
    return create(entry["implementation"], parameters)


@pytest.fixture(params=ENTRIES, scope="module")
def entry(request):
    return ENTRIES[request.param]


@pytest.fixture(scope="module")
def method(entry):
    return make(entry)


def counts():
    rng = np.random.default_rng(3)
    matrix = rng.poisson(rng.gamma(1, 1, (N_CELLS, 4)) @ rng.gamma(1, 2, (4, N_GENES))).astype(np.float32)
    matrix[5] = 1.0  # a cell without variance
    return matrix


def seen_by(method, entry, matrix):
    """Return the cells that a method may see in fit."""
    cells = cells_of(matrix, entry, "test" if method.sees == "test" else "train")
    return Cells(matrix, cells.rows, "none" if method.reads_counts else cells.normalization, "toy", SEED).dense()


def cells_of(matrix, entry, part, block_cells=None):
    """Return training or test cells, under a normalisation that the entry allows."""
    normalization = entry.get("normalizations", ["zscore"])[0]
    split = split_cells(len(matrix), SEED, fraction=0.2, **entry.get("split", {}))
    return Cells(matrix, getattr(split, part), normalization, RUN.dataset, RUN.seed, block_cells)


def fit(method, entry, matrix, *measurements):
    """Fit and tune as a job does."""
    model = method.fit(seen_by(method, entry, matrix), RUN, measurements[0])
    return method.tune(model, cells_of(matrix, entry, "train").dense(), RUN, measurements)


def scored_cells(method, entry, block_cells=None):
    return method.scored_against(cells_of(counts(), entry, "test", block_cells), RUN)


@pytest.fixture(scope="module")
def fitted(entry, method):
    """Model, codes and test cells for h = 6."""
    model = fit(method, entry, counts(), 6)
    cells = scored_cells(method, entry)
    return model, method.encode(model, cells, RUN, [6])[6], cells


def test_parameters_of_the_entry_are_accepted(entry):
    create(entry["implementation"], entry.get("parameters"))


def test_model_is_plain_arrays(fitted):
    model = fitted[0]
    assert model
    for name, value in model.items():
        assert isinstance(name, str)
        assert np.asarray(value).dtype.kind in "fiub", name
        assert np.isfinite(value).all(), name


def test_shapes_of_codes_and_reconstruction(method, fitted):
    model, codes, cells = fitted
    assert codes.shape[0] == len(cells)
    assert codes.shape[1] <= 6
    decoder = method.decoder(model, RUN, 6)
    reconstruction = decoder(codes)
    assert reconstruction.shape == (len(cells), N_GENES)
    assert reconstruction.dtype == np.float32
    assert np.isfinite(reconstruction).all()
    assert decoder.nonzeros is None or 1 <= decoder.nonzeros <= 6
    assert decoder.rank is None or 0 <= decoder.rank <= 6


def test_same_seed_same_digits(entry, fitted):
    model, codes, cells = fitted
    other = make(entry)
    again = fit(other, entry, counts(), 6)
    other.scored_against(cells_of(counts(), entry, "test"), RUN)
    assert again.keys() == model.keys()
    for name in model:
        np.testing.assert_array_equal(again[name], model[name], err_msg=name)
    np.testing.assert_array_equal(other.encode(again, cells, RUN, [6])[6], codes)


def test_blocks_of_one_cell_equal_the_whole(entry, method, fitted):
    model, codes, cells = fitted
    single = scored_cells(method, entry, block_cells=1)
    assert len(list(single.slices())) == len(cells)
    np.testing.assert_allclose(method.encode(model, single, RUN, [6])[6], codes, rtol=1e-4, atol=1e-5)
    decoder = method.decoder(model, RUN, 6)
    each = np.vstack([decoder(codes[where]) for where in single.slices()])
    np.testing.assert_allclose(each, decoder(codes), rtol=1e-4, atol=1e-5)


def test_no_test_cell_is_seen_in_fit_but_by_ceilings(entry, method, fitted):
    if method.sees == "test":
        assert entry["role"] == "ceiling"
        return
    changed = counts()
    changed[cells_of(changed, entry, "test").rows] += 50.0
    model = fit(method, entry, changed, 6)
    for name in fitted[0]:
        np.testing.assert_array_equal(model[name], fitted[0][name], err_msg=name)


def test_training_cells_stay_as_they_are(entry, method):
    train = seen_by(method, entry, counts())
    before = train.copy()
    method.tune(method.fit(train, RUN, 6), train, RUN, [6])
    np.testing.assert_array_equal(train, before)


def test_codes_depend_on_their_cell_alone_but_for_the_noise_level(entry, method, fitted):
    """Cells in another order give the same codes: nothing is learned from test cells, nothing depends on position."""
    model, codes, cells = fitted
    turned = Cells(cells.matrix, cells.rows[::-1], cells.normalization, RUN.dataset, RUN.seed)
    np.testing.assert_allclose(method.encode(model, turned, RUN, [6])[6][::-1], codes, rtol=1e-4, atol=1e-5)


def test_a_stored_model_encodes_and_decodes_as_before(tmp_path, entry, method, fitted):
    """A job may score a network that another has trained: all that it learned is in the model."""
    model, codes, cells = fitted
    save_npz(tmp_path / "model.npz", **model)
    stored, other = load_npz(tmp_path / "model.npz"), make(entry) if entry.get("trained") else method
    np.testing.assert_array_equal(other.encode(stored, cells, RUN, [6])[6], codes)
    np.testing.assert_array_equal(other.decoder(stored, RUN, 6)(codes), method.decoder(model, RUN, 6)(codes))


def test_several_measurements_in_one_pass(entry, method, fitted):
    if method.fit_depends_on_h:
        pytest.skip("one model for each h")
    _, codes, cells = fitted
    model = fit(method, entry, counts(), 1, 6, 20)
    assert method.decoder(model, RUN, 6).nonzeros == method.decoder(fitted[0], RUN, 6).nonzeros
    together = method.encode(model, cells, RUN, [1, 6, 20])
    assert sorted(together) == [1, 6, 20]
    np.testing.assert_allclose(together[6], codes, rtol=1e-4, atol=1e-6)
    for h in (1, 20):
        assert together[h].shape[1] <= h
        assert np.isfinite(method.decoder(model, RUN, h)(together[h])).all()


def test_more_measurements_than_genes_fail_with_a_reason(entry, method):
    if not method.uses_h:
        pytest.skip("needs no measurement")

    def attempt():
        return method.decoder(fit(method, entry, counts(), N_GENES + 1), RUN, N_GENES + 1)

    if method.caps_h:  # it takes as many as there can be, and the row says how many
        assert 0 < attempt().rank <= N_GENES
        return
    with pytest.raises(MethodError, match=str(N_GENES + 1)):
        attempt()


def test_several_runs_equal_one_by_one(entry, method, fitted):
    train = seen_by(method, entry, counts())
    runs = [RUN, Run("toy", SEED + 1, log=lambda line: None)]
    models = [model for model, seconds in method.fit_many([train, train], runs, 6)]
    for name in models[0]:
        np.testing.assert_array_equal(models[0][name], fitted[0][name], err_msg=name)
