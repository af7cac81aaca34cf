"""What all tests share: the package on the path, one thread for everything that computes."""

import os
import sys
from pathlib import Path

import pytest

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]  # the package, and what tests share
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "workflow"), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def root():
    """The top of the project."""
    return ROOT


def pytest_make_parametrize_id(val):
    """Name bytes by their length: what gzip writes holds the time, and two processes must collect the same tests."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
