"""What every script of the workflow shares: a log, and known errors as one line."""

import contextlib
import inspect
import sys
import time
import traceback
from pathlib import Path

from deepae.errors import DataError, DeepAEError

PREFIX = "deepae: "  # of the line that says why a script ended


@contextlib.contextmanager
def logged(path):
    """Send what is printed to the log at `path` and yield a function that logs a line with the time; with
    ``screen=True`` the user sees it too.

    A `DeepAEError` ends the script with its one line on stderr and exit status 1; its traceback, like that of any other
    error, is in the log.
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
            except DeepAEError as error:
                traceback.print_exc()
                _end(one_line(error), log, stderr)
            except Exception as error:
                traceback.print_exc()
                _end(f"unexpected {type(error).__name__}: {one_line(error)} (traceback in {path})", log, stderr)


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


def one_line(error):
    """Return an error's message, and where it arose if that was noted, as one line."""
    text = " ".join(str(error).split())
    return ": ".join([*getattr(error, "__notes__", ()), text])


def _end(message, *streams):
    """End the script; the last line of its log, like that on stderr, says why."""
    for stream in streams:
        print(f"{PREFIX}{message}", file=stream, flush=True)
    raise SystemExit(1) from None
