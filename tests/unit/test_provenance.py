"""Provenance that is true: whose commit it is, which files were read, and the command as it was typed."""

import os
import shlex
import subprocess
import sys

import pytest

from deepae.report import provenance

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
NOTHING = {"commit": None, "dirty": None}


def repository(folder):
    """Make a repository with one commit; return that."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file").write_text("a")
    for words in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_commit_and_whether_files_differ(tmp_path):
    commit = repository(tmp_path)
    assert provenance.git_state(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "new").write_text("not tracked")
    assert provenance.git_state(tmp_path)["dirty"] is False
    (tmp_path / "file").write_text("b")
    assert provenance.git_state(tmp_path) == {"commit": commit, "dirty": True}


def test_a_project_within_another_repository_has_no_commit(tmp_path):
    repository(tmp_path)
    (tmp_path / "deepae").mkdir()
    assert provenance.git_state(tmp_path / "deepae") == NOTHING


def test_a_commit_that_was_unpacked_is_known_by_its_folder():
    """As where another workflow names this one in a repository: the files without its history."""
    assert provenance.git_state(f"/somewhere/.snakemake/deepae/{'a' * 40}") == {"commit": "a" * 40, "dirty": False}


def test_no_repository_and_no_git(tmp_path, monkeypatch):
    assert provenance.git_state(tmp_path) == NOTHING
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git_state(tmp_path) == NOTHING


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_clone_of_somebody_else_says_its_commit(tmp_path):
    commit = repository(tmp_path / "clone")
    for path in [tmp_path / "clone", *(tmp_path / "clone").rglob("*")]:
        os.chown(path, 12345, 12345)
    asked = ["git", "-C", str(tmp_path / "clone"), "rev-parse", "HEAD"]
    assert subprocess.run(asked, capture_output=True).returncode != 0, "git itself refuses"
    assert provenance.git_state(tmp_path / "clone") == {"commit": commit, "dirty": False}


def test_the_command_is_quoted_as_a_shell_needs_it(tmp_path):
    """A program called snakemake, which asks in a child what its own command was."""
    code = "from deepae.report.provenance import snakemake_command; print(snakemake_command())"
    script = tmp_path / "snakemake"
    script.write_text(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {code!r}])\n")
    words = ["--configfile", "my own.yaml", "--config", "data=it's.tsv"]
    environment = os.environ | {"PYTHONPATH": str(provenance.PROJECT / "workflow")}
    done = subprocess.run([sys.executable, script, *words], env=environment, capture_output=True, text=True)
    assert shlex.split(done.stdout.strip()) == ["snakemake", *words], done.stderr


def test_configuration_files_of_one_name_are_both_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder, text in (("a b", "x: 1"), ("c", "y: 2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.yaml").write_text(text)
    (tmp_path / "metrics.tsv").write_text("dataset\tseed\tstatus\tdevice\tthreads\n")
    files = ["a b/config.yaml", "c/config.yaml"]
    collected = provenance.collect({}, files, [], [], "metrics.tsv", tmp_path / "none")
    assert collected["config_files"] == {"a b/config.yaml": "x: 1", "c/config.yaml": "y: 2"}
