"""scVI is optional: without its package it ends in one line, with it it keeps the contract of a method."""

import importlib.util

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Run
from deepae.methods.scvi_tools import SCVI

RUN = Run("toy", 1, log=lambda line: None)
COUNTS = np.random.default_rng(0).poisson(3.0, (30, 20)).astype(np.float32)
INSTALLED = importlib.util.find_spec("scvi")


@pytest.mark.skipif(INSTALLED is not None, reason="scvi-tools is installed")
def test_without_the_package_it_ends_in_one_line():
    with pytest.raises(ConfigError, match=r"method scvi: No module named 'scvi'; pip install '.\[scvi\]'"):
        SCVI().fit(COUNTS, RUN, 3)


@pytest.mark.skipif(INSTALLED is None, reason="scvi-tools is not installed")
def test_it_keeps_the_contract():
    method = SCVI(iterations=5)
    model, again = (method.fit(COUNTS[:20], RUN, 3) for _ in range(2))
    assert all(np.array_equal(model[name], again[name]) for name in model)
    cells = Cells(COUNTS, np.arange(20, 30), "zscore", "toy", 1, block_cells=4)
    whole = Cells(COUNTS, np.arange(20, 30), "zscore", "toy", 1)
    codes = method.encode(model, cells, RUN, [3])[3]
    np.testing.assert_allclose(codes, method.encode(model, whole, RUN, [3])[3], rtol=1e-4, atol=1e-5)
    found = method.decoder(model, RUN, 3)(codes)
    assert found.shape == (10, 20)
    np.testing.assert_allclose(found.mean(axis=1), 0, atol=1e-4)
    with pytest.raises(MethodError, match="scVI needs counts"):
        method.fit(COUNTS + 0.5, RUN, 3)
