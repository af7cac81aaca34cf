"""Names, copies and what is the user's own, through the real command line."""

import gzip
import os
import shutil

import entries
import pytest
import yaml

from .conftest import said
from .test_bad_input import GOOD

NAME = "Müller's cells [1], 数据 (neu), v2 @home"


def test_a_copy_and_a_move_rerun_nothing(finished, tmp_path):
    """The copy has new times on all files, in an order of its own, as `cp -r` makes them."""
    copy = tmp_path / "Kopie von O'Brien"
    shutil.copytree(finished.root, copy, symlinks=True, copy_function=shutil.copyfile)
    assert "Nothing to be done" in type(finished)(copy, copy).make("--dry-run").stdout
    moved = copy.rename(tmp_path / "moved")
    assert "Nothing to be done" in type(finished)(moved, moved).make("--dry-run").stdout


def test_names_of_any_kind_work_for_data_and_results(project_at, tmp_path):
    """A catalogue entry, the folder of results, the working folder; `~`, `./` and `//` besides."""
    home, name = tmp_path / NAME, NAME
    home.mkdir()
    project = project_at(home)
    (home / f"{name}.tsv.gz").write_bytes(gzip.compress(GOOD.encode()))
    entry = entries.entry({"name": "bad.tsv.gz", "path": f"~/{name}.tsv.gz"})
    (home / f"{name}.yaml").write_text(yaml.safe_dump({"mine": entry}))
    overlay = {"datasets": [f".//{name}.yaml"], "grid": [entries.block("mine")], "results": f"./out//{name}/"}
    (home / "overlay.yaml").write_text(yaml.safe_dump(overlay | entries.ONLY_THE_GRID))
    target = f"out/{name}/metrics/mine/none/mean.tsv"
    done = project.make(target, "--configfile", "overlay.yaml", config=(), HOME=str(home))
    assert (home / target).exists()
    assert "not normalized" not in done.stdout
    assert "double" not in done.stdout


def test_no_home_and_a_home_that_cannot_be_written_work(project_at, tmp_path):
    project = project_at(tmp_path)
    project.start = project.COLD  # what is imported looks for the home too
    project.make("results/figures/figure-1.svg", HOME="/nonexistent/home")
    assert (project.results / "figures/figure-1.svg").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["data=data/cells.tsv", "results=."], "lies in ./data, where this run writes and deletes"),
        (["encode_model=m.safetensors", "encode_cells=link.tsv", "encode_output=cells.tsv"], "write over encode_cells"),
    ],
)
def test_nothing_of_the_users_is_lost(project_at, tmp_path, settings, message):
    (tmp_path / "data").mkdir()
    for name in ("cells.tsv", "data/cells.tsv", "m.st"):
        (tmp_path / name).write_text(GOOD)
    (tmp_path / "link.tsv").symlink_to("cells.tsv")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    target = "encode" if settings[0].startswith("encode") else "all"
    done = project_at(tmp_path).snakemake(target, "--config", *settings)
    assert done.returncode != 0
    assert len(said(done)) == 1, done.stdout
    assert message in said(done)[0]
    assert "Traceback" not in done.stdout
    assert {path: path.read_bytes() for path in before} == before


def test_data_relative_to_a_copied_folder_rerun_nothing(project_at, tmp_path):
    """The user's own data beside the results: the pair is copied elsewhere. Numbers in braces stay numbers."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "cells.tsv").write_text(GOOD.replace("\tc", "\tcell-"))
    target = ["results/data/cells.h5ad", "--config", "data=cells.tsv", "reader={annotations: 1}", "split={maximum: 6}"]
    project_at(here).make(*target, config=())
    shutil.copytree(here, tmp_path / "there")
    os.utime(tmp_path / "there/cells.tsv")
    assert "Nothing to be done" in project_at(tmp_path / "there").make("--dry-run", *target, config=()).stdout
