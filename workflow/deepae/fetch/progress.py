"""Progress of a download: a line that moves on a terminal, plain lines in a log."""

import sys
import time

from tqdm import tqdm

#: Seconds between two plain lines.
EVERY = 15.0


class Progress:
    """Bytes, rate and time left of one file.

    name   the file
    start  bytes that were there before
    total  bytes of the whole file, or None if unknown
    say    function of one line, for the log
    """

    def __init__(self, name, start, total, say):
        self.name, self.start, self.total, self.say = name, start, total, say
        self.done, self.began = start, time.monotonic()
        self.told = self.began
        terminal = sys.__stderr__  # a script's own stderr goes to its log
        shown = terminal is not None and terminal.isatty()
        self.bar = tqdm(
            desc=name,
            initial=start,
            total=total,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=not shown,
            file=terminal,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()
        self.say(self.line())

    def add(self, n):
        """Count `n` more bytes."""
        self.done += n
        self.bar.update(n)
        if time.monotonic() - self.told >= EVERY:
            self.told = time.monotonic()
            self.say(self.line())

    def line(self):
        """Return the state as one line."""
        rate = (self.done - self.start) / max(time.monotonic() - self.began, 1e-3)
        of = f" of {readable(self.total)}" if self.total is not None else ""
        left = (
            f", {(self.total - self.done) / rate:.0f} s left" if self.total and rate and self.done < self.total else ""
        )
        return f"{self.name}: {readable(self.done)}{of}, {readable(rate)}/s{left}"


def readable(n):
    """Return `n` bytes in a readable unit."""
    for unit in ("B", "kB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1000
    return f"{n:.1f} GB"
