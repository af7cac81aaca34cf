"""What a run says while it runs: a few lines that are kept up to date in a terminal, plain lines elsewhere.

How far a training is stands in its log, which is read as it grows. In a terminal everything that this process and its
jobs write to standard error passes through here, so that messages scroll by above the lines.
"""

import logging
import os
import re
import sys
import threading
import time
from dataclasses import dataclass, field

from deepae.config.plan import duration, job_name

SHOWN = 4  # running jobs that a terminal shows
EVERY = {True: 0.3, False: 60.0}  # seconds between two looks: in a terminal, elsewhere
_UPDATE = re.compile(rb"iteration (\d+) of (\d+)")
_SEED_DONE = re.compile(rb"seed \d+: (trained|failed)")


@dataclass
class Running:
    """A job that runs: its name, its log, the seconds it should take, and the seeds that it trains (0: no training)."""

    name: str
    log: str | None
    seconds: float
    seeds: int = 0
    start: float = field(default_factory=time.monotonic)
    offset: int = 0
    done: int = 0
    update: tuple = (0, 0)

    def look(self):
        """Read what the log has gained."""
        if not (self.seeds and self.log):
            return
        try:
            with open(self.log, "rb") as file:
                file.seek(self.offset)
                text = file.read()
        except OSError:
            return
        self.offset += len(text)
        done = len(_SEED_DONE.findall(text))
        if done:
            self.done, self.update = self.done + done, (0, 0)
            text = text[[match.end() for match in _SEED_DONE.finditer(text)][-1] :]
        for found in _UPDATE.finditer(text):
            self.update = int(found[1]), int(found[2])

    def fraction(self):
        """Return how much of the job is done, from 0 to 1: seen in the log of a training, else by the clock."""
        if self.seeds and (self.done or self.update[0]):
            return min(1.0, (self.done + self.update[0] / max(1, self.update[1])) / self.seeds)
        return min(0.95, (time.monotonic() - self.start) / max(self.seconds, 1.0))

    def __str__(self):
        if not (self.seeds and (self.done or self.update[0])):
            return f"{self.name}, {duration(time.monotonic() - self.start)}"
        seed = f"seed {min(self.done + 1, self.seeds)} of {self.seeds}"
        return f"{self.name}, {seed}" + (f", update {self.update[0]} of {self.update[1]}" if self.update[0] else "")


class Status:
    """Jobs done and running, and how long it will still take.

    Parameters
    ----------
    jobs : int
        Jobs of the run.
    work : float
        Seconds that all of them take together, as forecast.
    seconds : float
        Seconds until all are done, as forecast.
    """

    def __init__(self, jobs, work, seconds):
        self.jobs, self.work, self.seconds = jobs, work, seconds
        self.start = time.monotonic()
        self.running, self.finished, self.failed, self.worked = {}, 0, 0, 0.0

    def begin(self, number, job):
        """A job has started."""
        self.running[number] = job

    def end(self, number, failed=False):
        """A job has ended; return it, or None if it never began."""
        job = self.running.pop(number, None)
        if job is not None:
            self.worked += job.seconds
        self.failed, self.finished = self.failed + failed, self.finished + (not failed)
        return job

    def left(self):
        """Return the seconds that are left: the forecast, corrected by what was done in the time so far."""
        gone = time.monotonic() - self.start
        worked = self.worked + sum(job.fraction() * job.seconds for job in self.running.values())
        share = min(1.0, worked / max(self.work, 1e-9))
        if share <= 0:
            return self.seconds
        measured = gone * (1 - share) / share
        trust = min(1.0, gone / 60, 4 * share)  # the first seconds say little
        return trust * measured + (1 - trust) * max(0.0, self.seconds * (1 - share))

    def headline(self):
        """Return one line: jobs done, time gone and left."""
        failed = f", {self.failed} failed" if self.failed else ""
        gone = duration(time.monotonic() - self.start)
        return f"deepae: {self.finished} of {self.jobs} jobs{failed}; {gone} gone, about {duration(self.left())} left"

    def lines(self, most=SHOWN):
        """Return the headline and the running jobs, the one with most left first."""
        for job in self.running.values():
            job.look()
        jobs = sorted(self.running.values(), key=lambda job: -job.seconds * (1 - job.fraction()))
        more = [f"  … and {len(jobs) - most} more"] if len(jobs) > most else []
        return [self.headline(), *(f"  {job}" for job in jobs[:most]), *more]


class Terminal:
    """Shows a `Status` on standard error until `stop`; a context for tests, a pair of calls for a run.

    Parameters
    ----------
    status : Status
    live : bool, optional
        Whether standard error is a terminal that can move its cursor; by default what it is.
    """

    def __init__(self, status, live=None):
        self.status = status
        self.live = os.isatty(2) and os.environ.get("TERM") != "dumb" if live is None else live
        self._drawn = 0
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._screen = self._reader = None

    def start(self):
        """Begin to show."""
        if self.live:
            sys.stderr.flush()
            self._screen = os.dup(2)
            read, write = os.pipe()
            os.dup2(write, 2)
            os.close(write)
            self._reader = threading.Thread(target=self._pass_on, args=(read,), daemon=True)
            self._reader.start()
        threading.Thread(target=self._keep_up, daemon=True).start()

    def stop(self):
        """Show no more, and give standard error back."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self.live:
            sys.stderr.flush()
            os.dup2(self._screen, 2)  # closes the pipe's end, unless a job that lives on has it
            self._reader.join(timeout=1)
            with self._lock:
                self._clear()

    def event(self, line):
        """Say one line about a job, where lines are all there is."""
        if not self.live:
            print(line, file=sys.stderr, flush=True)

    def _pass_on(self, read):
        while text := os.read(read, 1 << 16):
            with self._lock:
                self._clear()
                os.write(self._screen, text)
                if text.endswith(b"\n"):
                    self._draw()
        os.close(read)

    def _keep_up(self):
        while not self._stopped.wait(EVERY[self.live]):
            with self._lock:
                if self._stopped.is_set():
                    return
                if self.live:
                    self._clear()
                    self._draw()
                elif self.status.running:
                    self.event("; ".join(line.strip() for line in self.status.lines()))

    def _clear(self):
        if self._drawn:
            os.write(self._screen, f"\x1b[{self._drawn}A\r\x1b[J".encode())
            self._drawn = 0

    def _draw(self):
        if self._stopped.is_set():
            return
        columns = os.get_terminal_size(self._screen).columns if os.isatty(self._screen) else 0
        width = columns or 100  # some terminals do not say
        lines = [line if len(line) < width else line[: width - 2] + "…" for line in self.status.lines()]
        os.write(self._screen, "".join(line + "\n" for line in lines).encode())
        self._drawn = len(lines)


class JobEvents(logging.Handler):
    """Tells a terminal which jobs begin and end, from the records that Snakemake logs.

    Parameters
    ----------
    terminal : Terminal
    expected : callable
        Takes a rule and its wildcards; returns the seconds that the job should take and the seeds that it trains.
    """

    BLOCKS = frozenset({"job_info", "job_started", "job_finished", "progress", "shellcmd", "resources_info"})

    def __init__(self, terminal, expected):
        super().__init__()
        self.terminal, self.expected = terminal, expected

    @staticmethod
    def kind(record):
        """Return what a record tells of, or an empty text."""
        return getattr(getattr(record, "event", None), "value", "")

    @classmethod
    def passes(cls, record):
        """Return whether Snakemake's own text of a record is shown: not what these lines say shorter."""
        return cls.kind(record) not in cls.BLOCKS and record.msg != "Select jobs to execute..."

    def emit(self, record):
        """Take note of a record."""
        kind, status = self.kind(record), self.terminal.status
        if kind == "job_info":
            wildcards = dict(record.wildcards or {})
            name = job_name(record.rule_name, wildcards)
            log = next(iter(record.log or []), None)
            status.begin(record.jobid, Running(name, log, *self.expected(record.rule_name, wildcards)))
        elif kind == "job_error":
            status.end(record.jobid, failed=True)
        elif kind == "job_finished":
            job = status.end(record.job_id)
            if job:
                took = duration(time.monotonic() - job.start)
                self.terminal.event(f"{job.name}: done in {took}; {status.headline().removeprefix('deepae: ')}")
