"""`snakemake fetch` against a local server under GEO's paths."""

import gzip

import entries
import pytest
import yaml
from entries import geo_path as path
from http_server import serve

from . import conftest
from .conftest import Project

HEADER = "gene\t" + "\t".join(f"c{i}" for i in range(8)) + "\n"
TEXT = gzip.compress((HEADER + "".join(f"g{i}\t1\t0\t2\t0\t3\t0\t4\t{i}\n" for i in range(30))).encode())


def entry(accession):
    return entries.geo_entry(accession, 30)


@pytest.fixture
def server():
    one = "GSE10001"
    soft = [f"^SERIES = {one}", "!Series_title = Mice", f"!Series_geo_accession = {one}"]
    soft += [line for i in range(8) for line in (f"^SAMPLE = GSM{i}", "!Sample_organism_ch1 = Homo sapiens")]
    files = {
        path(one, f"suppl/{one}.txt.gz"): TEXT,
        path(one, f"soft/{one}_family.soft.gz"): gzip.compress("\n".join(soft).encode() + b"\n"),
    }
    with serve(files) as server:
        yield server


@pytest.fixture
def project(tmp_path, server):
    config = {"results": "results", "datasets": ["catalogue.yaml"], "figures": [], "tables": [], "models": []}
    config["geo"] = {"base": server.base, "pause": 0.01, "attempts": 2, "timeout": 5}
    config["grid"] = [entries.block("GSE10001", "zscore", ["svd"]) | {"datasets": ["GSE10001", "GSE10002"]}]
    (tmp_path / "work").mkdir()
    project = Project(tmp_path / "work")
    project.catalogue = project.directory / "catalogue.yaml"
    project.catalogue.write_text(yaml.safe_dump({one: entry(one) for one in ("GSE10001", "GSE10002")}))
    project.config = project.directory / "config.yaml"
    project.config.write_text(yaml.safe_dump(config))
    return project


def rows(project, name="fetch"):
    return conftest.rows(project.results / f"tables/{name}.tsv")


def test_fetch_then_everything_else_offline(project, server, tmp_path, copy_of_the_code):
    # one data set is missing on the server: the other is fetched, and the table tells of both
    failed = project.snakemake("fetch", config=[project.config])
    assert failed.returncode != 0
    said = conftest.said(failed)
    assert said[-3].startswith("deepae: fetch: 1 of 2 data sets are not ready: GSE10002 (reasons in ")
    assert said[-2] == "deepae: to run without them, add to the configuration: skip: [GSE10002]"
    assert "Error in rule" not in failed.stdout
    assert "organism: catalogue Mus musculus, GEO Homo sapiens" in failed.stdout
    assert "Traceback" not in failed.stdout
    assert [row["status"] for row in rows(project)] == ["ok", "failed"]
    assert rows(project)[0]["shape_found"] == "30 x 8"
    assert "404 Not Found" in rows(project)[1]["reason"]

    # the file appears: the second run asks for it alone
    server.files[path("GSE10002", "suppl/GSE10002.txt.gz")] = TEXT
    server.requests.clear()
    done = project.make("fetch", config=[project.config])
    assert "shape found" in done.stdout
    assert [row["status"] for row in rows(project)] == ["ok", "ok"]
    assert not [entry for entry in server.requests if "GSE10001" in entry["path"]]

    # another address reruns nothing
    server.requests.clear()
    project.make("results/data/GSE10001.h5ad", config=[project.config])
    project.catalogue.write_text(project.catalogue.read_text().replace("{base}/", "http://geo.invalid/"))
    assert "Nothing to be done" in project.make("results/data/GSE10001.h5ad", config=[project.config]).stdout

    # the code of the download edited, the output deleted: from the cache, without a request
    code = copy_of_the_code(tmp_path / "code")
    for script in (code / "workflow/scripts/fetch_file.py", code / "workflow/deepae/fetch/download.py"):
        script.write_text(script.read_text() + "\nEDITED = True\n")
    (project.directory / "resources/geo/GSE10001.txt.gz").unlink()
    edited = Project(project.directory, code)
    edited.make("results/data/GSE10001.h5ad", "--forcerun", "fetch_file", config=[project.config])
    assert "no byte moved" in (project.results / "logs/fetch_file/GSE10001.txt.gz.log").read_text()
    for file in ("GSE10001.txt.gz", "GSE10002.txt.gz"):
        assert (project.directory / "resources/geo" / file).read_bytes() == TEXT
    assert server.requests == []


def test_dry_mode_asks_and_fetches_nothing(project, server):
    done = project.snakemake("fetch_check", config=[project.config])
    assert done.returncode != 0
    assert "deepae: fetch_check: 1 of 2 files have no address that answers: GSE10002.txt.gz" in done.stdout
    answers = {row["dataset"]: row["answers"] for row in rows(project, "fetch_check")}
    assert answers == {"GSE10001": "yes", "GSE10002": "no"}
    assert {request["method"] for request in server.requests} == {"HEAD"}
    assert not (project.directory / "resources").exists()


def test_a_run_goes_on_without_what_has_not_arrived(project, server):
    """One data set is absent, one has another shape, one breaks half way, one is only for the user to get."""
    names = [f"GSE1000{number}" for number in range(1, 6)]
    wanted = {name: entry(name) | {"organism": "mouse"} for name in names}
    wanted["GSE10003"]["expected"] = {"genes": 31, "cells": 8, "status": "V"}
    wanted["by-hand"] = entry("GSE10006") | {"files": [{"name": "mine.txt.gz"}], "manual": "log in and save it"}
    project.catalogue.write_text(yaml.safe_dump(wanted))
    config = yaml.safe_load(project.config.read_text())
    config["grid"][0] |= {"datasets": list(wanted), "methods": ["svd", "mean"], "measurements": [2], "seeds": 2}
    config |= {"tables": [{"name": "table-1"}, {"name": "table-3", "block": "main"}], "models": []}
    config["figures"] = [{"name": "figure-2", "block": "main"}]
    project.config.write_text(yaml.safe_dump(config))
    for name in ("GSE10003", "GSE10004", "GSE10005"):
        server.files[path(name, f"suppl/{name}.txt.gz")] = TEXT
    server.faults[path("GSE10004", "suppl/GSE10004.txt.gz")] = [{"cut": 0.5, "repeat": True}]

    failed = project.snakemake("fetch", config=[project.config])
    assert failed.returncode != 0
    statuses = ["ok", "failed", "other shape", "unreachable", "ok", "by hand"]
    assert {row["dataset"]: row["status"] for row in rows(project)} == dict(zip(wanted, statuses, strict=True))
    for line in (
        "deepae: GSE10004 may answer later: run it again; what is complete is kept",
        "deepae: to take another shape as it is, add to the configuration: accept_shape: [GSE10003]",
        "deepae: by-hand: resources/geo/mine.txt.gz has to be put in place by hand: log in and save it",
        "deepae: to run without them, add to the configuration: skip: [GSE10002, GSE10003, GSE10004, by-hand]",
    ):
        assert line in failed.stdout.splitlines()

    done = project.make("--config", "skip_missing=true", config=[project.config])
    without = "2 of 6 data sets; left out: GSE10002 (no resources/geo/GSE10002.txt.gz)"
    assert any(line.startswith(f"deepae: {without}") for line in done.stdout.splitlines())
    assert {row["dataset"] for row in rows(project, "metrics")} == {"GSE10001", "GSE10005"}
    assert (project.results / "tables/table-3.tsv").exists()
    assert "2 of 6 data sets; left out" in (project.results / "audit/claims.html").read_text(encoding="utf-8")
    svg = (project.results / "figures/figure-2.svg").read_text(encoding="utf-8")
    assert "2 of 6 data sets" in svg
