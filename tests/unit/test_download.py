"""Downloads against a local server that misbehaves: never a bad file under its final name, always one clear line."""

import ctypes
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from http_server import Server, serve

from deepae.config import catalogue
from deepae.errors import ConfigError, DownloadError
from deepae.fetch import download, fetching, web
from deepae.fetch.web import Policy

NAME = "GSE60361_x.txt.gz"
PATH = f"/series/GSE60nnn/GSE60361/suppl/{NAME}"
FILE = {"name": NAME, "url": "{base}" + PATH}
BODY = gzip.compress(random.Random(0).randbytes(2_000_000), 1)
SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = Policy(attempts=4, pause=0.01, timeout=20)


class Place:
    """A folder of downloads, and what was said while they ran."""

    def __init__(self, folder):
        self.target, self.cache, self.said = folder / "geo" / NAME, folder / "geo" / ".cache", []

    def fetch(self, base, file=FILE, policy=QUICK):
        return download.fetch(file, self.target, self.cache, {"base": base}, policy, self.said.append)

    @property
    def part(self):
        return self.cache / f"{NAME}.part"

    def left(self):
        """Names in the cache, without locks."""
        return sorted(path.name for path in self.cache.iterdir() if path.is_file() and path.suffix != ".lock")

    def refused(self, base, match, file=FILE, policy=QUICK):
        """Fetch, expect one line that matches, and nothing under a final name."""
        with pytest.raises(DownloadError, match=match) as error:
            self.fetch(base, file, policy)
        assert "\n" not in str(error.value)
        assert str(error.value).startswith(file["name"])
        assert not self.target.exists()
        assert not (self.cache / NAME).exists()
        return str(error.value)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


# ---------------------------------------------------------------- what a network does


def test_a_file_is_fetched_verified_and_linked(place):
    with serve({PATH: BODY}) as server:
        fetched = place.fetch(server.base)
    assert fetched == download.Fetched(place.target, len(BODY), SHA256, server.base + PATH, len(BODY))
    assert place.target.read_bytes() == BODY
    assert place.target.samefile(place.cache / NAME)
    assert place.left() == [NAME, f"{NAME}.sha256", f"{NAME}.source"]
    assert (place.cache / f"{NAME}.sha256").read_text() == f"{SHA256}  {NAME}\n"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_twice_then_success(place, status):
    with serve({PATH: BODY}, {PATH: [{"status": status}, {"status": status}]}) as server:
        assert place.fetch(server.base).sha256 == SHA256
    assert [entry["status"] for entry in server.requests] == [status, status, 200]


def test_pauses_grow_and_retry_after_is_honoured(place, monkeypatch):
    pauses = []
    monkeypatch.setattr(web.time, "sleep", pauses.append)
    busy = [{"status": 503}, {"status": 503}, {"status": 503}, {"status": 429, "headers": {"Retry-After": "7"}}]
    later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 100))
    with serve({PATH: BODY}, {PATH: [*busy, {"status": 503, "headers": {"Retry-After": later}}]}) as server:
        place.fetch(server.base, policy=Policy(attempts=6, pause=2, timeout=5))
    assert all(0.75 * pause <= found <= 1.25 * pause for pause, found in zip((2, 4, 8), pauses, strict=False))
    assert pauses[3] == 7
    assert 90 < pauses[4] <= 100


def test_a_server_that_wants_too_long_a_pause_is_given_up(place):
    with serve({PATH: BODY}, {PATH: [{"status": 503, "headers": {"Retry-After": "86400"}}]}) as server:
        place.refused(server.base, "asks to wait 86400 s")


def test_a_server_that_stays_busy_is_given_up_after_the_tries(place):
    with serve({PATH: BODY}, {PATH: [{"status": 503, "repeat": True}]}) as server:
        place.refused(server.base, "503 Service Unavailable")
    assert len(server.requests) == 4


def test_a_missing_file_is_not_asked_for_again(place):
    with serve({}) as server:
        place.refused(server.base, "404 Not Found")
    assert len(server.requests) == 1


def test_cut_off_then_brought_again(place):
    with serve({PATH: BODY}, {PATH: [{"cut": 0.6}]}) as server:
        assert place.fetch(server.base).sha256 == SHA256
    assert any("again in" in line for line in place.said)
    assert place.left() == [NAME, f"{NAME}.sha256", f"{NAME}.source"]


def test_a_connection_that_goes_silent_times_out_and_is_tried_again(place):
    with serve({PATH: BODY}, {PATH: [{"stall": 1.5}]}) as server:
        place.fetch(server.base, policy=Policy(attempts=4, pause=0.01, timeout=0.5))
    assert any("timed out; again in" in line for line in place.said)


def test_redirect(place):
    with serve({PATH: BODY}) as mirror:
        location = mirror.base + PATH
        with serve({}, {PATH: [{"redirect": location, "repeat": True}]}) as server:
            assert place.fetch(server.base).source == server.base + PATH
    assert place.target.read_bytes() == BODY


def test_redirects_without_end(place):
    with serve({}, {PATH: [{"redirect": PATH, "repeat": True}]}) as server:
        place.refused(server.base, "redirects")


def test_no_network(place):
    message = place.refused(closed_port(), "Connection refused")
    assert len(message) < 200


def test_unknown_host_and_unknown_scheme(place):
    place.refused("http://geo.invalid", "not fetched")
    place.refused("ftp://127.0.0.1", "expected http, https or file")


@pytest.fixture
def secure(tmp_path):
    """A server with TLS, whose certificate nobody knows: (server, path of the certificate)."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: no certificate can be made")
    made = (
        "req -x509 -newkey rsa:2048 -nodes -keyout key -out crt -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(["openssl", *made.split()], cwd=tmp_path, check=True, capture_output=True)
    server = Server({PATH: BODY}, {})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.base = server.base.replace("http:", "https:")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, tmp_path / "crt"
    server.shutdown()
    server.server_close()


def test_an_unverified_certificate_is_refused(place, secure, monkeypatch):
    server, certificate = secure
    place.refused(server.base, "TLS certificate not accepted")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert place.fetch(server.base).sha256 == SHA256


def test_a_redirect_from_https_to_http_is_refused(place, secure, monkeypatch):
    server, certificate = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serve({PATH: BODY}) as plain:
        server.faults[PATH] = [{"redirect": plain.base + PATH, "repeat": True}]
        place.refused(server.base, "redirected from https to http://")


def test_the_proxy_variable_is_used(place, monkeypatch):
    with serve({f"http://geo.invalid{PATH}": BODY}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert place.fetch("http://geo.invalid").sha256 == SHA256
    assert server_paths(proxy) == [f"http://geo.invalid{PATH}"]


def server_paths(server):
    return [entry["path"] for entry in server.requests]


def test_few_at_a_time_to_one_host(tmp_path):
    files = {f"/x{i}.txt": random.Random(i).randbytes(300_000) for i in range(6)}
    with serve(files, {path: [{"pace": 0.05}] for path in files}) as server:

        def one(path):
            file = {"name": path[1:], "url": "{base}" + path}
            download.fetch(file, tmp_path / path[1:], tmp_path / "c", {"base": server.base}, QUICK, lambda line: None)

        threads = [threading.Thread(target=one, args=[path]) for path in files]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert server.most == QUICK.per_host == 2
    assert all((tmp_path / path[1:]).read_bytes() == body for path, body in files.items())


# ---------------------------------------------------------------- what a server sends


def test_wrong_checksum(place):
    with serve({PATH: BODY}) as server:
        place.refused(server.base, f"sha256 {SHA256}, expected {'0' * 64}", FILE | {"sha256": "0" * 64})
    assert place.left() == []


def test_wrong_size_is_refused_before_the_bytes_flow(place):
    body = bytes(50_000_000)  # more than lies between the two ends of a connection
    with serve({PATH: body}) as server:
        place.refused(server.base, f"the server has {len(body)} bytes, expected 5", FILE | {"bytes": 5})
    assert server.sent < len(body)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_truncated_gzip(place, share):
    """The server itself has a truncated file, or ends without having said how much was to come."""
    fault = {"body": BODY[: int(share * len(BODY))], "no_length": True, "repeat": True}
    with serve({PATH: BODY}, {PATH: [fault]}) as server:
        place.refused(server.base, "truncated|empty|damaged")
    assert place.left() == []


def test_a_bad_file_is_fetched_once_more(place):
    with serve({PATH: BODY}, {PATH: [{"body": BODY[:1000]}]}) as server:
        assert place.fetch(server.base).sha256 == SHA256


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
def test_html_error_page_with_status_200(place, kind):
    page = "\n <!DOCTYPE html><html><head><title>Maintenance</title></head></html>"
    with serve({PATH: BODY}, {PATH: [{"body": page, "type": kind, "repeat": True}]}) as server:
        place.refused(server.base, "HTML page")


def test_gzip_declared_as_content_encoding_keeps_its_bytes(place):
    with serve({PATH: BODY}, {PATH: [{"headers": {"Content-Encoding": "x-gzip"}}]}) as server:
        assert place.fetch(server.base).sha256 == SHA256


def test_mirror_when_the_primary_address_fails(place):
    with serve({PATH: BODY}) as mirror, serve({}) as server:
        file = FILE | {"mirrors": [closed_port() + "/x", mirror.base + PATH]}
        assert place.fetch(server.base, file).source == mirror.base + PATH


def test_the_second_address_of_every_geo_file(place, root):
    """The first address answers 404; GEO's download page has the file under a query."""
    entries = catalogue.from_source(catalogue.load(root / "config/datasets.yaml"), "geo")
    files = [file for entry in entries.values() for file in entry["files"] if file.get("url", "").startswith("{base}")]
    assert len(files) == 11  # the twelve but for the mass cytometry, which only a user can get
    pages = {catalogue.addresses(file, {"base": "", "download": ""})[1]: file["name"] for file in files}
    with serve(dict.fromkeys(pages, BODY)) as server:
        sites = {"base": server.base + "/geo", "download": server.base}
        for page, name in pages.items():
            file = next(file for file in files if file["name"] == name)
            file = {"name": NAME, "url": file["url"], "mirrors": file["mirrors"]}
            shutil.rmtree(place.target.parent, ignore_errors=True)
            assert download.fetch(file, place.target, place.cache, sites, QUICK, place.said.append).source.endswith(
                page
            )


def test_all_addresses_stand_in_the_error(place):
    with serve({}) as mirror, serve({}, {PATH: [{"status": 403}]}) as server:
        message = place.refused(server.base, "not fetched", FILE | {"mirrors": [mirror.base + "/m"]})
    assert f"{server.base}{PATH}: 403 Forbidden; {mirror.base}/m: 404 Not Found" in message


def test_a_mirror_on_the_disk(place, tmp_path):
    (tmp_path / "a b.gz").write_bytes(BODY)
    assert place.fetch("", {"name": NAME, "url": f"file://{tmp_path}/a%20b.gz"}).sha256 == SHA256
    shutil.rmtree(place.target.parent)
    place.refused("", "no such file", {"name": NAME, "url": f"file://{tmp_path}/other.gz"})


# ---------------------------------------------------------------- what the cache keeps


def test_a_rerun_moves_no_byte_whatever_the_addresses(place):
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        asked = len(server.requests)
        place.target.unlink()  # Snakemake deletes an output before a rerun
        changed = {"name": NAME, "url": "http://geo.invalid/x", "mirrors": [server.base + PATH]}
        assert place.fetch(closed_port(), changed).moved == 0
        assert len(server.requests) == asked
    assert place.target.samefile(place.cache / NAME)


def test_the_output_keeps_the_time_of_the_bytes(place):
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        before = place.target.stat().st_mtime_ns
        place.target.unlink()
        place.fetch(server.base)
    assert place.target.stat().st_mtime_ns == before


def test_trust_on_first_use(place):
    other = gzip.compress(b"another file")
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        (place.cache / NAME).unlink()
        place.target.unlink()
        server.files[PATH] = other
        place.refused(server.base, f"expected {SHA256} as when it was first fetched")
        (place.cache / f"{NAME}.sha256").unlink()
        place.fetch(server.base)
    assert place.target.read_bytes() == other


def test_a_checksum_of_the_catalogue_goes_before_an_older_one(place):
    with serve({PATH: BODY}) as server:
        place.cache.mkdir(parents=True)
        (place.cache / f"{NAME}.sha256").write_text(f"{'0' * 64}  {NAME}\n")
        assert place.fetch(server.base, FILE | {"sha256": SHA256}).sha256 == SHA256
    assert (place.cache / f"{NAME}.sha256").read_text().startswith(SHA256)


def test_a_damaged_cache_is_noticed_and_mended(place):
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        with open(place.target, "r+b") as file:  # the same bytes as in the cache: a hard link
            file.write(b"\0")
        assert place.fetch(server.base).moved == len(BODY)
    assert place.target.read_bytes() == BODY
    assert f"{NAME}.damaged" in place.left()


def test_a_damaged_record_is_an_error(place):
    place.cache.mkdir(parents=True)
    (place.cache / f"{NAME}.sha256").write_text("not a checksum")
    with pytest.raises(DownloadError, match="holds no sha256, expected 64 hexadecimal digits"):
        place.fetch(closed_port())


def test_a_file_put_in_place_by_hand_is_taken(place):
    place.target.parent.mkdir()
    place.target.write_bytes(BODY)
    assert place.fetch(closed_port()) == download.Fetched(place.target, len(BODY), SHA256, "put there by hand", 0)
    assert place.left() == [NAME, f"{NAME}.sha256"]


def test_a_bad_file_put_in_place_by_hand_is_left_and_named(place):
    place.target.parent.mkdir()
    place.target.write_bytes(BODY[:1000])
    with pytest.raises(DownloadError, match=f"truncated.*; remove .*{NAME} to have it fetched"):
        place.fetch(closed_port())
    assert place.target.read_bytes() == BODY[:1000]


def test_an_output_that_differs_is_not_overwritten(place):
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        place.target.unlink()
        place.target.write_bytes(b"mine")
        with pytest.raises(DownloadError, match="differs from the verified"):
            place.fetch(server.base)
    assert place.target.read_bytes() == b"mine"


def test_a_copy_where_no_link_can_be_made(place, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    with serve({PATH: BODY}) as server:
        place.fetch(server.base)
        place.fetch(server.base)
    assert place.target.read_bytes() == BODY
    assert not place.target.samefile(place.cache / NAME)


def test_only_the_user_can_get_it(place):
    with pytest.raises(DownloadError, match=r"^log in and fetch it$"):
        download.fetch({"name": NAME}, place.target, place.cache, manual="log in and fetch it")


# ---------------------------------------------------------------- full disks, other processes, sudden ends


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; skipped where none can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=1m"):
        pytest.skip(f"no small file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    libc.umount2(str(folder).encode(), 2)


@pytest.mark.parametrize("fault", [{}, {"no_length": True}])
def test_disk_full(small_disk, fault):
    place = Place(small_disk)
    with serve({PATH: BODY}, {PATH: [fault]}) as server:
        message = place.refused(server.base, f"the disk of {place.cache} is full")
        assert len(server.requests) == 1
        assert ("bytes to come" in message) == (not fault)
    assert not place.part.exists()


def test_disk_full_when_the_output_is_copied(tmp_path, small_disk):
    with serve({PATH: BODY}) as server, pytest.raises(DownloadError, match=f"{NAME}: the disk of .* is full"):
        download.fetch(FILE, small_disk / NAME, tmp_path / "cache", {"base": server.base}, QUICK, lambda line: None)
    assert list(small_disk.iterdir()) == []


def process(place, base):
    """Another process that fetches; it prints the bytes that moved."""
    code = (
        "import sys, json; from deepae.fetch import download\n"
        "base, file, target, cache = sys.argv[1:]\n"
        "policy = download.Policy(attempts=4, pause=0.01, timeout=20)\n"
        "fetched = download.fetch(json.loads(file), target, cache, {'base': base}, policy, lambda line: None)\n"
        "print(fetched.moved)"
    )
    paths = [json.dumps(FILE), str(place.target), str(place.cache)]
    environment = os.environ | {"PYTHONPATH": str(Path(download.__file__).parents[2])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, base, *paths], env=environment, **pipes)


def test_two_processes_on_one_file(place):
    with serve({PATH: BODY}, {PATH: [{"pace": 0.05}]}) as server:
        both = [process(place, server.base) for _ in range(2)]
        results = [each.communicate(timeout=100) for each in both]
        assert sorted(int(out) for out, _ in results) == [0, len(BODY)], results
        assert server.sent == len(BODY)
    assert place.target.read_bytes() == BODY


def test_killed_in_the_middle_then_brought_again(place):
    with serve({PATH: BODY}, {PATH: [{"pace": 0.2}]}) as server:
        killed = process(place, server.base)
        deadline = time.monotonic() + 60
        while (place.part.stat().st_size if place.part.exists() else 0) < 500_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert place.part.stat().st_size < len(BODY)
        assert not place.target.exists()
        assert not (place.cache / NAME).exists()
        assert place.fetch(server.base).moved == len(BODY)
    assert place.target.read_bytes() == BODY
    assert not place.part.exists()


# ---------------------------------------------------------------- whole data sets

TEXT = gzip.compress(b"gene\t" + b"\t".join(b"c%d" % i for i in range(8)) + b"\n" + b"g\t1\t2\t3\t4\t5\t6\t7\t8\n")


def entry(accession, **changes):
    folder = f"{{base}}/series/{accession[:-3]}nnn/{accession}/suppl"
    return {
        "label": accession,
        "accession": accession,
        "species": "Mus musculus",
        "kind": "single-cell",
        "unit": "UMI",
        "complete": True,
        "files": [{"name": f"{accession}.txt.gz", "url": f"{folder}/{accession}.txt.gz"}],
        "reader": {"layout": "genes-by-cells", "separator": "tab", "header": "full"},
        "gene_id_type": "none",
        "normalizations": ["none"],
        "expected": {"genes": 1, "cells": 8},
        "seeds": [1],
    } | changes


def soft(accession, samples):
    lines = ["^DATABASE = GeoMiame", "!Database_name = GEO", f"^SERIES = {accession}", "!Series_title = Mice"]
    lines += [f"!Series_geo_accession = {accession}"]
    for i in range(samples):
        lines += [f"^SAMPLE = GSM{i}", f"!Sample_title = s{i}", "!Sample_organism_ch1 = Mus musculus"]
    return gzip.compress("\n".join(lines).encode() + b"\n")


def address(accession, file):
    return f"/series/{accession[:-3]}nnn/{accession}/{file}"


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
    assert rows[0] == {
        "dataset": "GSE10001",
        "status": "ok",
        "shape_found": "1 x 8",
        "shape_expected": "1 x 8",
        "bytes": len(TEXT),
        "source": server.base + address("GSE10001", "suppl/GSE10001.txt.gz"),
        "reason": "",
    }
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


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_file_is_right_or_absent(place, seed):
    draw = random.Random(seed)
    kinds = [
        {"status": 503},
        {"cut": 0.3},
        {"cut": 0.9, "no_length": True},
        {"body": BODY[:-5], "no_length": True},
        {"body": "<html>"},
        {"status": 206},
        {"body": b""},
    ]
    with serve({PATH: BODY}, {PATH: draw.choices(kinds, k=12)}) as server:
        for _ in range(12):
            try:
                place.fetch(server.base, policy=Policy(attempts=2, pause=0.001))
            except DownloadError:
                assert not place.target.exists()
            else:
                assert place.target.read_bytes() == BODY
    assert place.target.exists(), place.said
