"""What all tests share: the package on the path, one thread for everything that computes."""

import os
import sys
from pathlib import Path

import pytest

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]  # the package, and what tests share


@pytest.fixture(scope="session")
def root():
    """The top of the project."""
    return ROOT


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Keep tests that share something in one process of several (`pytest -n 2 --dist loadgroup`).

    The finished run is made once, and some tests edit its code in turn; the SLURM node has one configuration.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        group = "finished" if names & {"finished", "copied"} else "slurm" if item.get_closest_marker("slurm") else ""
        if not group:
            group = item.nodeid.partition("::")[0]  # fixtures of a file are made once
        item.add_marker(pytest.mark.xdist_group(group))
