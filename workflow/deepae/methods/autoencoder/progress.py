"""A line of progress every few seconds."""

import time


class Progress:
    """Says how far training has come.

    Parameters
    ----------
    log : callable or None
        Called with a line.
    total : int
        Updates to be done.
    label : str
        What is trained.
    every : float
        Seconds between lines.
    """

    def __init__(self, log, total, label="", every=5.0):
        self.log, self.total, self.label, self.every = log, total, label, every
        self.start = self.last = time.monotonic()

    def due(self):
        """Return whether it is time for a line: ask before you compute a loss for it."""
        return self.log is not None and time.monotonic() - self.last >= self.every

    def say(self, done, loss):
        """Write the line: updates done, loss, seconds left."""
        self.last = time.monotonic()
        left = (self.last - self.start) / max(done, 1) * (self.total - done)
        self.log(f"{self.label}iteration {done} of {self.total}, loss {loss:.6g}, about {left:.0f} s left")
