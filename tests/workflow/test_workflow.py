"""The workflow end to end on tiny real data."""

import json
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import yaml

from .conftest import rows as table

COLUMNS = (
    "dataset normalization method protocol measurements seed n_train n_test n_genes pcc spearman em mae mse pcc_cell "
    "pcc_gene em_allpairs nonzeros rank fit_seconds evaluate_seconds iterations device threads status reason"
).split()


def test_metrics_has_a_row_for_each_run_of_the_grid(finished):
    rows = table(finished.results / "tables/metrics.tsv")
    assert list(rows[0]) == COLUMNS
    keys = [(r["dataset"], r["normalization"], r["method"], r["measurements"], r["seed"]) for r in rows]
    assert len(keys) == len(set(keys)) == 2 * 13 * 2 * 2 + 3 * 2 * 2 + 2 * 2 + 7 * 2 + 2 * 2
    for row in rows:
        if row["status"] == "ok" and row["method"] != "zero":
            assert all(math.isfinite(float(row[name])) for name in ("pcc", "spearman", "em", "mae", "mse"))
            n = int(row["n_test"]) * int(row["n_genes"])
            assert float(row["em"]) == pytest.approx(math.sqrt(float(row["mse"]) * n), rel=1e-9)
            assert float(row["mae"]) <= float(row["em"]) / math.sqrt(n) * (1 + 1e-9)


def test_measurements_beyond_the_genes_are_failed_rows(finished):
    rows = [row for row in table(finished.results / "tables/metrics.tsv") if row["measurements"] == "400"]
    assert {row["status"] for row in rows if row["method"] in ("svd", "random-lmmse")} == {"failed"}
    assert all("400" in row["reason"] and row["pcc"] == "NaN" for row in rows if row["status"] == "failed")
    assert {row["status"] for row in rows if row["method"] == "mean"} == {"ok"}


def test_shortened_training_is_in_the_rows(finished):
    rows = table(finished.results / "tables/metrics.tsv")
    updates = {(row["normalization"], row["iterations"]) for row in rows if row["method"] == "deepae"}
    assert updates == {("zscore", "20"), ("none", "5")}


def test_a_network_that_two_jobs_score_is_trained_by_one(finished):
    rows = table(finished.results / "metrics/tiny-mouse/zscore/deepae.snr2/h10.tsv")
    log = (finished.results / "logs/train/tiny-mouse/zscore/deepae.snr2/h10.log").read_text()
    assert len(rows) == log.count("by another job") == 2
    plain = {row["seed"]: row for row in table(finished.results / "metrics/tiny-mouse/zscore/deepae/h10.tsv")}
    for row in rows:
        assert row["em"] != plain[row["seed"]]["em"]
        assert row["fit_seconds"] == plain[row["seed"]]["fit_seconds"]
    assert not [path for path in (finished.results / "fits").rglob("*") if path.is_file()]


def test_cells_hold_the_errors_of_each_test_cell(finished):
    rows = table(finished.results / "metrics/tiny-yeast/zscore/svd.tsv")
    with np.load(finished.results / "metrics/tiny-yeast/zscore/svd.cells.npz", allow_pickle=False) as cells:
        hs, seeds = cells["measurements"].tolist(), cells["seeds"].tolist()
        for row in rows:
            sse = cells["sse"][hs.index(int(row["measurements"])), seeds.index(int(row["seed"]))]
            assert math.sqrt(sse.sum()) == pytest.approx(float(row["em"]), rel=1e-9)


def test_encoder_is_saved_up_to_ten_measurements(finished):
    folder = finished.results / "metrics/tiny-yeast/zscore/deepae"
    with np.load(folder / "h10.encoder.npz", allow_pickle=False) as arrays:
        assert arrays["encoder"].shape == (2, 400, 10)
        assert np.isfinite(arrays["encoder"]).all()
    with np.load(folder / "h20.encoder.npz", allow_pickle=False) as arrays:
        assert "encoder" not in arrays.files
    assert (finished.results / "models/tiny-yeast/zscore/deepae/h10.safetensors").exists()


def test_every_figure_is_drawn_in_three_formats(finished):
    folder = finished.results / "figures"
    config = yaml.safe_load((finished.root / "tests/data/tiny.yaml").read_text())
    names = {entry["name"] for entry in config["figures"]} - {"figure-6", "figure-7"}  # no such data in this grid
    for name in [*names, "figure-2-by-method"]:
        for suffix, start in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
            assert (folder / f"{name}.{suffix}").read_bytes().startswith(start)
        assert ET.parse(folder / f"{name}.svg").getroot().tag.endswith("svg")


def test_a_second_run_does_nothing(finished):
    done = finished.snakemake("--dry-run")
    assert "Nothing to be done" in done.stdout, done.stdout[-3000:]


def test_resources_and_provenance(finished):
    rules = {row["rule"] for row in table(finished.results / "tables/resources.tsv")}
    assert {"ingest", "factorise", "evaluate", "train"} <= rules
    finished.start = finished.COLD  # the command is looked for among the processes above a job
    finished.make("results/provenance.json", "--forcerun", "provenance")
    provenance = json.loads((finished.results / "provenance.json").read_text())
    assert re.search(r"snakemake .*--configfile .*tiny\.yaml", provenance["command"])
    assert provenance["config"]["grid"][0]["name"] == "benchmark"
    assert set(provenance["data"]) == {"tiny-yeast", "tiny-mouse"}
    assert all(len(entry["sha256"]) == 64 for entry in provenance["data"].values())
    assert provenance["packages"]["torch"]
