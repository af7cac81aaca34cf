"""The auto-encoder behind the methods' contract: protocols, snapshots, codes, blocks, failures."""

import numpy as np
import pytest
import torch
import yaml

from deepae.data.cells import Cells
from deepae.errors import ConfigError, MethodError
from deepae.methods.autoencoder.method import Autoencoder
from deepae.methods.base import Run, create

GENES, H = 60, 3
SMALL = {"architecture": [12], "learning_rate": 1e-3}


def quiet(line):
    pass


def run_of(seed=1, **options):
    return Run("toy", seed, log=quiet, **options)


def train_cells(seed=0, n=6):
    return np.random.default_rng(seed).normal(size=(n, GENES)).astype(np.float32)


def new_cells(n=11, block_cells=None):
    matrix = np.random.default_rng(9).normal(size=(n, GENES)).astype(np.float32)
    return Cells(matrix, np.arange(n), "none", "toy", 1, block_cells)


def fitted(run=None, h=H, **parameters):
    return Autoencoder(**SMALL | parameters).fit(train_cells(), run or run_of(), h)


def same(model, other, names=("weight_0", "bias_0", "weight_3", "bias_3")):
    return all(np.array_equal(model[name], other[name]) for name in names)


def test_entries_of_the_method_table(root):
    """The presets are those of the published programs: updates at which metrics and weights are taken."""
    table = yaml.safe_load((root / "config/methods.yaml").read_text())
    methods = {
        name: create(table[name]["implementation"], table[name]["parameters"])
        for name in table
        if table[name]["implementation"] == "autoencoder.method:Autoencoder" and table[name]["role"] != "network"
    }
    paper, zscore, raw = (methods[name] for name in ("deepae", "deepae-released-zscore", "deepae-released-raw"))
    assert (paper.report_after, paper.weights_after, paper.loss) == (1000, 1000, "mae")
    assert (zscore.report_after, zscore.weights_after, zscore.loss) == (321, 321, "mse")
    assert (raw.report_after, raw.weights_after, raw.iterations) == (401, 500, 401)
    assert paper.optimiser.form == "standard"
    assert {zscore.optimiser.form, raw.optimiser.form} == {"tensorflow"}
    assert paper.network(6789, 50).widths == (6789, 1280, 640, 256, 50, 256, 640, 1280, 6789)
    for method in methods.values():
        assert method.slope == 0.2
        assert (method.optimiser.learning_rate, method.optimiser.beta1, method.optimiser.beta2) == (1e-4, 0.9, 0.999)
        assert method.optimiser.epsilon == 1e-8
        assert method.fit_depends_on_h


def test_shortened_iterations_shorten_what_is_reported():
    method = Autoencoder(iterations=7, report_after=401, weights_after=500)
    assert (method.iterations, method.report_after, method.weights_after, method.milestones()) == (7, 7, 7, [7])


def test_model_has_what_the_contract_says():
    model = fitted(iterations=5)
    assert [model[f"weight_{layer}"].shape for layer in range(4)] == [(GENES, 12), (12, H), (H, 12), (12, GENES)]
    assert [model[f"bias_{layer}"].shape for layer in range(4)] == [(12,), (H,), (12,), (GENES,)]
    assert all(model[f"weight_{layer}"].dtype == np.float32 for layer in range(4))
    assert model["iterations"] == 5
    np.testing.assert_allclose(model["encoder"], model["weight_0"] @ model["weight_1"], atol=1e-6)


@pytest.mark.parametrize(("h", "present"), [(10, True), (11, False)])
def test_encoder_product_up_to_ten_measurements(h, present):
    assert ("encoder" in fitted(h=h, iterations=1)) is present


def test_report_and_weights_are_snapshots():
    """Metrics after 4 updates, weights after 9: as two trainings of those lengths, whichever comes first."""
    four, nine = fitted(iterations=4), fitted(iterations=9)
    model = fitted(iterations=20, report_after=4, weights_after=9, keep_weights=True)
    assert same(model, four)
    assert not same(model, nine)
    assert np.array_equal(model["encoder"], nine["encoder"])
    assert np.array_equal(model["kept_weight_0"], nine["weight_0"])
    assert np.array_equal(model["kept_weight_1"], nine["weight_1"])
    assert model["iterations"] == 4
    assert model["loss"] == four["loss"]
    model = fitted(iterations=20, report_after=9, weights_after=4, keep_weights=True)
    assert same(model, nine)
    assert np.array_equal(model["encoder"], four["encoder"])
    assert np.array_equal(model["kept_weight_0"], four["weight_0"])


def test_only_the_first_run_keeps_weights():
    method = Autoencoder(**SMALL, iterations=3, report_after=2, weights_after=3, keep_weights=True)
    models = [model for model, _ in method.fit_many([train_cells(0), train_cells(1)], [run_of(1), run_of(2)], H)]
    assert ["kept_weight_0" in model for model in models] == [True, False]
    assert "kept_weight_0" not in fitted(iterations=3, keep_weights=True)


def test_seed_fixes_everything_and_initial_seed_the_weights():
    assert same(fitted(iterations=3), fitted(iterations=3))
    assert not same(fitted(iterations=3), fitted(run_of(2), iterations=3))
    assert same(fitted(iterations=3, initial_seed=5), fitted(run_of(2), iterations=3, initial_seed=5))
    assert not same(fitted(iterations=3, initial_seed=5), fitted(iterations=3))


@pytest.mark.parametrize("linear_centre", [True, False])
def test_codes_and_reconstruction_by_hand(linear_centre):
    method = Autoencoder(**SMALL, iterations=30, linear_centre=linear_centre)
    model = method.fit(train_cells(), run_of(), H)
    cells = new_cells(block_cells=4)

    def leaky(values):
        return np.where(values > 0, values, 0.2 * values)

    x = cells.dense().astype(np.float64)
    hidden = leaky(x @ model["weight_0"] + model["bias_0"])
    central = hidden @ model["weight_1"] + model["bias_1"]
    expected = central if linear_centre else leaky(central)
    output = leaky(leaky(expected @ model["weight_2"] + model["bias_2"]) @ model["weight_3"] + model["bias_3"])
    codes = method.encode(model, cells, run_of(), [H])[H]
    decoder = method.decoder(model, run_of(), H)
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    np.testing.assert_allclose(decoder(codes), output, atol=1e-5)
    assert decoder(codes).dtype == np.float32
    assert decoder.iterations == 30
    assert (central < 0).any()


def test_it_learns_a_line_in_expression():
    """Cells on a ray through one profile: one measurement is enough, and new cells on it are recovered."""
    rng = np.random.default_rng(3)
    profile = rng.gamma(2.0, size=GENES)
    cells = (rng.uniform(0.5, 2.0, size=(30, 1)) * profile).astype(np.float32)
    method = Autoencoder(architecture=[16], loss="mse", iterations=1500, learning_rate=3e-3, linear_centre=True)
    run = run_of()
    model = method.fit(cells[:10], run, 1)
    new = Cells(cells, np.arange(10, 30), "none", "toy", 1)
    recovered = method.decoder(model, run, 1)(method.encode(model, new, run, [1])[1])
    assert np.linalg.norm(recovered - cells[10:]) < 0.05 * np.linalg.norm(cells[10:])


def test_no_gpu_falls_back_and_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    lines = []
    run = Run("toy", 1, device="cuda", log=lines.append)
    method = Autoencoder(**SMALL, iterations=2)
    assert same(method.fit(train_cells(), run, H), fitted(iterations=2))
    assert method.device == "cpu"
    assert any("no usable GPU" in line for line in lines)


def test_batch_of_runs_equals_single_runs():
    """The path of the GPU, on the CPU: models in order, milestones, shared settings."""
    from deepae.methods.autoencoder.gpu import fit_batched

    method = Autoencoder(**SMALL, iterations=9, report_after=4, weights_after=9, keep_weights=True, adam="tensorflow")
    trains, runs = [train_cells(seed) for seed in (0, 1)], [run_of(1), run_of(2)]
    network = method.network(GENES, H)
    batched = [model for model, _ in fit_batched(method, network, trains, runs, device="cpu")]
    single = [model for model, _ in method.fit_many(trains, runs, H)]
    for ours, theirs in zip(batched, single, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            np.testing.assert_allclose(ours[name], theirs[name], atol=5e-5, err_msg=name)
    assert not np.allclose(batched[0]["weight_0"], batched[1]["weight_0"])


def test_training_cells_may_come_one_run_at_a_time():
    method = Autoencoder(**SMALL, iterations=2)
    seen = []
    trains = (seen.append(seed) or train_cells(seed) for seed in (0, 1))
    fits = method.fit_many(trains, [run_of(1), run_of(2)], H)
    first, _ = next(fits)
    assert seen == [0]
    assert same(first, fitted(iterations=2))


def test_a_full_gpu_trains_fewer_runs_at_once(monkeypatch):
    from deepae.methods.autoencoder import gpu

    method = Autoencoder(**SMALL, iterations=2)
    train, sizes = gpu._train, []

    def at_most_one(method, network, trains, runs, device):
        sizes.append(len(runs))
        if len(runs) > 1:
            raise torch.OutOfMemoryError
        return train(method, network, trains, runs, device)

    monkeypatch.setattr(gpu, "_train", at_most_one)
    trains, runs = [train_cells(seed) for seed in (0, 1, 2)], [run_of(seed) for seed in (1, 2, 3)]
    models = [model for model, _ in gpu.fit_batched(method, method.network(GENES, H), trains, runs, device="cpu")]
    assert sizes == [3, 1, 1, 1]
    np.testing.assert_allclose(models[2]["weight_0"], method.fit(trains[2], runs[2], H)["weight_0"], atol=1e-5)


def test_what_cannot_be_done_is_said():
    with pytest.raises(MethodError, match="61 measurements of 60 genes"):
        fitted(h=61)
    with pytest.raises(MethodError, match="diverged"):
        Autoencoder(**SMALL, iterations=2).fit(np.full((5, GENES), np.nan, dtype=np.float32), run_of(), H)
    method = Autoencoder(**SMALL, iterations=1)
    with pytest.raises(MethodError, match="trained for 3"):
        method.encode(method.fit(train_cells(), run_of(), H), new_cells(), run_of(), [4])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"architecture": "DeepAE9"}, "DeepAE9"),
        ({"architecture": [0]}, "positive"),
        ({"loss": "huber"}, "huber"),
        ({"adam": "adamw"}, "adamw"),
        ({"precision": "half"}, "half"),
        ({"initialisation": "zeros"}, "zeros"),
        ({"iterations": 0}, "iterations"),
        ({"block_rows": 0}, "block_rows"),
        ({"slope": -0.1}, "slope"),
        ({"betas": [0.9, 1.0]}, "betas"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"depth": 4}, "depth"),
    ],
)
def test_bad_parameters_are_refused(parameters, message):
    with pytest.raises(ConfigError, match=message):
        create("autoencoder.method:Autoencoder", parameters)
