"""This workflow as a module of another, from a folder or a repository: its rules take the other's data set."""

import re
import subprocess

import entries
import pytest
import yaml

from .conftest import rows

SNAKEFILE = """
configfile: "mine.yaml"

module deepae:
    snakefile: {snakefile}
    config: config["deepae"]

use rule * from deepae as deepae_*

rule best:
    default_target: True
    input:
        "results/tables/blocks/mine.tsv",
    output:
        "best.txt",
    shell:
        "sort -t '\\t' -k 10,10gr {{input}} | head -n 1 | cut -f 3 > {{output}}"
"""


def in_a_repository(root, cache):
    """Commit this checkout where Snakemake keeps its clones; return what a module names, as snakedeploy writes it."""
    clone = cache / "snakemake/snakemake/source-cache/snakemake-git-cache/github.com/someone/deepae"
    git = ["git", "-c", "user.name=x", "-c", "user.email=x", "--git-dir", clone, "--work-tree", root]
    subprocess.run(["git", "init", "--quiet", "--bare", clone], check=True)
    commit = ["commit", "-q", "-m", "x"]
    for words in (["add", "--all"], commit, ["tag", "v1"], ["remote", "add", "origin", clone]):
        subprocess.run([*git, *words], cwd=root, check=True)
    return 'github("someone/deepae", path="workflow/Snakefile", tag="v1")'


@pytest.fixture(params=["path", "repository"])
def outside(project_at, root, tmp_path, request, monkeypatch):
    """Another workflow in a directory of its own, with a data set of its own; it names one of our Snakefiles."""
    snakefile = f'"{root}/Snakefile"'
    if request.param == "repository":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        snakefile = in_a_repository(root, tmp_path / "cache")
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(snakefile=snakefile))
    lines = ["gene\t" + "\t".join(f"cell{i}" for i in range(12))]
    lines += [f"g{g}\t" + "\t".join(str((g * g + 3 * g * i + i * i) % 11) for i in range(12)) for g in range(30)]
    (tmp_path / "cells.tsv").write_text("\n".join(lines) + "\n")
    entry = entries.entry({"name": "cells.tsv", "path": "cells.tsv"})
    (tmp_path / "datasets.yaml").write_text(yaml.safe_dump({"mine": entry}))
    block = entries.block("mine", "zscore", ["svd", "mean", "zero"], 3, 2) | {"name": "mine"}
    config = {"results": "results", "datasets": ["datasets.yaml"], "grid": [block]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"deepae": config | {"audit": False}}))
    return project_at(tmp_path, tmp_path)


def test_another_workflow_uses_this_one(outside):
    outside.make(config=())
    table = rows(outside.directory / "results/tables/blocks/mine.tsv")
    assert [row["method"] for row in table] == ["svd", "svd", "mean", "mean", "zero", "zero"]
    assert {row["status"] for row in table} == {"ok"}
    assert (outside.directory / "best.txt").read_text().strip() in ("svd", "mean")
    assert "Nothing to be done" in outside.snakemake("--dry-run", config=()).stdout
    whole = outside.make("deepae_all", "--dry-run", config=()).stdout
    assert all(rule in whole for rule in ("deepae_statistics", "deepae_provenance", "deepae_merge"))


@pytest.mark.parametrize("outside", ["path"], indirect=True)
def test_a_wrong_configuration_is_one_line_there_too(outside):
    text = (outside.directory / "mine.yaml").read_text()
    (outside.directory / "mine.yaml").write_text(text.replace("- svd", "- svdd"))
    done = outside.snakemake("--dry-run", config=())
    assert done.returncode != 0
    assert "unknown method 'svdd', did you mean 'svd'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_catalogues_snakefile_plans_the_same_and_its_target_is_all(project_at, root, tmp_path):
    """As snakedeploy leaves it: run from elsewhere, with the project's own configuration."""
    project = project_at(tmp_path)
    planned = []
    for snakefile in ("Snakefile", "workflow/Snakefile"):
        done = project.snakemake("--dry-run", "--quiet", "rules", "--snakefile", root / snakefile)
        assert done.returncode == 0, done.stdout[-2000:]
        planned.append(re.search(r"^all .*?^total +(\d+)$", done.stdout, re.M | re.S)[1])
    assert planned[0] == planned[1]
    assert int(planned[0]) > 50
