"""Data sets that a run goes without: by configuration, by hand, or because they never arrived."""

import pytest

from deepae.config import absent, grid
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml


@pytest.fixture
def paper(root):
    """The configuration of the whole paper."""
    return read_yaml(root / "config/paper.yaml")


@pytest.fixture
def plan(root, paper, tmp_path, monkeypatch):
    """Loads the paper's plan with further keys, in an empty folder where nothing has been fetched."""
    monkeypatch.chdir(tmp_path)
    return lambda **keys: grid.load(paper | keys, lambda path: str(root / path))


def arrive(entries):
    for entry in entries.values():
        for file in entry["files"]:
            path = absent.Path(absent.catalogue.location(file))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def test_skipped_data_sets_are_nowhere(plan):
    found = plan(skip=["GSE60361", "metabolic-mouse", "metabolic-maize"])
    assert {"GSE60361", "metabolic-mouse", "metabolic-maize"}.isdisjoint(found.datasets())
    assert len(found.blocks["figures-none"].datasets) == 8
    assert "figure-6" not in found.blocks  # both of its data sets are gone
    names = {item["name"] for item in found.config["figures"]}
    assert {"figure-5", "figure-6", "figure-s7"}.isdisjoint(names)  # of GSE60361 alone, and the arrays
    assert {"figure-2", "figure-8", "figure-9", "figure-s4"} <= names
    figure_8 = next(item for item in found.config["figures"] if item["name"] == "figure-8")
    assert figure_8["datasets"] == ["GSE62270"]
    assert not any(model["dataset"] == "GSE60361" for model in found.config["models"])
    assert "8 of 12 data sets; left out: GSE60361 (skip)" in found.banner


def test_what_only_the_user_can_get_is_left_out_until_it_is_there(plan):
    found = plan()
    assert list(found.absent) == ["CyTOF-MDA-MB-231"]
    assert "CyTOF-MDA-MB-231" in found.wanted  # fetch still asks for it
    arrive({"CyTOF-MDA-MB-231": found.catalogue["CyTOF-MDA-MB-231"]})
    assert not plan().absent


def test_missing_ones_are_left_out_on_demand(plan):
    arrived = {name: plan().catalogue[name] for name in ("GSE60361", "GSE65525")}
    arrive(arrived)
    there = plan(skip_missing="true").datasets()  # as --config gives it
    assert set(arrived) <= set(there)
    assert "GSE69405" not in there
    table = absent.Path("results/paper/tables/fetch.tsv")
    table.parent.mkdir(parents=True)
    table.write_text("dataset\tstatus\nGSE60361\tok\nGSE65525\tfailed\n")
    assert plan(skip_missing=True).absent["GSE65525"] == "fetch: failed"


def test_none_left_and_unknown_names_are_errors(plan):
    with pytest.raises(ConfigError, match="skip: unknown dataset 'GSE6036', did you mean 'GSE60361'"):
        plan(skip=["GSE6036"])
    with pytest.raises(ConfigError, match="accept_shape: unknown dataset"):
        plan(accept_shape=["GSE1"])
    with pytest.raises(ConfigError, match="no data set is left"):
        plan(skip=plan().wanted)


def test_any_shape_for_a_whole_run(plan):
    assert all(entry["accept_shape"] for entry in plan(accept_shape=True).catalogue.values())
    entries = plan(accept_shape=["GSE69405"]).catalogue
    assert [name for name, entry in entries.items() if entry.get("accept_shape")] == ["GSE69405"]
