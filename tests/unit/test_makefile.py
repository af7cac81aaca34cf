"""What `make` refuses or puts right before it installs anything, and what it passes on."""

import os
import shutil
import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PYTHON = Path(sys.executable)


def make(folder, *words, **environment):
    environment = {**os.environ, **environment}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    return subprocess.run(["make", *words], cwd=folder, env=environment, text=True, capture_output=True)


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def checkout(root, tmp_path):
    """Makes a folder with what the Makefile needs: `checkout(name)`."""

    def copy(name="deepae"):
        folder = tmp_path / name
        for part in ("Makefile", "requirements.lock", "envs/check.py", "config/config.yaml"):
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / part, folder / part)
        (folder / "workflow").symlink_to(root / "workflow")
        return folder

    return copy


def environment(folder, version=None):
    """An environment that is complete, of this Python or one that says it is another; its snakemake says its words."""
    if version is None:
        venv.create(folder / ".venv", symlinks=True)
        (folder / ".venv/bin/python").unlink()
        program(folder / ".venv/bin/python", f'#!/bin/sh\nexec "{PYTHON}" "$@"\n')
    else:
        program(folder / ".venv/bin/python", f"#!/bin/sh\necho {version.replace('.', ' ')}\n")
    program(folder / ".venv/bin/snakemake", f"#!{PYTHON}\nimport sys\nprint(sys.argv[1:])\n")
    lock = (folder / "requirements.lock").read_text()
    (folder / ".venv/.complete").write_text(f"{folder}/.venv\n{lock}")


def refused(done, said):
    """One line of ours, besides make's own."""
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, lines
    assert said in lines[0]


def test_a_path_with_a_space_is_refused_before_anything_is_made(checkout):
    folder = checkout("my folder")
    done = make(folder)
    assert done.returncode != 0
    assert "deepae: this folder has a space in its path" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("name", ["o'brien", "[a], (b) @c".replace(" ", "_"), "Müller", "数据"])
def test_other_names_are_taken(checkout, name):
    folder = checkout(name)
    environment(folder)
    done = make(folder, "run")
    assert done.returncode == 0, done.stderr
    assert "--cores" in done.stdout


def test_an_environment_that_was_moved_is_put_right_and_said(checkout, tmp_path):
    folder = checkout("before")
    environment(folder)
    program(folder / ".venv/bin/tool", f"#!{folder}/.venv/bin/python\nprint('works')\n")
    moved = folder.rename(tmp_path / "after")
    done = make(moved, "environment")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"deepae: .venv was made as {folder}/.venv; its programs now begin with where it is\n"
    said = subprocess.run([moved / ".venv/bin/tool"], capture_output=True, text=True)
    assert said.stdout == "works\n"
    assert make(moved, "environment").stdout == "", "said once"


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_an_environment_of_another_python_is_refused(checkout, version):
    folder = checkout()
    environment(folder, version)
    said = f".venv holds Python {version}, 3.11 or 3.12 is needed: `make clean-environment`"
    refused(make(folder, "environment"), said)
    (folder / ".venv/.complete").unlink()
    refused(make(folder, "environment"), said)


def test_an_environment_whose_python_is_gone_is_refused(checkout):
    folder = checkout()
    environment(folder)
    (folder / ".venv/bin/python").unlink()
    (folder / ".venv/bin/python").symlink_to("/usr/bin/python3.0")
    refused(make(folder, "environment"), "the Python of .venv (/usr/bin/python3.0) is gone")


def test_asking_for_another_python_than_the_environments_is_refused(checkout, tmp_path):
    folder = checkout()
    environment(folder)
    program(tmp_path / "other", f'#!/bin/sh\ncase "$1" in -c) echo 3 12;; *) exec "{PYTHON}" "$@";; esac\n')
    if sys.version_info[:2] == (3, 12):
        pytest.skip("this is the Python that is asked for")
    refused(make(folder, "environment", f"PYTHON={tmp_path / 'other'}"), "is 3.12: `make clean-environment` removes it")


def test_a_python_without_venv_is_told_what_to_install(checkout, tmp_path):
    """As Debian's without python3-venv: ensurepip is not there."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    program(tmp_path / "bin/python3", f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{PYTHON}" "$@"\n')
    folder = checkout()
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    refused(make(folder, "environment", PATH=path), f"on Debian: apt install python3.{sys.version_info[1]}-venv")
    assert not (folder / ".venv").exists()


def test_a_python_that_is_too_old_or_too_new_is_refused(checkout, tmp_path):
    code = "import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (old)'; sys.argv = sys.argv[1:]; "
    code += "exec(compile(open(sys.argv[0]).read(), sys.argv[0], 'exec'))"
    program(tmp_path / "bin/python3", f'#!/bin/sh\nexec "{PYTHON}" -c "{code}" "$@"\n')
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    refused(make(checkout(), "environment", PATH=path), "Python 3.11 or 3.12 is needed, this is 3.9.2")


@pytest.mark.parametrize(
    ("words", "passed", "out"),
    [
        ([], [], "results"),
        (["RESULTS=my results"], ["--config", "results=my results"], "my results"),
        (["CONFIG=mine.yaml"], ["--configfile", "mine.yaml"], "elsewhere"),
        (["CONFIG=my own.yaml"], ["--configfile", "my own.yaml"], "results"),
        (["CONFIG=mine.yaml", "RESULTS=x"], ["--configfile", "mine.yaml", "--config", "results=x"], "x"),
        (["RESULTS=x", "OPTIONS=--config data=a.tsv"], ["--config", "results=x", "data=a.tsv"], "x"),
    ],
)
def test_results_and_configuration_reach_the_run_and_the_report(checkout, words, passed, out):
    folder = checkout()
    environment(folder)
    (folder / "mine.yaml").write_text("results: ./elsewhere/\n")
    (folder / "my own.yaml").write_text("threads: {cpu: 1}\n")
    done = make(folder, "run", *words)
    assert done.returncode == 0, done.stderr
    assert f"into {out}/" in done.stdout
    said = done.stdout.splitlines()[-1]
    assert said.endswith(str(passed)[1:]) if passed else "config" not in said
    report = make(folder, "-n", "report", *words)
    assert f'deepae.report.archive "{out}" -- ' in report.stdout
