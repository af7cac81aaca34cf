"""Paths that a user gives: tidied, and refused where a run would delete or write over what is not its own."""

import pytest

from deepae.config import paths
from deepae.config.schema import check
from deepae.errors import ConfigError


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A home with a project in it, a user's files beside it, and the user standing in the project."""
    for folder in ("home/project/workflow", "home/project/data", "home/mine/data", "home/project/results/models"):
        (tmp_path / folder).mkdir(parents=True)
    home = tmp_path / "home"
    for name in ("project/data/cells.h5ad", "mine/data/cells.h5ad", "mine/notes.txt", "project/results/models/x.st"):
        (home / name).write_text("text")
    (home / "mine/codes.tsv").write_text("cell\tdimension_1\nc\t1\n")
    (home / "link").symlink_to(home / "mine/data")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "project")
    return home


def refuse(place, inputs=(), **config):
    config = paths.tidied({"results": "results"} | config)
    paths.refuse_overwriting(config, inputs, place / "project")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ("/", "the top of the file system"),
        (".", "this project itself"),
        ("../project/", "this project itself"),
        ("..", "a folder around this project"),
        ("~", "your home folder|a folder around"),
        ("workflow/out", "in workflow/, which belongs to this project"),
        ("./resources//x", "in resources/"),
        ("data/cells.h5ad", "is a file"),
    ],
)
def test_a_folder_of_results_that_is_not_the_runs_own_is_refused(place, results, said):
    with pytest.raises(ConfigError, match=f"^results: .*({said})"):
        refuse(place, results=results)


@pytest.mark.parametrize(
    "results", ["results", "./results/", "results/mine", "../mine", "../mine/Müller's [a], @1", "/no-such-folder/x"]
)
def test_a_folder_of_its_own_is_taken(place, results):
    refuse(place, [("data", "data/cells.h5ad")], results=results)


@pytest.mark.parametrize(
    ("results", "data"),
    [
        ("../mine", "../mine/data/cells.h5ad"),
        ("../mine", "../link/cells.h5ad"),
        ("../mine/../mine", "~/mine/data/cells.h5ad"),
        ("results", "results/models/x.st"),
        ("../mine", "../mine/data"),
    ],
)
def test_an_input_where_the_run_writes_is_refused(place, results, data):
    with pytest.raises(ConfigError, match=r"^data: .* lies in .*, where this run writes and deletes") as error:
        refuse(place, [("data", paths.tidy(data))], results=results)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("../mine/data/cells.h5ad", "would write over encode_cells"),
        ("../link/cells.h5ad", "would write over encode_cells"),
        ("../mine/data", "would write over encode_cells"),
        ("results/models/x.st", "would write over encode_model"),
        ("data", "would write over data|is a folder"),
        ("../mine/notes.txt", "is there already and holds no codes"),
        ("results/tables/metrics.tsv", "lies in results/tables"),
        ("workflow/codes.tsv", "lies in workflow/ of this project"),
    ],
)
def test_codes_that_would_write_over_something_are_refused(place, output, said):
    given = {"encode_cells": "~/mine/data/cells.h5ad", "encode_model": "results/models/x.st"}
    with pytest.raises(ConfigError, match=f"^encode_output: .*({said})"):
        refuse(place, [("data", "data/cells.h5ad")], encode_output=output, **given)


@pytest.mark.parametrize("output", ["codes.tsv", "../mine/codes.tsv", "../mine/new.tsv", "results/codes.tsv"])
def test_codes_of_a_name_of_their_own_are_taken(place, output):
    refuse(place, encode_output=output, encode_cells="~/mine/data/cells.h5ad", encode_model="results/models/x.st")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("./a//b/", "a/b"), ("~/x", "{home}/x"), ("a/../b", "a/../b"), ("/a/./b", "/a/b"), (".", ".")],
)
def test_paths_are_tidied(place, given, expected):
    assert paths.tidy(given) == expected.format(home=place)
    assert paths.tidied({"data": given})["data"] == expected.format(home=place)


def test_an_unknown_home_is_one_line(monkeypatch):
    with pytest.raises(ConfigError, match=r"no_such_user_at_all.*write the path out"):
        paths.tidy("~no_such_user_at_all/x")


@pytest.mark.parametrize(("read", "typed"), [(2026, "2026"), (2.5, "2.5"), (True, "True")])
def test_a_name_that_reads_as_a_number_is_a_name(read, typed):
    assert paths.tidied({"results": read}, ["--config", f"results={typed}"])["results"] == typed


@pytest.mark.parametrize(("read", "typed"), [(7, "007"), (["a"], "[a]"), ({"a": "b"}, "a: b"), (1e5, "1e5")])
def test_a_name_that_was_read_as_something_else_is_refused(read, typed):
    with pytest.raises(ConfigError, match=r"is read as .*; write \./"):
        paths.tidied({"results": read}, ["--config", f"results={typed}"])


def configuration(results):
    block = {"name": "b", "datasets": ["d"], "normalization": "none", "methods": ["m"], "measurements": [1]}
    return {"results": results, "grid": [block]}


@pytest.mark.parametrize("name", ["a b", "[a]", "a, b", "o'brien", "@x", "数据", "Müller", "a(1)", "#1", "a&b", 'a"b'])
def test_any_usual_name_is_a_path(name):
    check(configuration(name), "config", "config")


@pytest.mark.parametrize("name", ["a{b}", "<a>", "a\nb", "a\x00", ""])
def test_names_that_snakemake_would_read_as_a_pattern_are_refused(name):
    with pytest.raises(ConfigError, match="results"):
        check(configuration(name), "config", "config")
