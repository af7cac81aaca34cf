"""Bring one address over HTTP(S) into a `.part` file: resumed where it stopped, tried again with growing pauses."""

import email.utils
import errno
import itertools
import json
import os
import random
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import urllib3

from deepae.fetch.progress import Progress, readable

#: Answers after which the same request may succeed later.
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Bytes by which a try must have moved the file on, to count as progress: tries are counted from the last progress.
_STEP = 1 << 20
_BLOCK = 1 << 16
_AGENT = f"deepae-workflow ({requests.utils.default_user_agent()})"


@dataclass(frozen=True)
class Policy:
    """How patient a download is, and how polite.

    attempts       tries of one address without progress
    pause          seconds before the second try; doubles with each, times a random factor between 0.75 and 1.25
    longest_pause  seconds; also the longest Retry-After that is waited for
    timeout        seconds to connect, and to wait for the next bytes
    per_host       downloads from one host at a time, over all processes that share a cache
    """

    attempts: int = 6
    pause: float = 2.0
    longest_pause: float = 300.0
    timeout: float = 60.0
    per_host: int = 2


class Refused(Exception):
    """This address does not give the file; another one may."""


class Later(Exception):
    """The same request may succeed after a pause; `wait` is the server's own wish in seconds, or None."""

    def __init__(self, message, wait=None):
        super().__init__(message)
        self.wait = wait


def transfer(address, part, policy, say, slot, size=None):
    """Bring the whole of `address` into the file `part`; return the bytes that moved.

    address  http, https (redirects are followed, but never from https to http) or file
    part     Path; what is there from an earlier try is kept if the server says that it is still the same file
    say      function of one line, for the log
    slot     context manager factory: held while bytes flow, so that few do to one host
    size     the bytes the file must have, or None

    Raises `Refused` with one line, or OSError if the disk does not take the bytes.
    """
    part = Path(part)
    if urlsplit(address).scheme == "file":
        return _copy(address, part)
    moved, tries, best = 0, 0, _size(part)
    while True:
        before = _size(part)
        try:
            with slot():
                moved += _request(address, part, policy, say, size)
            return moved
        except Later as error:
            now = _size(part)
            moved += max(now - before, 0)
            if now >= best + _STEP:
                tries, best = 0, now
            tries += 1
            if tries >= policy.attempts:
                raise Refused(f"{error} ({tries} tries)") from error
            wait = error.wait
            if wait is None:
                wait = min(policy.pause * 2 ** (tries - 1), policy.longest_pause) * random.uniform(0.75, 1.25)
            elif wait > policy.longest_pause:
                raise Refused(
                    f"{error}, and asks to wait {wait:.0f} s: longer than {policy.longest_pause:.0f} s"
                ) from error
            say(f"{error}; try {tries + 1} of {policy.attempts} in {wait:.1f} s")
            time.sleep(wait)


def _copy(address, part):
    source = Path(unquote(urlsplit(address).path))
    if not source.is_file():
        raise Refused("no such file")
    shutil.copyfile(source, part)
    return source.stat().st_size


def discard(part):
    """Remove `part` and what is known of it."""
    Path(part).unlink(missing_ok=True)
    _notes_path(part).unlink(missing_ok=True)


def head(address, policy):
    """Return (True if the address answers with a file, one line on what it answered, its bytes or None)."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        size = _size(Path(unquote(parts.path)))
        return size > 0, "a local file" if size else "no such file", size or None
    try:
        with _session() as session:
            response = session.head(address, allow_redirects=True, timeout=policy.timeout)
            if response.status_code in (403, 405, 501):  # some servers know no HEAD
                response = session.get(address, headers={"Range": "bytes=0-0"}, stream=True, timeout=policy.timeout)
            with response:
                _check_redirects(response)
                ok = response.status_code in (200, 206) and not _is_html(response)
                found = f"{response.status_code} {response.reason}" + (", an HTML page" if _is_html(response) else "")
                return ok, found, _total(response) if ok else None
    except Refused as error:
        return False, str(error), None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        return False, reason(error), None


def _session():
    """A session (standard proxy variables, verified TLS) that asks for the bytes as they lie on the server."""
    session = requests.Session()
    session.headers.update({"User-Agent": _AGENT, "Accept-Encoding": "identity"})
    return session


def _request(address, part, policy, say, size):
    """One request; return the bytes that moved. What arrived before a failure stays in `part`."""
    notes = _read_notes(part, address)
    have = _size(part) if notes.get("validator") or notes.get("total") is not None else 0
    if have and have == notes.get("total"):
        return 0  # complete: the process was killed before the file was verified
    headers = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if notes.get("validator"):
            headers["If-Range"] = notes["validator"]
    try:
        with (
            _session() as session,
            session.get(address, headers=headers, stream=True, timeout=(policy.timeout, policy.timeout)) as response,
        ):
            _check_redirects(response)
            start = _start(response, part, notes, have)
            total = _total(response)
            if total is not None and size is not None and total != size:
                raise Refused(f"the server has {total} bytes, expected {size}")
            _check_space(part, (total or 0) - start)
            if start == 0:
                _write_notes(part, address, response, total)
            else:
                say(f"resumed at {start} of {total if total is not None else 'unknown'} bytes")
            return _receive(response, part, start, total if total is not None else size, say)
    except requests.exceptions.SSLError as error:
        raise Refused(f"TLS certificate not accepted: {reason(error)}") from error
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
        raise Later(reason(error)) from error
    except requests.exceptions.InvalidSchema as error:
        raise Refused("expected http, https or file") from error
    except requests.RequestException as error:
        raise Refused(reason(error)) from error


def _start(response, part, notes, have):
    """Return the position at which the body of `response` starts; raise for any answer that is not the file."""
    status = response.status_code
    if status in _LATER:
        raise Later(f"{status} {response.reason}", _retry_after(response))
    if status == 416:
        discard(part)
        raise Later("416: the server cannot resume there; from the beginning")
    if status not in (200, 206):
        raise Refused(f"{status} {response.reason}")
    if _is_html(response):
        title = re.search(
            rb"<title[^>]*>(.*?)</title", response.raw.read(4096, decode_content=False) or b"", re.I | re.S
        )
        name = " ".join(title[1].decode("utf-8", "replace").split()) if title else "no title"
        raise Refused(f"{status}, but an HTML page ({name}) and not the file")
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity" and not part.name.endswith((".gz.part", ".tgz.part")):
        raise Refused(f"sent with Content-Encoding {encoding}, expected the bytes as they are")
    if status == 200:
        return 0  # the file has changed, or the server does not resume
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    same = all(
        found is None or known is None or found == known  # a server may honour Range and not If-Range
        for found, known in ((_validator(response), notes.get("validator")), (_total(response), notes.get("total")))
    )
    if not have or not start or int(start[1]) != have or not same:
        discard(part)
        raise Later("the server resumed elsewhere or in another file; from the beginning")
    return have


def _receive(response, part, start, total, say):
    moved = 0
    progress = Progress(part.name.removesuffix(".part"), start, total, say)
    with open(part, "r+b" if start else "wb") as file, progress:
        file.truncate(start)
        file.seek(start)
        for block in response.raw.stream(_BLOCK, decode_content=False):
            if start + moved + len(block) > (total if total is not None else float("inf")):
                raise Refused(f"sends more than {total} bytes")
            file.write(block)
            moved += len(block)
            progress.add(len(block))
        file.flush()
        os.fsync(file.fileno())
    if total is not None and start + moved < total:
        raise Later(f"cut off at {start + moved} of {total} bytes")
    return moved


def _check_space(part, needed):
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{readable(needed)} to come, {readable(free)} free")


def _check_redirects(response):
    secure = [step.url.lower().startswith("https:") for step in (*response.history, response)]
    if any(before and not after for before, after in itertools.pairwise(secure)):
        raise Refused(f"redirected from https to {response.url}: not verified")


def _is_html(response):
    return response.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml"))


def _total(response):
    """The bytes of the whole file, or None if the server does not say."""
    if response.status_code == 206:
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        total = response.headers.get("Content-Length", "")
    return int(total) if total.isdigit() else None


def _validator(response):
    """What tells this version of the file from another: a strong ETag, else a date; If-Range takes no weak ETag."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _retry_after(response):
    """Seconds the server asks to wait, given as a number or as a date; None if it does not."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


def reason(error):
    """Return the innermost cause of a network error in a few words."""
    while True:
        if isinstance(error, urllib3.exceptions.IncompleteRead):
            return "the connection was cut off"
        inner = [getattr(error, "reason", None), *getattr(error, "args", ())[::-1], error.__cause__]
        inner = next((cause for cause in inner if isinstance(cause, Exception)), None)
        if inner is None:
            return " ".join(str(error).split()) or type(error).__name__
        error = inner


def _notes_path(part):
    return Path(f"{part}.json")


def _read_notes(part, address):
    """What the server said of the file when `part` was begun; empty if it was begun from another address."""
    try:
        notes = json.loads(_notes_path(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) and notes.get("address") == address else {}


def _write_notes(part, address, response, total):
    part.unlink(missing_ok=True)  # never new notes beside old bytes
    notes = {"address": address, "validator": _validator(response), "total": total}
    _notes_path(part).write_text(json.dumps(notes), encoding="utf-8")


def _size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
