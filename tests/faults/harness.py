"""What the fault trials share: a small workflow to disturb, to resume and to compare with an undisturbed run."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CONFIG = ROOT / "tests" / "data" / "smallest.yaml"
TARGETS = ("results/tables/metrics.tsv", "results/tables/blocks/main.tsv")
CELLS = 4  # of the grid of smallest.yaml
TIMES = ("fit_seconds", "evaluate_seconds")


class Workflow:
    """The small workflow in a directory of its own."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.results = self.directory / "results"

    def start(self, *arguments, targets=TARGETS, config=(), **environment):
        """Start snakemake in a process group of its own; its output goes to ``output.txt``."""
        command = [BIN / "snakemake", *targets, "--snakefile", ROOT / "Snakefile", "--directory", self.directory]
        command += ["--cores", "2", *arguments, "--configfile", CONFIG, *config]
        env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"} | environment
        log = self.directory.parent / f"{self.directory.name}.txt"  # a full disk must not lose it
        with log.open("w") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process.log = log
        return process

    def run(self, *arguments, **keywords):
        """Run snakemake to its end; return (exit status, output)."""
        process = self.start(*arguments, **keywords)
        status = process.wait(timeout=1200)
        return status, process.log.read_text(errors="replace")

    def resume(self, **keywords):
        """What a user does after a crash: unlock, run again. Return (exit status, output)."""
        status, output = self.run("--unlock")
        assert status == 0, output[-2000:]
        return self.run(**keywords)

    def jobs(self, process):
        """The processes of a running snakemake that compute: its scripts."""
        found = []
        try:
            for child in psutil.Process(process.pid).children(recursive=True):
                words = child.cmdline()
                if any(".snakemake/scripts/" in word for word in words) and "python" in Path(words[0]).name:
                    found.append(child)
        except psutil.NoSuchProcess:
            pass
        return found

    def orphans(self):
        """Scripts of this workflow whose snakemake is gone."""
        mark = str(self.directory / ".snakemake" / "scripts")
        found = []
        for process in psutil.process_iter(["cmdline"]):
            if any(mark in word for word in process.info["cmdline"] or ()):
                found.append(process)
        return found

    def leftovers(self):
        """Temporary files that a killed writer left behind."""
        return [path for path in self.results.rglob(".*") if path.is_file()]


def stop(process):
    """End a snakemake and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def differences(one, other, extra=False):
    """Files of two runs that differ: in their names, in a column or array that is no time, else in a byte.

    With `extra` the other run may have more files.
    """
    names = {run: results_of(run) for run in (one, other)}
    found = sorted(str(name) for name in (names[one] - names[other] if extra else names[one] ^ names[other]))
    for name in sorted(names[one] & names[other]):
        a, b = one.results / name, other.results / name
        if name.suffix == ".tsv":
            same = rows(a) == rows(b)
        elif name.parts[0] == "dictionaries":
            same = arrays(a) == arrays(b)
        else:
            same = a.read_bytes() == b.read_bytes()
        if not same:
            found.append(str(name))
    return found


def results_of(run):
    """Names of the results of a run, without logs, timings and hidden files."""
    names = (path.relative_to(run.results) for path in run.results.rglob("*") if path.is_file())
    return {name for name in names if name.parts[0] not in ("logs", "benchmarks") and not name.name.startswith(".")}


def arrays(path):
    """The bytes of the arrays of an npz without those that are times."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name].tobytes() for name in archive.files if "seconds" not in name}


def rows(path):
    """The rows of a table without the columns that are times."""
    with path.open(newline="") as file:
        return [
            {key: value for key, value in row.items() if key not in TIMES}
            for row in csv.DictReader(file, delimiter="\t")
        ]
