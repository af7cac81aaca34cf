"""What every script of the workflow shares: a log, and known errors as one line."""

import contextlib
import inspect
import re
import resource
import sys
import time
import traceback
from pathlib import Path

from deepae.errors import DataError, DeepAEError, one_line

PREFIX = "deepae: "  # of the line that says why a script ended

PEAK = "peak memory"


@contextlib.contextmanager
def logged(path):
    """Send what is printed to the log at `path` and yield a function that logs a line with the time; with
    ``screen=True`` the user sees it too.

    A `DeepAEError` ends the script with its one line on stderr and exit status 1; its traceback, like that of any other
    error, is in the log. The log also has the process's peak memory, which
    Snakemake's samples miss.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    stderr = sys.stderr
    with path.open("w", encoding="utf-8", buffering=1) as log:

        def say(line, screen=False):
            if screen:
                print(f"deepae: {line}", file=stderr, flush=True)
            print(time.strftime("%H:%M:%S"), line, file=log, flush=True)

        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            try:
                yield say
            except BaseException as error:
                traceback.print_exc()
                _say_peak(say)
                if isinstance(error, DeepAEError):
                    _end(one_line(error), log, stderr)
                if isinstance(error, Exception):
                    _end(f"unexpected {type(error).__name__}: {one_line(error)} (traceback in {path})", log, stderr)
                raise
            _say_peak(say)


def run_command(main, usage):
    """Run a module's `main` with the words of the command line and exit with its status; a known error is one line."""
    try:
        bound = inspect.signature(main).bind(*sys.argv[1:])
    except TypeError:
        sys.exit(f"usage: python -m {usage}")
    try:
        sys.exit(main(*bound.args))
    except DeepAEError as error:
        sys.exit(f"{PREFIX}{one_line(error)}")


def results_folder(path):
    """Return the folder of a run's results as a path; `DataError` if it is not there."""
    path = Path(path)
    if not path.is_dir():
        raise DataError(f"{path}: no such folder, expected the results of a run (`make`, or `make RESULTS={path}`)")
    return path


def _end(message, *streams):
    """End the script; the last line of its log, like that on stderr, says why."""
    for stream in streams:
        print(f"{PREFIX}{message}", file=stream, flush=True)
    raise SystemExit(1) from None


def peak_memory():
    """Return the most memory that this process has had resident, in bytes: the kernel's high-water mark."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss begins at that of the process that started this one
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def logged_peak(path):
    """Return the peak memory (MiB) that a job wrote at the end of its log, or None if there is none."""
    try:
        with Path(path).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            found = re.findall(rf" {PEAK} (\d+) MiB$", file.read().decode(errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return float(found[-1]) if found else None


def _say_peak(say):
    say(f"{PEAK} {peak_memory() / 2**20:.0f} MiB")
