"""Bytes from an address: pooch brings them, tenacity tries again, filelock allows a few at a time to one host."""

import contextlib
import email.utils
import errno
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import filelock
import pooch
import requests
import tenacity
import urllib3
from tqdm import tqdm

from deepae.errors import DownloadError, one_line

LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed later."""
BLOCK = 1 << 16
AGENT = f"deepae-workflow ({requests.utils.default_user_agent()})"
HTML = ("text/html", "application/xhtml")


@dataclass(frozen=True)
class Policy:
    """How patient a download is, and how polite.

    attempts       tries of one address
    pause          seconds before the second try; doubles with each, with jitter
    longest_pause  seconds; also the longest Retry-After that is waited for
    timeout        seconds to connect, and to wait for the next bytes
    per_host       downloads from one host at a time, over all processes that share a cache
    """

    attempts: int = 6
    pause: float = 2.0
    longest_pause: float = 300.0
    timeout: float = 60.0
    per_host: int = 2


class Refused(DownloadError):
    """This address does not give the file; another one may."""


class Later(DownloadError):
    """The same request may succeed after a pause; `wait` is the server's own wish in seconds, or None."""

    def __init__(self, message, wait=None):
        super().__init__(message)
        self.wait = wait


def bring(address, target, policy, say=print, size=None):
    """Write what an address has to the file `target`.

    Parameters
    ----------
    address : str
        http, https (redirects are followed, but never from https to http) or file.
    target : path
        Complete only if no error is raised.
    policy : Policy
    say : callable
        Takes one line, for the log.
    size : int, optional
        The bytes that the file must have.

    Raises
    ------
    Refused, Later
        One line: why the address does not give the file; after `Later` it may another time.
    OSError
        If the disk does not take the bytes.
    """
    target = Path(target)
    if urlsplit(address).scheme == "file":
        return _copy(address, target)
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Later),
        stop=tenacity.stop_after_attempt(policy.attempts),
        wait=lambda state: _pause(state, policy),
        before_sleep=lambda state: say(f"{state.outcome.exception()}; again in {state.next_action.sleep:.1f} s"),
        sleep=lambda seconds: time.sleep(seconds),
        reraise=True,
    )
    return again(_once, address, target, policy, size)


def head(address, policy):
    """Ask an address without fetching; return (whether it answers with a file, what it said, bytes or None)."""
    if urlsplit(address).scheme == "file":
        path = _local(address)
        return (True, "a file", path.stat().st_size) if path.is_file() else (False, "no such file", None)
    try:
        answer = _ask(requests.head, address, policy)
        if answer.status_code in (405, 501):  # some servers take no HEAD
            answer = _ask(requests.get, address, policy)
    except requests.RequestException as error:
        return False, reason(error), None
    if answer.status_code != 200:
        return False, f"{answer.status_code} {answer.reason}", None
    if answer.headers.get("Content-Type", "").lower().startswith(HTML):
        return False, "an HTML page", None
    length = answer.headers.get("Content-Length", "")
    return True, "a file", int(length) if length.isdecimal() else None


@contextlib.contextmanager
def locked(path, say=print):
    """Hold the lock file at `path`, after waiting for whoever has it. Without locks on this disk, say so and go on."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            say(f"waiting for the process that holds {path}")
            lock.acquire()
    except (NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        say(f"{path}: this file system has no locks; do not fetch twice at the same time")
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def one_of(n, folder, address, pause=0.2):
    """Hold one of the `n` places that a host has in `folder`, after waiting until one is free."""
    host = urlsplit(address).hostname or "none"
    Path(folder).mkdir(parents=True, exist_ok=True)
    places = [filelock.FileLock(Path(folder) / f"{host}.{number}.lock", blocking=False) for number in range(n)]
    while True:
        for place in places:
            try:
                with place:
                    yield
                    return
            except filelock.Timeout:
                continue
        time.sleep(pause)


def reason(error):
    """Return the innermost cause of a network error in a few words."""
    while True:
        if isinstance(error, urllib3.exceptions.IncompleteRead):
            return "the connection was cut off"
        inner = [getattr(error, "reason", None), *getattr(error, "args", ())[::-1], error.__cause__]
        inner = next((cause for cause in inner if isinstance(cause, Exception)), None)
        if inner is None:
            return one_line(error)
        error = inner


class _Bar(tqdm):
    """pooch asks whether it has a bar; tqdm does not say before it knows how much is to come."""

    def __bool__(self):
        return True


def _once(address, target, policy, size):
    """One try. What was there before is written over: a server may have another file by now."""
    terminal = sys.__stderr__  # a script's own stderr goes to its log
    shown = terminal is not None and terminal.isatty()
    bar = _Bar(desc=target.name, unit="B", unit_scale=True, leave=False, disable=not shown, file=terminal)
    download = pooch.HTTPDownloader(
        progressbar=bar,
        chunk_size=BLOCK,
        timeout=(policy.timeout, policy.timeout),
        headers=_headers(),
        hooks={"response": lambda response, **_: _check(response, target, policy, size)},
    )
    try:
        download(address, str(target), None)
    except requests.exceptions.SSLError as error:
        raise Refused(f"TLS certificate not accepted: {reason(error)}") from error
    except (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
        raise Refused("expected http, https or file") from error
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise Later(reason(error)) from error
    except requests.RequestException as error:
        raise Refused(reason(error)) from error
    finally:
        bar.close()


def _check(response, target, policy, size):
    """Refuse an answer that is not the file, before its bytes flow."""
    status = response.status_code
    if response.is_redirect:
        goes_to = urljoin(response.url, response.headers["Location"])
        if urlsplit(response.url).scheme == "https" and urlsplit(goes_to).scheme != "https":
            raise Refused(f"redirected from https to {goes_to}: not verified")
        return
    if status in LATER:
        wait = _retry_after(response)
        if wait is not None and wait > policy.longest_pause:
            raise Refused(f"{status} {response.reason}: asks to wait {wait:.0f} s")
        raise Later(f"{status} {response.reason}", wait)
    if status != 200:
        raise Refused(f"{status} {response.reason}")
    if response.headers.get("Content-Type", "").lower().startswith(HTML):
        raise Refused(f"{status}, but an HTML page and not the file")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal():
        if size is not None and int(length) != size:
            raise Refused(f"the server has {length} bytes, expected {size}")
        free = shutil.disk_usage(target.parent).free
        if int(length) > free:
            raise OSError(errno.ENOSPC, f"{length} bytes to come, {free} free", str(target))
    response.raw.headers.pop("Content-Encoding", None)  # some servers call a .gz so: its bytes stay as they are


def _ask(method, address, policy):
    """The answer to a request, without its bytes."""
    with method(address, timeout=policy.timeout, allow_redirects=True, headers=_headers(), stream=True) as answer:
        return answer


def _headers():
    return {"User-Agent": AGENT, "Accept-Encoding": "identity"}


def _pause(state, policy):
    """Seconds before the next try: the server's wish, or twice as long as before."""
    wait = state.outcome.exception().wait
    if wait is not None:
        return wait
    longest = min(policy.pause * 2 ** (state.attempt_number - 1), policy.longest_pause)
    return tenacity.wait_random(0.75 * longest, 1.25 * longest)(state)


def _retry_after(response):
    """Seconds the server asks to wait, given as a number or as a date; None if it does not."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


def _local(address):
    return Path(unquote(urlsplit(address).path))


def _copy(address, target):
    path = _local(address)
    if not path.is_file():
        raise Refused(f"{path}: no such file")
    shutil.copyfile(path, target)
