"""A plug-in network of 30 lines, as docs/own-method.md prints it; and what the networks on `TorchMethod` must do."""

import re
import sys
import types

import numpy as np
import pytest
import toys
import yaml

from deepae.benchmark.job import Job
from deepae.benchmark.train import train
from deepae.config.schema import check
from deepae.data.cells import Cells
from deepae.data.normalise import normalise
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Run
from deepae.methods.networks import LOOK_EVERY, PATIENCE, NegativeBinomial, PanelNetwork, TunedDeepAE, _is_stuck
from deepae.methods.panels import GreedyPanel

RUN = Run("toy", 3, log=lambda line: None)


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(0)
    return rng.poisson(rng.gamma(2, 1, (70, 3)) @ rng.gamma(1, 3, (3, 40))).astype(np.float32)


@pytest.fixture
def plug_in(root, monkeypatch):
    """Class and entry, cut from the page."""
    page = (root / "docs/own-method.md").read_text()
    source = re.search(r"```python\n(.*?)```", page, re.S).group(1)
    assert len(source.splitlines()) <= 31
    module = types.ModuleType("deepae.methods.small")
    exec(source, module.__dict__)
    monkeypatch.setitem(sys.modules, "deepae.methods.small", module)
    return yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.S).group(1))


def test_a_network_of_thirty_lines_trains_and_is_scored(plug_in, counts, tmp_path):
    check(plug_in, "methods", "the page")
    path = toys.write(tmp_path / "toy.h5ad", counts)
    job = Job(path, "small", plug_in["small"], "zscore", iterations=60, log=lambda line: None)
    rows, cells, _ = train(job, 5, [1, 2])
    assert [(row["status"], row["iterations"], row["measurements"]) for row in rows] == [("ok", 60, 5)] * 2
    shorter = Job(path, "small", plug_in["small"], "zscore", iterations=1, log=lambda line: None)
    before = train(shorter, 5, [1, 2])[0]
    assert all(row["em"] < other["em"] for row, other in zip(rows, before, strict=True))
    assert np.isfinite(cells["sse"]).all()


def test_divergence_is_a_reason(plug_in, counts):
    from deepae.methods.small import Small

    with pytest.raises(MethodError, match="training diverged: the loss is"):
        Small(learning_rate=1e18, iterations=50).fit(counts, RUN, 3)
    with pytest.raises(ConfigError, match="iterations"):
        Small(iterations=0)


def test_tuning_takes_the_trial_with_the_least_held_out_error(counts, monkeypatch):
    lines = []
    method = TunedDeepAE(architecture=[16], iterations=40)
    trials = {0.0: (0.5, 20, 0.0), 0.01: (0.3, 40, 0.01), 0.1: (0.4, 20, 0.1), 1.0: (0.9, 20, 1.0)}
    sizes = []

    def trial(self, train, held_out, h, decay, run):
        sizes.append((len(train), len(held_out)))
        return trials[decay]

    monkeypatch.setattr(TunedDeepAE, "_trial", trial)
    model = method.fit(counts[:20], Run("toy", 3, log=lines.append), 4)
    assert sizes == [(16, 4)] * 4
    assert model["updates"] == 40
    assert "weight decay 0.01, 40 updates, held-out error 0.3" in lines[0]


def test_early_stopping_looks_at_held_out_cells(counts):
    method = TunedDeepAE(architecture=[16], iterations=40)
    error, updates, decay = method._trial(counts[:16], counts[16:20], 4, 0.1, RUN)
    assert (decay, updates % LOOK_EVERY) == (0.1, 0)
    assert 0 < error < np.abs(counts).mean()


def test_a_trial_ends_when_held_out_cells_gain_nothing():
    assert not _is_stuck([(0.3, PATIENCE), (0.4, 2 * PATIENCE - 1)])
    assert _is_stuck([(0.3, PATIENCE), (0.4, 2 * PATIENCE)])
    assert not _is_stuck([(0.3, PATIENCE), (0.2, 2 * PATIENCE)])


def test_negative_binomial_recovers_rates(counts):
    rng = np.random.default_rng(1)
    rates = rng.gamma(2, 1, (300, 2)) @ rng.gamma(1, 3, (2, 40))
    depth = rng.uniform(0.3, 3, (300, 1))  # the size factor is an offset: depth must not matter
    cells = rng.poisson(rates * depth).astype(np.float32)
    method = NegativeBinomial(hidden=32, iterations=400)
    model = method.fit(cells[:200], RUN, 2)
    test = Cells(cells, np.arange(200, 300), "zscore", RUN.dataset, RUN.seed)
    found = method.decoder(model, RUN, 2)(method.encode(model, test, RUN, [2])[2])
    expected = normalise(rates[200:].astype(np.float32), "zscore")
    mean = normalise(np.tile(rates[:200].mean(axis=0), (100, 1)).astype(np.float32), "zscore")
    assert np.square(found - expected).sum() < 0.3 * np.square(mean - expected).sum()
    with pytest.raises(MethodError, match="a negative binomial needs counts"):
        method.fit(cells + 0.5, RUN, 2)


def test_network_of_a_panel_keeps_what_was_measured(counts):
    method = PanelNetwork(hidden=16, iterations=100)
    model = method.fit(counts[:30], RUN, 4)
    test = Cells(counts, np.arange(30, 70), "none", RUN.dataset, RUN.seed)
    decoder = method.decoder(model, RUN, 4)
    found = decoder(method.encode(model, test, RUN, [4])[4])
    greedy = GreedyPanel()
    panel = greedy.tune(greedy.fit(counts[:30], RUN), counts[:30], RUN, [4])
    assert decoder.measured.tolist() == panel["genes"].tolist()
    np.testing.assert_array_equal(found[:, decoder.measured], counts[30:, decoder.measured])
    mean = counts[:30].mean(axis=0)
    assert np.square(found - counts[30:]).sum() < np.square(mean - counts[30:]).sum()
