"""Downloads against a local server that misbehaves: never a bad file under its final name, always one clear line."""

import ctypes
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from http_server import Server, closed_port, serve

from deepae.errors import DownloadError
from deepae.fetch import download, web
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


PAGE = "\n <!DOCTYPE html><html><head><title>Maintenance</title></head></html>"


@pytest.mark.parametrize(
    ("fault", "message", "asked"),
    [
        (None, "404 Not Found", 1),  # a missing file is not asked for again
        ({"status": 503}, "503 Service Unavailable", 4),
        ({"status": 503, "headers": {"Retry-After": "86400"}}, "asks to wait 86400 s", 1),
        ({"redirect": PATH}, "redirects", None),
        *[
            ({"body": BODY[: int(share * len(BODY))]}, "truncated|empty|damaged", None)
            for share in (0, 0.001, 0.5, 0.999)
        ],
        *[
            ({"body": PAGE, "type": kind}, "HTML page", None)
            for kind in ("text/html; charset=utf-8", "application/gzip")
        ],
    ],
)
def test_what_goes_wrong_for_good_is_one_line(place, fault, message, asked):
    """Bodies end without it having been said how much was to come, or the server itself has a bad file."""
    faults = {PATH: [fault | {"no_length": "body" in fault, "repeat": True}]} if fault else {}
    with serve({PATH: BODY} if fault else {}, faults) as server:
        place.refused(server.base, message)
    assert asked in (None, len(server.requests))
    assert place.left() == []


@pytest.mark.parametrize("fault", [{"cut": 0.6}, {"body": BODY[:1000]}, {"headers": {"Content-Encoding": "x-gzip"}}])
def test_a_file_that_was_cut_off_damaged_or_declared_as_encoded_arrives_whole(place, fault):
    with serve({PATH: BODY}, {PATH: [fault]}) as server:
        assert place.fetch(server.base).sha256 == SHA256
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


def test_no_network_an_unknown_host_and_an_unknown_scheme(place):
    assert len(place.refused(closed_port(), "Connection refused")) < 200
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
    assert [entry["path"] for entry in proxy.requests] == [f"http://geo.invalid{PATH}"]


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


def test_mirror_when_the_primary_address_fails(place):
    with serve({PATH: BODY}) as mirror, serve({}) as server:
        file = FILE | {"mirrors": [closed_port() + "/x", mirror.base + PATH]}
        assert place.fetch(server.base, file).source == mirror.base + PATH


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
        asked, time_of_bytes = len(server.requests), place.target.stat().st_mtime_ns
        place.target.unlink()  # Snakemake deletes an output before a rerun
        changed = {"name": NAME, "url": "http://geo.invalid/x", "mirrors": [server.base + PATH]}
        assert place.fetch(closed_port(), changed).moved == 0
        assert len(server.requests) == asked
    assert place.target.samefile(place.cache / NAME)
    assert place.target.stat().st_mtime_ns == time_of_bytes


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


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_file_is_right_or_absent(place, seed):
    draw = random.Random(seed)
    kinds = [{"status": 503}, {"status": 206}, {"cut": 0.3}, {"cut": 0.9, "no_length": True}]
    kinds += [{"body": b""}, {"body": "<html>"}, {"body": BODY[:-5], "no_length": True}]
    with serve({PATH: BODY}, {PATH: draw.choices(kinds, k=12)}) as server:
        for _ in range(12):
            try:
                place.fetch(server.base, policy=Policy(attempts=2, pause=0.001))
            except DownloadError:
                assert not place.target.exists()
            else:
                assert place.target.read_bytes() == BODY
    assert place.target.exists(), place.said
