"""Fetch a file of the catalogue: verified bytes in a cache, and the declared output a hard link or a copy of them.

The cache lies outside Snakemake's outputs (which are deleted before a rerun), so a rerun moves no byte. For each file
it holds:

    <name>          the bytes: complete and verified, or absent
    <name>.sha256   their checksum, as `sha256sum -c` reads it: from the catalogue, or trusted on first use
    <name>.source   the address they came from
    <name>.part     bytes on their way
    <name>.lock     held while one process fetches
"""

import contextlib
import errno
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from deepae.config.catalogue import DOWNLOADS, addresses
from deepae.data import archives
from deepae.errors import DataError, DownloadError
from deepae.fetch import web
from deepae.fetch.web import Policy
from deepae.io.files import sha256, write_text

SITES = {"base": "https://ftp.ncbi.nlm.nih.gov/geo", "download": "https://www.ncbi.nlm.nih.gov/geo/download"}
"""What `{base}` and `{download}` in an address stand for, unless the configuration says otherwise."""
CACHE = Path(DOWNLOADS) / ".cache"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HTML = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Fetched:
    """A verified file: its `path`, `bytes`, `sha256`, the `source` it came from, and the bytes that `moved` now."""

    path: Path
    bytes: int
    sha256: str
    source: str
    moved: int


def fetch(file, target, cache=CACHE, sites=SITES, policy=None, say=print, manual=None):
    """Make `target` the verified bytes of a catalogue file; return `Fetched`.

    file    mapping: name; url, mirrors (addresses; `{base}`, `{download}` as in `sites`); bytes and sha256 where known
    target  path of the declared output
    cache   folder of the bytes
    policy  `Policy`: tries, pauses, time-outs, downloads per host
    say     function of one line, for the log
    manual  the line that says what a user has to do for a file without an address

    Raises `DownloadError`, one line.
    """
    name, target, cache = file["name"], Path(target), Path(cache)
    with _disk(name, cache):
        fetched = _cached(file, cache / name, target, sites, policy or Policy(), say, manual)
        if target.exists() and not target.samefile(fetched.path) and sha256(target) != fetched.sha256:
            raise DownloadError(f"{target}: differs from the verified {fetched.path}: remove the one that is wrong")
        link(fetched.path, target)
    return replace(fetched, path=target)


def verify(file, path):
    """Check a file that is here already against its catalogue entry; return `Fetched`. Raises `DownloadError`."""
    path = Path(path)
    if not path.is_file():
        raise DownloadError(f"{file['name']}: {path} does not exist or is not a file")
    with _disk(file["name"], path):
        return Fetched(path, path.stat().st_size, _verified(path, file, None), str(path), 0)


def link(source, target):
    """Make `target` a hard link to `source`, or a copy where the file system allows no link. Complete or absent."""
    source, target = Path(source), Path(target)
    if target.exists() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".link-") as folder:
        temporary = Path(folder) / target.name
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copy2(source, temporary)
        os.replace(temporary, target)


def _cached(file, cached, target, sites, policy, say, manual):
    """Return the verified file of the cache, after a download if it is not there yet."""
    name = file["name"]
    record = cached.with_name(f"{cached.name}.sha256")
    with web.locked(cached.with_name(f"{cached.name}.lock"), say):
        expected = _recorded(record)
        origin = cached.with_name(f"{cached.name}.source")
        if not cached.exists() and target.is_file():
            try:
                _verified(target, file, expected)
            except DownloadError as error:
                raise DownloadError(f"{error}; remove {target} to have it fetched") from error
            say(f"{name}: found at {target}; taken into the cache")
            link(target, cached)
            origin.unlink(missing_ok=True)
        if cached.exists():
            try:
                found = _verified(cached, file, expected)
            except DownloadError as error:
                damaged = cached.with_name(f"{name}.damaged")
                if target.exists() and target.samefile(cached):
                    target.unlink()
                os.replace(cached, damaged)
                say(f"{error}; moved to {damaged}")
            else:
                if expected is None:
                    _record(record, found, name)
                say(f"{name}: in the cache, sha256 {found}; no byte moved")
                return Fetched(cached, cached.stat().st_size, found, _source(origin), 0)
        part = cached.with_name(f"{name}.part")
        try:
            found, address = _download(file, part, expected, sites, policy, say, manual)
            _record(record, found, name)
            write_text(origin, f"{address}\n")
            os.replace(part, cached)
        finally:
            part.unlink(missing_ok=True)
        size = cached.stat().st_size
        trust = "" if file.get("sha256") or expected else " (none was known: trusted on first use)"
        say(f"{name}: complete, {size} bytes, sha256 {found}{trust}, from {address}")
        return Fetched(cached, size, found, address, size)


def _download(file, part, expected, sites, policy, say, manual):
    """Bring the file into `part` from the first address that gives it; return (sha256, address)."""
    name, listed = file["name"], addresses(file, sites)
    if not listed:
        raise DownloadError(manual or f"{name}: no address is known, expected `url`, `mirrors` or `path`")
    reasons, later = [], False
    for address in listed:
        say(f"{name}: {address}")
        try:
            with web.one_of(policy.per_host, part.parent / ".hosts", address):
                return _bring_twice(address, part, file, expected, policy, say), address
        except DownloadError as error:
            reasons.append(f"{address}: {str(error).removeprefix(f'{name}: ')}")
            later = later or isinstance(error, web.Later)
            say(f"{name}: {reasons[-1]}")
    raise (web.Later if later else DownloadError)(f"{name}: not fetched: {'; '.join(reasons)}")


def _bring_twice(address, part, file, expected, policy, say):
    """Bring and verify; bytes that are wrong are brought once more, for they may have been damaged on the way."""
    web.bring(address, part, policy, say, file.get("bytes"))
    try:
        return _verified(part, file, expected)
    except DownloadError as error:
        say(f"{error}; once more")
    web.bring(address, part, policy, say, file.get("bytes"))
    return _verified(part, file, expected)


def _verified(path, file, expected):
    """Return the sha256 of `path` after size, checksum and archive are checked; `DownloadError` if one is wrong."""
    name = file["name"]
    size = path.stat().st_size
    if size == 0:
        raise DownloadError(f"{name}: empty, expected data")
    if file.get("bytes") is not None and size != file["bytes"]:
        raise DownloadError(f"{name}: {size} bytes, expected {file['bytes']}")
    with open(path, "rb") as stream:
        if _HTML.match(stream.read(1024)):
            raise DownloadError(f"{name}: an HTML page, expected the file")
    found = sha256(path)
    known = file.get("sha256")
    if known and found != known.lower():
        raise DownloadError(f"{name}: sha256 {found}, expected {known.lower()}")
    try:
        archives.check(path, file["name"])
    except DataError as error:
        raise DownloadError(f"{name}: {str(error).removeprefix(file['name'] + ': ')}") from error
    if not known and expected and found != expected:
        raise DownloadError(
            f"{name}: sha256 {found}, expected {expected} as when it was first fetched; if the file may have changed, "
            "remove its .sha256 from the cache"
        )
    return found


def _recorded(record):
    """Return the checksum that was trusted on first use, or None."""
    try:
        found = re.match(r"[0-9a-f]{64}\b", record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not found:
        raise DownloadError(f"{record}: holds no sha256, expected 64 hexadecimal digits")
    return found[0]


def _record(record, sha256, name):
    write_text(record, f"{sha256}  {name}\n")


def _source(origin):
    return origin.read_text(encoding="utf-8").strip() if origin.exists() else "put there by hand"


@contextlib.contextmanager
def _disk(name, root):
    """A full or unwritable disk ends with one line."""
    try:
        yield
    except OSError as error:
        where = error.filename or root
        if error.errno in _FULL:
            raise DownloadError(
                f"{name}: the disk of {root} is full ({error.strerror}); what is complete is kept"
            ) from error
        raise DownloadError(f"{name}: {where}: {error.strerror or error}") from error
