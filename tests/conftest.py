"""What all tests share: the package on the path, one thread for everything that computes."""

import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]  # the package, and what tests share
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "workflow"), os.environ.get("PYTHONPATH")]))


@pytest.fixture(scope="session")
def root():
    """The top of the project."""
    return ROOT


@pytest.fixture(scope="session")
def methods():
    """The project's own table of methods."""
    return yaml.safe_load((ROOT / "config/methods.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium of the system, for the tests of a file; they are skipped without one."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not (path := shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")):
        pytest.skip("chromium is not installed")
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    with playwright.sync_playwright() as running:
        with contextlib.closing(running.chromium.launch(executable_path=path, args=options)) as opened:
            yield opened


def pytest_make_parametrize_id(val):
    """Name bytes by their length: what gzip writes holds the time, and two processes must collect the same tests."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
