"""Own data with few genes, channels or cells: h fits, and what cannot be is left out in one line."""

import inputs
import numpy as np
import pytest
import yaml

from deepae.config import grid, missing
from deepae.data import own_data
from deepae.errors import ConfigError, DataError


def planned(path, root, monkeypatch, **more):
    monkeypatch.chdir(root)
    config = yaml.safe_load((root / "config/config.yaml").read_text()) | {"data": str(path)} | more
    return grid.load(config, own_data=own_data.own_data)


def table_of(folder, genes, cells):
    values = np.random.RandomState(1).poisson(3, (genes, cells))
    names = (inputs.GENES * 4)[:genes]
    names = [f"{name}{i // 60 or ''}" for i, name in enumerate(names)]
    return inputs.table(folder, "x.tsv", inputs.plain(names, [f"c{i}" for i in range(cells)], values=values))


@pytest.mark.parametrize(
    ("genes", "cells", "hs", "figures", "said"),
    [
        (8, 40, (2, 4), {"figure-8"}, ["8 genes: h = 2 and 4 instead of 10 and 50", "fewer than 10: no key genes"]),
        (50, 40, (10,), {"figure-8"}, ["50 genes: h = 10 instead of 10 and 50", "fewer than 100: too few key genes"]),
        (50, 6, (10,), set(), ["50 genes: h = 10", "6 cells: 1 to test, too few for Figure 8"]),
        (51, 11, (10, 50), {"figure-8"}, ["fewer than 100"]),
        (100, 11, (10, 50), {"figure-8", "figure-9", "figure-s3"}, []),
        (120, 30, (10, 50), {"figure-8", "figure-9", "figure-s3"}, []),
        (2, 30, (1,), {"figure-8"}, ["2 genes: h = 1", "fewer than 10"]),
    ],
)
def test_h_and_figures_follow_the_data(tmp_path, root, monkeypatch, genes, cells, hs, figures, said):
    plan = planned(table_of(tmp_path, genes, cells), root, monkeypatch, organism="mouse")
    assert plan.blocks["own-data"].measurements == hs
    assert {item["name"] for item in plan.config["figures"]} & {"figure-8", "figure-9", "figure-s3"} == figures
    assert len(plan.said) == len(said)
    for line, start in zip(plan.said, said, strict=True):
        assert line.startswith(start)
    assert plan.keyed_datasets() == (["x"] if figures and genes >= 10 else [])


def test_one_gene_is_too_few_and_an_organism_needs_data(tmp_path, root, monkeypatch):
    with pytest.raises(DataError, match=r"too few genes \(1\), expected at least 2"):
        planned(table_of(tmp_path, 1, 30), root, monkeypatch)
    with pytest.raises(ConfigError, match="organism goes with data, which is missing: --config data=FILE"):
        grid.load(yaml.safe_load((root / "config/config.yaml").read_text()) | {"organism": "mouse"})


def test_data_that_were_not_read_are_one_line_of_what_is_missing(tmp_path, root, monkeypatch):
    plan = planned(table_of(tmp_path, 50, 12), root, monkeypatch, results=str(tmp_path / "r"))
    said = missing.lines(plan, ["--cores", "1"], set())
    assert said[1] == f"  all of x, whose data were not read  (log: {tmp_path}/r/logs/ingest/x.log)"
    assert len(said) == 4
    (tmp_path / "r/data").mkdir(parents=True)
    (tmp_path / "r/data/x.h5ad").touch()
    assert missing.lines(plan, [], set())[1].startswith(f"  {tmp_path}/r/metrics/x/zscore/")


def test_recommend_tries_no_h_beyond_the_genes(tmp_path, root, monkeypatch):
    plan = planned(table_of(tmp_path, 80, 40), root, monkeypatch, recommend=True)
    assert plan.blocks["recommend"].measurements == (5, 10, 20, 50)


def test_recommend_trains_networks_of_many_genes_with_one_seed(tmp_path, root, monkeypatch):
    table = table_of(tmp_path, 80, 40)

    def seeds(plan):
        return len(plan.blocks["recommend-networks"].seeds["x"])

    assert seeds(planned(table, root, monkeypatch, recommend=True)) == 3
    monkeypatch.setattr(own_data, "NETWORK_GENES", 79)
    many = planned(table, root, monkeypatch, recommend=True)
    assert seeds(many) == 1
    assert "networks are trained with 1 of 3 seeds; network_seeds=3 trains with all" in many.said
    assert seeds(planned(table, root, monkeypatch, recommend=True, network_seeds=3)) == 3


def test_seven_channels(tmp_path, root, monkeypatch):
    values = np.random.RandomState(1).rand(40, 7)
    path = inputs.fcs(tmp_path, values=values, names=[f"FL{i}-H" for i in range(7)])
    plan = planned(path, root, monkeypatch)
    assert plan.blocks["own-data"].measurements == (1, 3)
    assert plan.said[0] == "7 channels: h = 1 and 3 instead of 10 and 50, which must be fewer than the channels"


def test_deepae_has_both_losses_and_a_readable_label(tmp_path, root, monkeypatch):
    path = table_of(tmp_path, 60, 20).rename(tmp_path / "GSE123456_fifty_genes_normalised_counts_final.tsv")
    plan = planned(path, root, monkeypatch)
    methods = plan.blocks["own-data"].methods
    assert methods[:2] == ("deepae", "deepae-mse")
    assert plan.methods["deepae-mse"]["parameters"]["loss"] == "mse"
    assert plan.catalogue[plan.datasets()[0]]["label"] == "GSE123456"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("liver_counts.csv.gz", "liver"),
        ("counts.tsv", "counts"),
        ("GSE123456_series_of_many_long_words.txt", "GSE123456"),
        ("a mouse heart at day seven after infarction.h5ad", "a mouse heart at day…"),
        ("averyveryverylongwordwithoutaspace.fcs", "averyveryverylongwordwi…"),
        ("日本.tsv", "日本"),
    ],
)
def test_labels(name, label):
    assert own_data.short_label(name) == label
    assert len(label) <= own_data.LABEL
