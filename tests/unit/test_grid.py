"""Configuration and grid: what is accepted, what is refused and how, and what the paper's grid is."""

import copy
import csv
from pathlib import Path

import entries
import pytest
import yaml

from deepae.config import catalogue, grid
from deepae.config.schema import check
from deepae.errors import ConfigError

CATALOGUE = {
    "A": {"seeds": [1, 2, 3, 4, 5], "expected": {"genes": 100}},
    "B": {"seeds": [6, 7], "normalizations": ["none", "zscore"]},
}
METHODS = {
    "net": {"needs": "gpu", "protocol": "paper", "parameters": {"iterations": 1000}},
    "svd": {"needs": "cpu", "protocol": "paper", "dictionary": "svd"},
    "raw-only": {"needs": "cpu", "protocol": "released-raw", "normalizations": ["none"]},
}
BLOCK = entries.block("A", "zscore", ["net", "svd"], seeds=2) | {"measurements": [50, 10]}


def config(*blocks, **keys):
    return {"results": "results", "grid": [BLOCK | block for block in blocks or ({},)]} | keys


def expand(*blocks, **keys):
    return grid.plan(config(*blocks, **keys), CATALOGUE, METHODS)


def test_a_block_is_a_product():
    plan = expand()
    jobs = {("A", "zscore", "net", 10), ("A", "zscore", "net", 50), ("A", "zscore", "svd", None)}
    assert set(plan.jobs) == jobs
    assert plan.jobs["A", "zscore", "svd", None].runs == {10: [1, 2], 50: [1, 2]}
    assert plan.jobs["A", "zscore", "net", 50].seeds_of_h == {50: [1, 2]}
    assert plan.jobs["A", "zscore", "net", 10].stem == "A/zscore/net/h10"


def test_blocks_unite():
    plan = expand({}, {"name": "more", "measurements": [10, 5], "seeds": [9]})
    assert plan.jobs["A", "zscore", "svd", None].runs == {5: [9], 10: [1, 2, 9], 50: [1, 2]}
    stems = ["A/zscore/net/h5", "A/zscore/net/h10", "A/zscore/svd"]
    assert [job.stem for job in plan.block_jobs("more")] == stems


def test_seeds_keep_the_catalogues_order():
    """The model of the first seed is saved, so the first must stay the first."""
    plan = grid.plan(config({"seeds": 3}), CATALOGUE | {"A": {"seeds": [7, 2, 5]}}, METHODS)
    assert plan.jobs["A", "zscore", "net", 10].seeds_of_h == {10: [7, 2, 5]}


def test_iterations_by_data_set_and_the_methods_own_number():
    plan = expand({"datasets": ["A", "B"], "iterations": {"B": 300}})
    assert plan.jobs["A", "zscore", "net", 10].iterations is None
    assert plan.jobs["B", "zscore", "net", 10].iterations == 300
    assert expand({"iterations": 1000}).jobs["A", "zscore", "net", 10].iterations is None
    assert expand({"iterations": 300}).jobs["A", "zscore", "svd", None].iterations is None


def test_whole_floats_become_integers():
    plan = expand({"measurements": [10.0], "seeds": [3.0]})
    assert plan.jobs["A", "zscore", "net", 10].stem == "A/zscore/net/h10"
    assert plan.jobs["A", "zscore", "svd", None].seeds_of_h == {10: [3]}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"methods": ["svdd"]}, "unknown method 'svdd', did you mean 'svd'?"),
        ({"datasets": ["C"]}, "unknown dataset 'C'"),
        ({"normalization": "zscores"}, "did you mean 'zscore'?"),
        ({"measurements": [0]}, "found 0, expected at least 1"),
        ({"measurements": []}, "expected at least 1 items"),
        ({"measurements": [200, 300]}, "no number of measurements fits A: it has 100 genes"),
        ({"seeds": 6}, "6 wanted, but the catalogue lists 5"),
        ({"seeds": [-1]}, "seeds"),
        ({"seed": 3}, "unknown key 'seed', did you mean 'seeds'?"),
        ({"methods": ["raw-only"]}, "not defined for 'zscore'"),
        ({"datasets": ["B"], "normalization": "log1p"}, "'log1p' is not allowed for B"),
        ({"iterations": {"B": 3}}, "'B' is no data set of this block"),
        ({"name": 'x"; rm'}, "safe name"),
    ],
)
def test_a_bad_block_is_one_clear_line(block, message):
    with pytest.raises(ConfigError) as caught:
        expand(block)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "grid[0]" in str(caught.value)


NETWORK = {"net": {"needs": "gpu", "trained": True, "label": "Net", "implementation": "autoencoder.method:Autoencoder"}}
NETWORK["net"] |= {"protocol": "paper", "parameters": {"iterations": 1000}}


def sources(*blocks, **keys):
    given = [BLOCK | {"methods": ["net"], "measurements": [10]} | block for block in blocks]
    found = grid.plan({"results": "results", "grid": given} | keys, CATALOGUE, NETWORK).fit_sources
    return {stem.split("/", 1)[1]: source.split("/", 1)[1] for stem, source in found.items()}


def test_a_network_that_is_only_scored_otherwise_is_trained_once():
    plain = {"name": "plain"}
    assert sources(plain) == {}
    assert sources(plain, {"name": "noise", "noise": [5, 2]}) == {
        "zscore/net.snr5/h10": "zscore/net/h10",
        "zscore/net.snr2/h10": "zscore/net/h10",
    }
    cells = {"name": "cells", "n_train": [5, "usual", "all"]}
    assert sources(plain, cells) == {"zscore/net.nusual/h10": "zscore/net/h10"}
    under = {"name": "under", "trained_under": ["none", "log1p", "zscore"]}
    assert sources(plain, under, {"name": "raw", "normalization": "none"}) == {"zscore/net.none/h10": "none/net/h10"}
    assert sources({"name": "groups", "groups": ["a", "b"]}) == {
        "zscore/net.a-to-b/h10": "zscore/net.a-to-a/h10",
        "zscore/net.b-to-b/h10": "zscore/net.b-to-a/h10",
    }


@pytest.mark.parametrize("other", [{"updates": [9]}, {"noise": [2], "seeds": 3}, {"noise": [2], "measurements": [50]}])
def test_another_network_or_more_seeds_are_trained_of_their_own(other):
    assert sources({"name": "plain"}, {"name": "other"} | other) == {}


def test_one_cell_has_one_number_of_iterations():
    with pytest.raises(ConfigError, match="a run has one result"):
        expand({}, {"name": "short", "iterations": 5})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"gird": []}, "unknown key 'gird', did you mean 'grid'?"),
        ({"figures": [{"name": "figure-2", "block": "mian"}]}, "unknown block 'mian', did you mean 'main'?"),
        ({"figures": [{"name": "figure-99"}]}, "figure-9"),
        ({"figures": [{"name": "figure-2", "block": "main"}] * 2}, "stands above"),
        ({"models": [{"dataset": "A", "normalization": "none", "method": "net", "measurements": [10]}]}, "by no job"),
        ({"results": "out\nrm -rf /"}, "path"),
        ({"threads": {"train": 0}}, "threads.train"),
    ],
)
def test_a_bad_key_is_one_clear_line(keys, message):
    with pytest.raises(ConfigError) as caught:
        expand(**keys)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def load(root, *files):
    """Merge configurations as Snakemake does: mappings are united, lists replaced."""

    def unite(old, new):
        for key, value in new.items():
            if isinstance(value, dict) and isinstance(old.get(key), dict):
                unite(old[key], value)
            else:
                old[key] = copy.deepcopy(value)

    merged = {}
    for file in files:
        unite(merged, yaml.safe_load((root / "config" / file).read_text()))
    methods = grid.load_methods(*(root / path for path in merged["methods"]))
    entries = catalogue.load(*(root / path for path in merged["datasets"]))
    return merged, entries, methods


@pytest.mark.parametrize("files", [["config.yaml"], ["config.yaml", "bundled.yaml"], ["config.yaml", "contest.yaml"]])
def test_shipped_configurations_are_valid(root, files):
    assert grid.plan(*load(root, *files)).jobs


def test_the_papers_grid_is_the_table(root):
    """The expanded grid of paper.yaml equals tests/data/paper-grid.tsv; nothing of the default survives in it."""
    plan = grid.plan(*load(root, "config.yaml", "paper.yaml"))
    found = set()
    for name, block in plan.blocks.items():
        for dataset in block.datasets:
            for method in block.methods:
                hs = ",".join(map(str, block.measurements))
                seeds = ",".join(map(str, block.seeds[dataset]))
                found.add((name, dataset, block.normalization, method, hs, seeds))
    with Path(root / "tests/data/paper-grid.tsv").open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    assert found == {tuple(row) for row in rows[1:]}
    assert "benchmark" not in plan.blocks
    assert not [key for key in plan.jobs if "cells" in key[0]]
    assert all(job.iterations is None for job in plan.jobs.values())


def test_method_tables_are_checked(tmp_path):
    path = tmp_path / "methods.yaml"
    mine = {"label": "Mine", "colour": "#000000", "protocol": "paper", "role": "published", "needs": "cpu"}
    mine["implementation"] = "svd:SVD"
    for change, message in (
        ({"colour": "red"}, r"mine.colour.*rrggbb"),
        ({"dictionary": "x"}, r"'x' is not a method with its own dictionary"),
        ({"role": "unit-norm", "base": "y"}, r"mine\.base: unknown method 'y'"),
        ({"role": "best"}, r"mine\.role: found \"best\""),
        ({"protocol": "ablation"}, r"mine: key 'base' is missing"),
    ):
        path.write_text(yaml.safe_dump({"mine": mine | change}))
        with pytest.raises(ConfigError, match=message):
            grid.load_methods(path)
    path.write_text("a: [1\n")
    with pytest.raises(ConfigError, match="not valid YAML"):
        grid.load_methods(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grid: [{measurements: 10}]", r"expected a list such as \[10\]"),
        ("organism: rat", r'organism: found "rat"; known: human, mouse, yeast$'),
        ("organism: mose", "did you mean 'mouse'"),
        ("grid: [{name: 2020-01-01}]", "found \"2020-01-01\", expected text: put it in quotes, '2020-01-01'"),
        ("grid: [{name: on}]", "YAML reads on, off, yes and no as true or false: put it in quotes"),
        ("2020-01-01: x", "the name 2020-01-01 is read as a date, expected text: put it in quotes"),
        ("grid: [{on: x}]", "the name True is read as true or false"),
        ("1: x", "the name 1 is read as a number"),
        ("grid: x", r"expected a list of mappings"),
        ("audit: maybe", "expected true or false"),
    ],
)
def test_values_that_yaml_reads_otherwise_are_named(text, message):
    block = {"name": "a", "datasets": ["x"], "normalization": "none", "methods": ["svd"], "measurements": [2]}
    given = yaml.safe_load(text)
    if isinstance(given.get("grid"), list):
        given["grid"] = [block | given["grid"][0]]
    with pytest.raises(ConfigError, match=message) as refused:
        check({"results": "results", "grid": [block]} | given, "config", "config")
    assert "\n" not in str(refused.value)
