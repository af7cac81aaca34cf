"""`python -m deepae.rehearsal SCALE FOLDER`: the whole paper on synthetic data, from the download to the report."""

import argparse
import contextlib
import functools
import http.server
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from deepae.rehearsal import findings, setting
from deepae.rehearsal.warm import warm

ROOT = Path(__file__).resolve().parents[3]
BY_HAND = "CyTOF-MDA-MB-231.fcs"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a line for each request."""

    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def served(folder):
    """Serve a folder on this machine alone; yield its address."""
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def main(arguments):
    """Generate, serve, fetch, run, report, and look for what was planted; return the exit status."""
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("scale", choices=setting.SCALES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cores", default="all")
    parser.add_argument("--paper", default="config/paper.yaml")
    given, options = parser.parse_known_args(arguments)
    folder = given.folder.resolve()
    began = time.monotonic()

    def say(line):
        print(f"rehearsal, {time.monotonic() - began:4.0f} s: {line}", flush=True)

    (folder / "geo").mkdir(parents=True, exist_ok=True)
    with served(folder / "geo") as base, contextlib.ExitStack() as stack:
        planted = setting.prepare(folder, ROOT, given.paper, given.scale, base, say)
        _by_hand(folder)
        # Warm jobs have no times of their own, which is what a rehearsal at full size is for.
        snakemake = [shutil.which("snakemake")] if given.scale == "full" else stack.enter_context(warm())
        where = ["--snakefile", ROOT / "Snakefile", "--directory", folder, "--cores", given.cores, "--quiet", "rules"]
        where += ["--scheduler", "greedy"]  # the other one takes 0.2 s a job where hundreds wait
        where += ["--configfile", folder / "config.yaml", *options]
        for target in ("fetch_check", "fetch", "all"):
            say(f"snakemake {target}")
            done = subprocess.run([*map(str, [*snakemake, target, *where])])
            if done.returncode:
                return done.returncode
        say("report")
        report = [sys.executable, "-m", "deepae.report.archive", folder / "results", "--", *snakemake, *where]
        done = subprocess.run([*map(str, report)])
        if done.returncode:
            return done.returncode
    found = findings.compare(folder, setting.PLANTED, planted[setting.PLANTED])
    for line, good in found:
        say(f"{'came back' if good else 'LOST'}: {line}")
    say(f"end; open {folder / 'results/report.zip'}")
    return 0 if all(good for _, good in found) else 1


def _by_hand(folder):
    """Put the file that nobody but the user can get where `fetch` says."""
    target = folder / "resources/geo" / BY_HAND
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "geo" / BY_HAND, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
