"""All files of all data sets: what there is afterwards, and what is said of the others."""

import gzip

import pytest
from entries import geo_entry
from entries import geo_path as address
from http_server import closed_port, serve

from deepae.config import catalogue
from deepae.errors import ConfigError
from deepae.fetch import download, fetching
from deepae.fetch.web import Policy

TEXT = gzip.compress(b"gene\t" + b"\t".join(b"c%d" % i for i in range(8)) + b"\n" + b"g\t1\t2\t3\t4\t5\t6\t7\t8\n")


def entry(accession, **changes):
    return geo_entry(accession, 1, **changes)


def soft(accession, samples):
    lines = ["^DATABASE = GeoMiame", "!Database_name = GEO", f"^SERIES = {accession}", "!Series_title = Mice"]
    lines += [f"!Series_geo_accession = {accession}"]
    for i in range(samples):
        lines += [f"^SAMPLE = GSM{i}", f"!Sample_title = s{i}", "!Sample_organism_ch1 = Mus musculus"]
    return gzip.compress("\n".join(lines).encode() + b"\n")


def test_fetch_all_goes_on_after_a_failure_and_says_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    accessions = ["GSE10001", "GSE10002", "GSE10003"]
    files = {address(one, f"suppl/{one}.txt.gz"): TEXT for one in accessions if one != "GSE10002"}
    files |= {address(one, f"soft/{one}_family.soft.gz"): soft(one, 8) for one in accessions[:1]}
    entries = {one: entry(one) for one in accessions}
    entries["GSE10003"]["expected"] = {"genes": 2, "cells": 8}
    entries["CyTOF"] = entry("GSE10004", files=[{"name": "x.fcs"}], manual="log in\n  at Cytobank 68981")
    (tmp_path / "mine.txt.gz").write_bytes(TEXT)
    entries["mine"] = entry("GSE10005", files=[{"name": "mine.txt.gz", "path": "mine.txt.gz"}])
    with serve(files) as server:
        config = {"geo": {"base": server.base, "pause": 0.01, "attempts": 2, "timeout": 1}}
        rows, text = fetching.fetch_all(entries, config, lambda line: None)
        asked = len(server.requests)
        again, _ = fetching.fetch_all({"GSE10001": entries["GSE10001"]}, config, lambda line: None)
        assert len(server.requests) == asked
    assert [row["status"] for row in rows] == ["ok", "failed", "other shape", "by hand", "ok"]
    assert again == rows[:1]
    source = server.base + address("GSE10001", "suppl/GSE10001.txt.gz")
    assert list(rows[0].values()) == ["GSE10001", "ok", "1 x 8", "1 x 8", len(TEXT), source, ""]
    assert "404 Not Found" in rows[1]["reason"]
    assert (rows[2]["shape_found"], rows[2]["shape_expected"]) == ("1 x 8", "2 x 8")
    assert rows[3]["reason"] == ("CyTOF: resources/geo/x.fcs has to be put in place by hand: log in at Cytobank 68981")
    assert rows[4]["source"] == "mine.txt.gz"
    assert "GSE10001  same  GSE10001, Mus musculus, 8 samples: Mice" in text
    assert "GSE10003  not compared: GSE10003_family.soft.gz: not fetched" in text
    assert (tmp_path / "resources/geo/GSE10001.txt.gz").read_bytes() == TEXT
    table = fetching.tsv(rows, fetching.COLUMNS).splitlines()
    assert table[0].split("\t") == ["dataset", "status", "shape_found", "shape_expected", "bytes", "source", "reason"]
    assert all(len(line.split("\t")) == 7 for line in table)
    assert len(table) == 6


def test_the_second_address_of_every_geo_file(tmp_path, root):
    """The first address answers 404; GEO's download page has the file under a query."""
    entries = catalogue.from_source(catalogue.load(root / "config/datasets.yaml"), "geo")
    files = [file for entry in entries.values() for file in entry["files"] if file.get("url", "").startswith("{base}")]
    assert len(files) == 11  # the twelve but for the mass cytometry, which only a user can get
    pages = {file["name"]: catalogue.addresses(file, {"base": "", "download": ""})[1] for file in files}
    with serve(dict.fromkeys(pages.values(), TEXT)) as server:
        sites = {"base": server.base + "/geo", "download": server.base}
        for file in files:
            name = f"{file['name']}.txt.gz"  # whatever it is, the server has a table
            asked = {"name": name, "url": file["url"], "mirrors": file["mirrors"]}
            fetched = download.fetch(asked, tmp_path / name, tmp_path / "cache", sites, Policy(), lambda line: None)
            assert fetched.source.endswith(pages[file["name"]])


def test_an_unknown_error_is_a_failed_row(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    entries = {one: entry(one) for one in ("GSE10001", "GSE10002")}
    real = download.fetch

    def fetch(file, *arguments, **keywords):
        if file["name"] == "GSE10001.txt.gz":
            raise ZeroDivisionError("a bug")
        return real(file, *arguments, **keywords)

    monkeypatch.setattr(download, "fetch", fetch)
    with serve({address("GSE10002", "suppl/GSE10002.txt.gz"): TEXT}) as server:
        rows, _ = fetching.fetch_all(entries, {"geo": {"base": server.base}}, lambda line: None)
    assert [row["status"] for row in rows] == ["failed", "ok"]
    assert rows[0]["reason"] == "GSE10001.txt.gz: unexpected ZeroDivisionError: a bug (traceback in the log)"
    assert "Traceback" in capsys.readouterr().err
    text = fetching.table(rows, fetching.COLUMNS)
    assert text.splitlines()[0].split() == "dataset status shape found shape expected bytes source".split()
    assert text.splitlines()[-1] == f"GSE10001: {rows[0]['reason']}"


def test_accept_shape(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entries = {"GSE10001": entry("GSE10001", expected={"genes": 2, "cells": 8}, accept_shape=True)}
    with serve({address("GSE10001", "suppl/GSE10001.txt.gz"): TEXT}) as server:
        rows, _ = fetching.fetch_all(entries, {"geo": {"base": server.base}}, lambda line: None)
    assert (rows[0]["status"], rows[0]["shape_found"], rows[0]["shape_expected"]) == ("ok", "1 x 8", "2 x 8")


def test_two_files_must_not_share_a_name():
    one, other = entry("GSE10001"), entry("GSE10002")
    assert len(fetching.files({"a": one, "b": one, "c": other})) == 2
    other["files"][0]["name"] = one["files"][0]["name"]
    with pytest.raises(ConfigError, match="expected another name"):
        fetching.files({"a": one, "b": other})


def test_check_asks_each_address_and_fetches_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entries = {one: entry(one) for one in ("GSE10001", "GSE10002")}
    entries["GSE10001"]["files"][0]["mirrors"] = [closed_port() + "/x"]
    entries["CyTOF"] = entry("GSE10004", files=[{"name": "x.fcs"}], manual="log in")
    found = address("GSE10001", "suppl/GSE10001.txt.gz")
    with serve({found: TEXT}, {found: [{"status": 405}]}) as server:
        rows = fetching.check(entries, {"geo": {"base": server.base}}, lambda line: None)
        assert server.sent <= len(TEXT)
    assert [(row["dataset"], row["answers"], row["bytes"]) for row in rows] == [
        ("GSE10001", "yes", len(TEXT)),
        ("GSE10001", "no", ""),
        ("GSE10002", "no", ""),
        ("CyTOF", "by hand", ""),
    ]
    assert "Connection refused" in rows[1]["found"]
    assert rows[2]["found"] == "404 Not Found"
    assert not (tmp_path / "resources").exists()


def test_settings_come_from_the_configuration():
    sites, policy = fetching.settings({"geo": {"base": "http://mirror", "attempts": 9, "per_host": 1}})
    assert (sites, policy) == (download.SITES | {"base": "http://mirror"}, Policy(attempts=9, per_host=1))
    assert fetching.settings({}) == (download.SITES, Policy())
