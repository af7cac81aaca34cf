"""The training job: each seed's model is trained on that seed's own cells, also when another seed fails."""

import contextlib
import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import toys

from deepae.benchmark.job import Job
from deepae.benchmark.train import _fit_many, train
from deepae.errors import MethodError
from deepae.methods.autoencoder import model as models
from deepae.methods.autoencoder.method import Autoencoder


class Lazy:
    """Trains one run at a time, as the network does on the CPU."""

    def __init__(self, failing=()):
        self.failing = failing

    def fit_many(self, trains, runs, h=None):
        for cells, run in zip(trains, runs, strict=True):
            if run.seed in self.failing:
                raise MethodError("diverged")
            yield {"cells": cells, "seed": run.seed}, 1.0


def make_job(method):
    return SimpleNamespace(
        method=method,
        run=lambda seed: SimpleNamespace(seed=seed),
        split=lambda seed: SimpleNamespace(train=np.array([seed])),
        fitted_cells=lambda rows, seed: SimpleNamespace(dense=lambda: rows),
        check_measurements=lambda h: None,
        named=lambda seed, h: contextlib.nullcontext(),
    )


@pytest.mark.parametrize("failing", [(), (1,), (5,), (9,), (1, 5)])
def test_each_seed_is_trained_on_its_own_cells(failing):
    seeds = [1, 5, 9, 13]
    fits = list(_fit_many(make_job(Lazy(failing)), seeds, 10))
    assert len(fits) == len(seeds)
    for seed, (model, _, reason) in zip(seeds, fits, strict=True):
        if seed in failing:
            assert (model, reason) == ({}, "diverged")
        else:
            assert model["seed"] == seed
            assert model["cells"].tolist() == [seed]
            assert reason == ""


def toy_job(folder, **parameters):
    """A job of the network on 12 cells x 30 genes."""
    entry = {"protocol": "paper", "implementation": "autoencoder.method:Autoencoder"}
    entry["parameters"] = {"architecture": [8], **parameters}
    toys.write(folder / "toy.h5ad", np.random.default_rng(0).poisson(2.0, (12, 30)))
    return Job(folder / "toy.h5ad", "deepae", entry, "zscore", log=lambda line: None)


@pytest.mark.parametrize("failing", [None, 2])
def test_a_seeds_model_is_gone_before_the_next_one_starts(tmp_path, monkeypatch, failing):
    """By structure: the collector is off, and whatever a seed left behind is still there when the next one draws."""
    job = toy_job(tmp_path, iterations=3, report_after=2, weights_after=3)
    original, left, alive = Autoencoder._fit_cpu, [], []

    def watched(self, network, cells, run, keep):
        alive.extend(held() is not None for held in left)
        model = original(self, network, cells, run, keep)
        left.extend(weakref.ref(array) for name, array in model.items() if name.startswith("weight_"))
        if run.seed == failing:
            raise MethodError("diverged")
        return model

    monkeypatch.setattr(Autoencoder, "_fit_cpu", watched)
    gc.disable()
    try:
        rows, _, encoder = train(job, 3, [1, 2, 3], tmp_path / "toy.safetensors")
    finally:
        gc.enable()
    assert [row["status"] for row in rows] == ["failed" if seed == failing else "ok" for seed in (1, 2, 3)]
    assert len(alive) == 12
    assert not any(alive)
    assert np.isfinite(encoder["encoder"]).all(axis=(1, 2)).tolist() == [seed != failing for seed in (1, 2, 3)]
    assert np.isfinite(encoder["mae_train"]).tolist() == [seed != failing for seed in (1, 2, 3)]


@pytest.mark.parametrize("failing", [(1,), (1, 2, 3)])
def test_the_rows_stay_when_the_seed_that_is_saved_fails(tmp_path, monkeypatch, failing):
    """The first model that there is is saved; without one the file says why, and reading it is one line."""
    original, saved = Autoencoder._fit_cpu, tmp_path / "toy.safetensors"

    def fails(self, network, cells, run, keep):
        if run.seed in failing:
            raise MethodError("diverged")
        return original(self, network, cells, run, keep)

    monkeypatch.setattr(Autoencoder, "_fit_cpu", fails)
    rows, _, _ = train(toy_job(tmp_path, iterations=2), 3, [1, 2, 3], saved)
    assert [row["status"] for row in rows] == ["failed" if seed in failing else "ok" for seed in (1, 2, 3)]
    if len(failing) == 3:
        with pytest.raises(MethodError, match=r"toy\.safetensors: no model, every seed failed \(diverged\)"):
            models.load(saved)
    else:
        assert models.load(saved).seed == 2


def test_networks_that_another_job_leaves_are_scored_as_if_trained_here(tmp_path, monkeypatch):
    original = Autoencoder._fit_cpu

    def fails(self, network, cells, run, keep):
        if run.seed == 2:
            raise MethodError("diverged")
        return original(self, network, cells, run, keep)

    monkeypatch.setattr(Autoencoder, "_fit_cpu", fails)
    train(toy_job(tmp_path, iterations=3), 3, [1, 2, 3], keep_fits=tmp_path / "fits")
    noisy = toy_job(tmp_path, iterations=3)
    noisy.noise = 2.0
    here, cells, encoder = train(noisy, 3, [1, 3, 2])
    monkeypatch.setattr(Autoencoder, "_fit_cpu", None)
    noisy.device = "cuda"  # where nothing is trained
    scored, cells_too, encoder_too = train(noisy, 3, [1, 3, 2], fits=tmp_path / "fits")
    assert [row["status"] for row in scored] == ["ok", "ok", "failed"]
    for one, other in zip(here, scored, strict=True):
        assert {key: str(one[key]) for key in one if "seconds" not in key} == {
            key: str(other[key]) for key in other if "seconds" not in key
        }
    for found, expected in ((cells_too, cells), (encoder_too, encoder)):
        assert set(found) == set(expected)
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])


def test_a_method_that_measures_with_noise_of_its_own_is_trained_for_each_noise(tmp_path):
    train(toy_job(tmp_path, iterations=3), 3, [1], keep_fits=tmp_path / "fits")
    other = toy_job(tmp_path, iterations=9)
    other.method.snr = 2
    alone, _, _ = train(other, 3, [1])
    rows, _, _ = train(other, 3, [1], fits=tmp_path / "fits")
    assert rows[0]["em"] == alone[0]["em"]
