"""The page on one's own data: its files, its catalogue entry and its configuration do what it says."""

import re
import shutil

import pytest
import yaml

from deepae.config import catalogue, grid, schema
from deepae.data import own_data
from deepae.data.ingest import ingest


@pytest.fixture(scope="module")
def blocks(root):
    """The fenced blocks of the page as (language, text)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", (root / "docs/own-data.md").read_text(), re.M | re.S)


def test_one_command(blocks, tmp_path, root):
    command = next(text for _, text in blocks if "--config data=" in text)
    given = dict(word.split("=", 1) for word in command.split() if "=" in word)
    (tmp_path / given["data"]).write_text(next(text for _, text in blocks if text.startswith("gene\t")))
    entry = own_data.make_entry(tmp_path / given["data"], given["organism"])
    dataset = ingest(entry, name=own_data.own_name(given["data"]), root=root)
    assert dataset.matrix.toarray()[3].tolist() == [12, 1, 7]
    assert dataset.symbols.tolist() == ["Sox17", "Xkr4", "Rp1"]
    assert dataset.name == "my-cells"


def test_entry_and_configuration(blocks, tmp_path, root, monkeypatch):
    entry, config = (text for language, text in blocks if language == "yaml")
    (tmp_path / "config").mkdir()
    shutil.copy(root / "config/datasets.yaml", tmp_path / "config/datasets.yaml")
    (tmp_path / "config/my-data.yaml").write_text(entry)
    (tmp_path / "my-cells.csv").write_text(next(text for _, text in blocks if text.startswith("cell,")))
    monkeypatch.chdir(tmp_path)
    default = yaml.safe_load((root / "config/config.yaml").read_text())
    config = default | yaml.safe_load(config)  # as Snakemake lays it over the default: lists are replaced
    schema.check(config, "config", "config")
    entries = catalogue.load(*config["datasets"])
    plan = grid.plan(config, entries, grid.load_methods(root / "config/methods.yaml"))
    assert plan.datasets() == ["my-cells"]
    dataset = ingest(entries["my-cells"], catalogue.paths(entries["my-cells"]), "my-cells", root)
    assert dataset.matrix.toarray().T.tolist()[0] == [0, 3, 0, 12, 1, 0, 2]
    assert dataset.provenance["labels"] == {"alpha": 3, "beta": 3, "delta": 1}
