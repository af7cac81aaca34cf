"""The training job: each seed's model is trained on that seed's own cells, also when another seed fails."""

from types import SimpleNamespace

import numpy as np
import pytest

from deepae.benchmark.train import _fit_many
from deepae.errors import MethodError


class Lazy:
    """Trains one run at a time, as the network does on the CPU."""

    def __init__(self, failing=()):
        self.failing = failing

    def fit_many(self, trains, runs, h=None):
        for train, run in zip(trains, runs, strict=True):
            if run.seed in self.failing:
                raise MethodError("diverged")
            yield {"cells": train, "seed": run.seed}, 1.0


def make_job(method):
    return SimpleNamespace(
        method=method,
        run=lambda seed: SimpleNamespace(seed=seed),
        split=lambda seed: SimpleNamespace(train=np.array([seed])),
        cells=lambda rows, seed: SimpleNamespace(dense=lambda: rows),
        check_measurements=lambda h: None,
        reason=str,
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
