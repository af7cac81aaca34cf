"""What a run says while it runs: lines in a terminal that are kept up to date, plain lines elsewhere."""

import logging
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from terminals import in_a_terminal, shown

from deepae.report.terminal import JobEvents, Running, Status, Terminal

SCRIPT = """
import subprocess, sys, time
from deepae.report.terminal import Running, Status, Terminal
status = Status(3, 30.0, 20.0)
terminal = Terminal(status)
terminal.start()
status.begin(1, Running("train A/h10", sys.argv[1], 10.0, 2))
status.begin(2, Running("evaluate A", None, 10.0))
time.sleep(1.5)
print("a message of this process", file=sys.stderr)
subprocess.run(["sh", "-c", "echo deepae: a job says why >&2"])
time.sleep(1.2)
status.end(1)
terminal.event("train A/h10: done")
terminal.stop()
print("the last line", file=sys.stderr)
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "h10.log"
    path.write_text("12:00 h 10, seed 7: iteration 9 of 1000, loss 1\n12:01 seed 7: trained in 3 s\n")
    with path.open("a") as file:
        file.write("12:02 h 10, seed 8: iteration 640 of 1000, loss 0.5, about 4 s left\n")
    return path


def test_lines_stay_in_place_and_messages_scroll_by(log):
    written = in_a_terminal([sys.executable, "-c", SCRIPT, str(log)])
    assert "deepae: 0 of 3 jobs; " in written
    assert "train A/h10, seed 2 of 2, update 640 of 1000" in written
    assert written.count("\x1b[") > 2, "lines are drawn again in their place"
    assert shown(written) == ["a message of this process", "deepae: a job says why", "the last line"]


def test_plain_lines_where_there_is_no_terminal(log):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(log)], text=True, capture_output=True, check=True)
    assert "\x1b" not in done.stderr
    said = ["a message of this process", "deepae: a job says why", "train A/h10: done", "the last line"]
    assert done.stderr.splitlines() == said


def test_time_left_follows_what_was_done():
    status = Status(4, 400.0, 200.0)
    assert status.left() == pytest.approx(200, rel=0.01), "at first the forecast"
    status.start -= 300
    status.begin(1, Running("evaluate A", None, 100.0))
    status.end(1)
    assert status.left() == pytest.approx(900, rel=0.01), "a quarter took 300 seconds"
    status.begin(2, Running("evaluate B", None, 100.0))
    status.end(2, failed=True)
    assert "1 of 4 jobs, 1 failed" in status.headline()


def test_a_log_is_read_as_it_grows(log):
    job = Running("train A/h10", str(log), 10.0, 3)
    job.look()
    assert job.fraction() == pytest.approx((1 + 0.64) / 3)
    with log.open("a") as file:
        file.write("12:03 seed 8: failed, diverged\n12:04 h 10, seed 9: iteration 100 of 1000, loss 1\n")
    job.look()
    assert job.fraction() == pytest.approx((2 + 0.1) / 3)
    assert str(job) == "train A/h10, seed 3 of 3, update 100 of 1000"


def test_snakemakes_records_become_jobs(capsys):
    status = Status(2, 20.0, 20.0)
    events = JobEvents(Terminal(status, live=False), lambda rule, wildcards: (10.0, 2))

    def record(kind, **values):
        made = logging.LogRecord("x", logging.INFO, "", 0, "text", (), None)
        made.__dict__ |= {"event": SimpleNamespace(value=kind)} | values
        events.emit(made)
        return made

    job = {"rule_name": "train", "wildcards": {"dataset": "A", "h": "10"}, "log": ["results/logs/x.log"]}
    assert not events.passes(record("job_info", jobid=1, **job))
    assert str(status.running[1]).startswith("train A/h10, ")
    assert events.passes(record("job_error", jobid=1))
    record("job_info", jobid=2, **job)
    record("job_finished", job_id=2)
    assert (status.finished, status.failed, status.running) == (1, 1, {})
    said = capsys.readouterr().err
    assert re.fullmatch(r"train A/h10: done in \d+ s; 1 of 2 jobs, 1 failed; .*left\n", said)


def test_a_look_costs_little(tmp_path):
    """Sixteen trainings for days: their logs are read once, not at every look."""
    path = tmp_path / "long.log"
    path.write_text("12:00 h 10, seed 7: iteration 9 of 1000, loss 1\n" * 20_000)
    jobs = [Running(f"train {i}", str(path), 10.0, 2) for i in range(16)]
    for job in jobs:
        job.look()
    start = time.perf_counter()
    for job in jobs:
        job.look()
    assert time.perf_counter() - start < 0.1
