"""Training against the plain loop of reference.py, in float64 with autograd, and against itself in other partitions.

Stated tolerances: 30 updates of 1e-4 move a weight by up to 3e-3. Two ways of training, which add float32 in another
order, agree to 1e-6 for 95 % of the weights and to 1e-4, one update, for all: where a gradient is nearly zero, Adam
divides its rounding by itself.
"""

import gc
import weakref

import numpy as np
import pytest
import torch

from deepae.errors import ConfigError, MethodError
from deepae.methods.autoencoder import network as networks
from deepae.methods.autoencoder import reference
from deepae.methods.autoencoder.adam import Adam, fused
from deepae.methods.autoencoder.cpu import CpuTrainer
from deepae.methods.autoencoder.gpu import BatchedTrainer
from deepae.methods.autoencoder.progress import Progress

TOLERANCE, MOST = 1e-6, 1e-4
GENES, UPDATES = 203, 30
SHAPES = [((), False), ((16,), True), ((40, 16), False)]


def some_cells(n=7, seed=0):
    return np.random.default_rng(seed).normal(size=(n, GENES)).astype(np.float32)


def network_of(hidden=(16,), linear_centre=False, h=3):
    return networks.build(list(hidden), GENES, h, 0.2, linear_centre)


def trained(network, cells, updates=UPDATES, seed=1, form="standard", loss="mae", learning_rate=1e-4, **options):
    weights = networks.initial_weights(network, "toy", seed)
    trainer = CpuTrainer(network, cells, weights, Adam(learning_rate, form=form), loss, **options)
    trainer.train(updates)
    return trainer


def plain_loop(network, cells, loss, form):
    weights = networks.initial_weights(network, "toy", 1)
    return reference.train(network, cells, weights, Adam(form=form), loss, UPDATES)


def flat(weights, biases):
    return np.concatenate([np.ravel(array) for array in [*weights, *biases]])


def assert_same(trainer, expected):
    difference = np.abs(flat(*trainer.weights()) - flat(*expected[:2]))
    assert np.quantile(difference, 0.95) < TOLERANCE
    assert difference.max() < MOST


@pytest.mark.parametrize(("hidden", "linear"), SHAPES)
@pytest.mark.parametrize("loss", ["mae", "mse"])
@pytest.mark.parametrize("form", ["standard", "tensorflow"])
def test_cpu_equals_plain_loop(hidden, linear, loss, form):
    network, cells = network_of(hidden, linear), some_cells()
    expected = plain_loop(network, cells, loss, form)
    trainer = trained(network, cells, form=form, loss=loss)
    assert_same(trainer, expected)
    assert trainer.loss == pytest.approx(expected[2], rel=1e-5)
    start = networks.initial_weights(network, "toy", 1)
    moved = np.abs(flat(start, []) - flat(trainer.weights()[0], []))
    assert np.median(moved) > 100 * TOLERANCE


def test_forms_of_adam_differ():
    """With small gradients the place of epsilon matters; else the test above could not tell the forms apart."""
    network, cells = network_of(), some_cells() * 0.01
    standard, tensorflow = (trained(network, cells, form=form, loss="mse") for form in ("standard", "tensorflow"))
    assert np.median(np.abs(standard.weights()[0][0] - tensorflow.weights()[0][0])) > 10 * TOLERANCE
    assert_same(tensorflow, plain_loop(network, cells, "mse", "tensorflow"))
    assert_same(standard, plain_loop(network, cells, "mse", "standard"))


@pytest.mark.parametrize(
    "options", [{"threads": 2}, {"threads": 3, "block_values": 100}, {"block_rows": 2}, {"block_rows": 3, "threads": 2}]
)
def test_threads_and_blocks_change_nothing(options):
    network, cells = network_of((40, 16)), some_cells()
    reference = trained(network, cells)
    other = trained(network, cells, **options)
    assert_same(other, reference.weights())
    assert other.loss == pytest.approx(reference.loss, rel=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_repeats_are_bit_identical(threads):
    network, cells = network_of((40, 16)), some_cells()
    first, second = (flat(*trained(network, cells, threads=threads, block_values=500).weights()) for _ in range(2))
    assert np.array_equal(first, second)


def test_more_threads_than_blocks_or_cells():
    network, cells = network_of(), some_cells(2)
    assert_same(trained(network, cells, threads=5), trained(network, cells).weights())


def test_training_in_parts_is_training():
    network, cells = network_of(), some_cells()
    parts = trained(network, cells, updates=7)
    parts.train(7)
    parts.train(UPDATES)
    assert parts.updates == UPDATES
    assert np.array_equal(flat(*parts.weights()), flat(*trained(network, cells).weights()))


def test_training_leaves_its_surroundings_alone():
    cells = some_cells()
    before = cells.copy()
    torch.set_num_threads(2)
    try:
        trained(network_of(), cells, threads=3)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert np.array_equal(cells, before)
    assert torch.tensor(1e-40).mul(1.0).item() != 0  # denormals are no longer flushed


@pytest.mark.parametrize("threads", [1, 3])
def test_divergence_is_said(threads):
    cells = some_cells()
    cells[0, 0] = np.inf
    with pytest.raises(MethodError, match="diverged"):
        trained(network_of(), cells, threads=threads)


def test_an_error_in_a_thread_is_raised_not_hung(monkeypatch):
    network, cells = network_of(), some_cells()
    trainer = CpuTrainer(network, cells, networks.initial_weights(network, "toy", 1), Adam(), threads=3)

    def fail(trainer, step):
        raise RuntimeError("one thread fails")

    monkeypatch.setattr(trainer.workers[2], "last_layer", fail)
    with pytest.raises(RuntimeError, match="one thread fails"):
        trainer.train(3)


@pytest.mark.parametrize("diverges", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_trainer_is_freed_without_the_collector(diverges, threads):
    """In a cycle, weights and moments of each seed would stay until Python's collector happens to run."""
    cells = some_cells()
    gc.disable()
    try:
        trainer = CpuTrainer(
            network_of(), cells, networks.initial_weights(network_of(), "toy", 1), Adam(), threads=threads
        )
        trainer.train(2)
        if diverges:
            trainer.x[0, 0] = float("inf")
            with pytest.raises(MethodError, match="diverged") as caught:
                trainer.train(4)
            del caught
        held = [weakref.ref(trainer), weakref.ref(trainer.moments[0][0]), weakref.ref(trainer.workers[0])]
        del trainer
        assert [alive() for alive in held] == [None] * 3
    finally:
        gc.enable()


@pytest.mark.parametrize(("hidden", "linear"), SHAPES)
@pytest.mark.parametrize("form", ["standard", "tensorflow"])
@pytest.mark.parametrize("block_rows", [1024, 3])
def test_batched_equals_one_by_one(hidden, linear, form, block_rows):
    network = network_of(hidden, linear)
    trains = [some_cells(seed=seed) for seed in (0, 1, 2)]
    drawn = (networks.initial_weights(network, "toy", seed) for seed in (1, 2, 1))
    batched = BatchedTrainer(network, trains, drawn, Adam(form=form), "mse", block_rows=block_rows, device="cpu")
    batched.train(UPDATES)
    for run, (cells, seed) in enumerate(zip(trains, (1, 2, 1), strict=True)):
        single = trained(network, cells, seed=seed, form=form, loss="mse")
        arrays = [w[run].numpy() for w in batched.weights], [b[run, 0].numpy() for b in batched.biases]
        assert_same(single, arrays)
        assert float(batched.losses[run]) == pytest.approx(single.loss, rel=1e-4)


def test_batched_bf16_is_near_float32():
    network = network_of()
    losses = []
    for precision in ("float32", "bf16"):
        drawn = [networks.initial_weights(network, "toy", 1)]
        batched = BatchedTrainer(
            network, [some_cells()], drawn, Adam(1e-3), "mse", precision, device="cpu", block_rows=3
        )
        batched.train(60)
        losses.append(float(batched.losses[0]))
        assert batched.weights[0].dtype == torch.float32
    assert losses[0] < 0.99 * np.mean(some_cells() ** 2)  # it learned
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert losses[1] != losses[0]


def test_batched_divergence_is_said():
    cells = some_cells()
    cells[0, 0] = np.nan
    network = network_of()
    drawn = [networks.initial_weights(network, "toy", seed) for seed in (1, 2)]
    batched = BatchedTrainer(network, [some_cells(), cells], drawn, Adam(), device="cpu")
    with pytest.raises(MethodError, match="run 2 of 2"):
        batched.train(3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("form", ["standard", "tensorflow"])
@pytest.mark.parametrize("graph", [True, False])
def test_gpu_equals_cpu(form, graph):
    network = network_of((40, 16))
    trains = [some_cells(seed=seed) for seed in (0, 1)]
    drawn = [networks.initial_weights(network, "toy", seed) for seed in (1, 2)]
    batched = BatchedTrainer(network, trains, drawn, Adam(form=form), block_rows=3, device="cuda", graph=graph)
    batched.train(20)
    batched.train(UPDATES)
    for run, (cells, seed) in enumerate(zip(trains, (1, 2), strict=True)):
        arrays = [w[run].cpu().numpy() for w in batched.weights], [b[run, 0].cpu().numpy() for b in batched.biases]
        assert_same(trained(network, cells, seed=seed, form=form), arrays)


def test_fused_adam_is_adam():
    """torch's fused kernel is private: this notices if it changes."""
    rng = np.random.default_rng(0)
    adam = Adam(0.01, 0.8, 0.95, 1e-3)
    w, g = rng.normal(size=50), rng.normal(size=50) * 1e-3
    m, v = rng.normal(size=50) * 1e-3, rng.random(50) * 1e-6
    step = 4
    expected_m, expected_v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
    expected = w - 0.01 * expected_m / (1 - 0.8**step) / (np.sqrt(expected_v / (1 - 0.95**step)) + 1e-3)
    for rate in (0.01, torch.tensor(0.01)):
        tensors = [torch.tensor(a, dtype=torch.float32) for a in (w, g, m, v)]
        fused(*([tensor] for tensor in tensors), torch.tensor(float(step)), rate, adam, 1e-3)
        np.testing.assert_allclose(tensors[0].numpy(), expected, rtol=2e-6)
        np.testing.assert_allclose(tensors[2].numpy(), expected_m, rtol=2e-6, atol=1e-9)
        np.testing.assert_allclose(tensors[3].numpy(), expected_v, rtol=2e-6, atol=1e-12)


def test_architectures_are_the_papers():
    widths = {name: networks.build(name, 6789, 50).widths for name in networks.ARCHITECTURES}
    assert widths["DeepAE1"] == (6789, 50, 6789)
    assert widths["DeepAE2"] == (6789, 256, 50, 256, 6789)
    assert widths["DeepAE3"] == (6789, 640, 256, 50, 256, 640, 6789)
    assert widths["DeepAE4"] == (6789, 1280, 640, 256, 50, 256, 640, 1280, 6789)
    assert widths["DeepAE5"][:6] == (6789, 2580, 1280, 640, 256, 50)
    assert widths["DeepAE6"][:7] == (6789, 2580, 1280, 640, 256, 128, 50)
    assert networks.build("DeepAE4", 19972, 50).n_weights == 2 * (19972 * 1280 + 1280 * 640 + 640 * 256 + 256 * 50)
    with pytest.raises(ConfigError, match="DeepAE7"):
        networks.build("DeepAE7", 100, 5)
    with pytest.raises(ConfigError, match="positive"):
        networks.build([16, 0], 100, 5)
    with pytest.raises(MethodError, match="exceed"):
        networks.build("DeepAE1", 4, 5)


def test_initial_weights_are_glorot_uniform():
    network = networks.build([300], 500, 20)
    weights = networks.initial_weights(network, "toy", 1)
    assert [w.shape for w in weights] == [(500, 300), (300, 20), (20, 300), (300, 500)]
    for w in weights:
        limit = np.sqrt(6 / sum(w.shape))
        assert w.dtype == np.float32
        assert 0.99 * limit < np.abs(w).max() <= 1.000001 * limit
        assert abs(w.mean()) < 5 * limit / np.sqrt(3 * w.size)
        assert w.std() == pytest.approx(limit / np.sqrt(3), rel=0.03)
    again, other = (networks.initial_weights(network, "toy", seed) for seed in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(weights, again, strict=True))
    assert not np.allclose(weights[0], other[0])


def test_progress_line():
    lines = []
    progress = Progress(lines.append, 100, "h 3: ", every=0.0)
    assert progress.due()
    progress.say(50, 0.125)
    assert lines[0].startswith("h 3: iteration 50 of 100, loss 0.125, about ")
    assert not Progress(None, 100, every=0.0).due()
    assert not Progress(lines.append, 100, every=60.0).due()


def test_training_reports_progress():
    lines = []
    network = network_of()
    trainer = CpuTrainer(network, some_cells(), networks.initial_weights(network, "toy", 1), Adam())
    trainer.train(5, Progress(lines.append, 5, every=0.0))
    assert [line.split(",")[0] for line in lines] == [f"iteration {step} of 5" for step in range(1, 6)]
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in lines]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]
