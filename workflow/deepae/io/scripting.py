"""What every script of the workflow shares: a log, and known errors as one line."""

import contextlib
import sys
import time
import traceback
from pathlib import Path

from deepae.errors import DeepAEError


@contextlib.contextmanager
def logged(path):
    """Send what is printed to the log at `path` and yield a function that logs a line with the time.

    A `DeepAEError` ends the script with its one line on stderr and exit status 1; its traceback, like that of any other
    error, is in the log.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    stderr = sys.stderr
    with path.open("w", encoding="utf-8", buffering=1) as log:

        def say(line):
            print(time.strftime("%H:%M:%S"), line, file=log, flush=True)

        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            try:
                yield say
            except DeepAEError as error:
                traceback.print_exc()
                print(f"deepae: {error}", file=stderr, flush=True)
                raise SystemExit(1) from None
            except Exception as error:
                traceback.print_exc()
                print(f"deepae: unexpected {type(error).__name__}: {error} (traceback in {path})", file=stderr)
                raise SystemExit(1) from None
