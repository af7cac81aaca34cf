"""What a run promises when something is missing or breaks: no exit status 0, and a last line that says what it was."""

import os

import pytest

HIDING = """
import os, sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == os.environ["HIDDEN"]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
"""
TARGET = "results/metrics/tiny-mouse/none/svd.tsv"


@pytest.fixture
def project(tmp_path, project_at):
    (tmp_path / "work").mkdir()
    made = project_at(tmp_path / "work")
    made.start = made.COLD  # what is hidden must not have been imported before
    return made


def with_path(folder, **environment):
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))} | environment


@pytest.mark.parametrize("package", ["spams", "scipy", "lxml", "seaborn"])
def test_a_package_that_is_not_installed_ends_the_run_before_it_starts(project, tmp_path, package):
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    done = project.snakemake(TARGET, **with_path(tmp_path, HIDDEN=package))
    assert done.returncode != 0
    assert f"package '{package}' is not installed" in done.stdout.splitlines()[-1]
    assert not project.results.exists()


def test_a_package_that_cannot_be_imported_is_named_in_the_last_line(project, tmp_path):
    (tmp_path / "spams.py").write_text('raise ImportError("libopenblas.so.0: cannot open shared object file")')
    done = project.snakemake(TARGET, **with_path(tmp_path))
    assert done.returncode != 0
    last = done.stdout.splitlines()[-1]
    assert last.startswith("deepae: unexpected ImportError: svd on tiny-mouse (none), seed 283")
    assert "libopenblas" in last
    assert not (project.directory / TARGET).exists(), "no row that looks like a result"


def test_a_run_ends_with_its_failed_rows_by_reason(finished):
    lines = [line for line in finished.output.splitlines() if "rows failed:" in line]
    assert len(lines) == 1
    assert "h = 400 exceeds the 300 genes of tiny-mouse (" in lines[0]
