"""The real Snakemake on tiny cuts of real data. One finished run is shared by the tests; each file has a copy of it."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from deepae.rehearsal.warm import warm

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
CODE = ("config", "workflow", "envs", "profiles", "tests")


def rows(path):
    """The rows of a table as mappings of text."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def said(done):
    """The lines of ours that a run said."""
    return [line for line in done.stdout.splitlines() if line.startswith("deepae: ")]


class Project:
    """A place to run the workflow in, with its results; by default on the code of this checkout.

    Snakemake and its jobs are forks of a Python that has the libraries imported: a second less for each.
    """

    COLD = (str(BIN / "snakemake"),)  # as a user starts it
    start = COLD

    def __init__(self, directory, root=ROOT):
        self.directory = Path(directory)
        self.root = Path(root)
        self.results = self.directory / "results"

    def command(self, *arguments, config=("tests/data/tiny.yaml",), cores=2):
        """Return the command line of snakemake."""
        where = ["--snakefile", str(self.root / "Snakefile"), "--directory", str(self.directory)]
        command = [*self.start, *where, "--cores", str(cores), *map(str, arguments)]
        if config:
            command += ["--configfile", *(str(self.root / name) for name in config)]
        return command

    def snakemake(self, *arguments, config=("tests/data/tiny.yaml",), cores=2, timeout=900, **environment):
        """Run snakemake and return the finished process, with its output as text."""
        command = self.command(*arguments, config=config, cores=cores)
        env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}
        pipes = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(command, cwd=self.directory, env=env, timeout=timeout, **pipes)

    def make(self, *arguments, **keywords):
        """Run snakemake; fail the test, showing the end of the output, if it does not succeed."""
        done = self.snakemake(*arguments, **keywords)
        assert done.returncode == 0, done.stdout[-6000:]
        return done


@pytest.fixture(scope="session", autouse=True)
def _warm_jobs():
    with warm(package=False) as Project.start:
        yield


@pytest.fixture(scope="session")
def project_at():
    """Makes a project in a directory: `project_at(directory)`."""
    return Project


def copy_code(target):
    """Copy the code to `target`, to be edited; the bundled data are linked."""
    target.mkdir()
    for name in ("Snakefile", *CODE):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy2(source, target / name)
    (target / "resources").symlink_to(ROOT / "resources")
    return target


@pytest.fixture(scope="session")
def copy_of_the_code():
    """Copies the code, to be edited: `copy_of_the_code(folder)`."""
    return copy_code


@pytest.fixture(scope="session")
def _run_once(tmp_path_factory):
    """The tiny workflow, run to its end in a copy of the checkout: by one process of the tests, for all of them."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    code, output = folder / "run-once", folder / "run-once.txt"
    with FileLock(folder / "run-once.lock"):
        if not output.exists():
            done = Project(copy_code(code), code).make()
            output.write_text(done.stdout)
    return code, output.read_text()


@pytest.fixture(scope="module")
def finished(_run_once, tmp_path_factory):
    """A copy of the tiny workflow that ran to its end, for the tests of a file."""
    code, output = _run_once
    copy = tmp_path_factory.mktemp("finished") / "code"
    shutil.copytree(code, copy, symlinks=True)
    project = Project(copy, copy)
    project.output = output
    return project


@pytest.fixture
def copied(finished):
    """The finished run, whose code a test may edit for dry-runs; it is put back afterwards."""
    files = [path for part in CODE for path in (finished.root / part).rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    yield finished
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
