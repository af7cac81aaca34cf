"""The last lines of a run: how many rows failed and why, or what stopped it. Light: the Snakefile imports it."""

import collections
import csv
import importlib.util
import shlex
import subprocess
import sys
from pathlib import Path

from deepae.io.scripting import PREFIX, results_folder, run_command

MOST_REASONS = 4


def failed_rows(tables):
    """Return one line that counts the failed rows of some metrics tables by reason; missing tables are left out.

    Parameters
    ----------
    tables : iterable of path
        The metrics of jobs, or the table of all.
    """
    total, reasons = 0, collections.Counter()
    for path in tables:
        if not Path(path).exists():
            continue
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                total += 1
                if row["status"] == "failed":
                    reasons[row["reason"] or "no reason given"] += 1
    if not reasons:
        return f"{total} rows, none failed" if total else "no row was computed"
    parts = [f"{reason} ({count})" for reason, count in reasons.most_common(MOST_REASONS)]
    others = sum(reasons.values()) - sum(count for _, count in reasons.most_common(MOST_REASONS))
    parts += [f"{len(reasons) - MOST_REASONS} other reasons ({others})"] if others else []
    return f"{sum(reasons.values())} of {total} rows failed: {'; '.join(parts)}"


def what_stopped(logs, since, packages=()):
    """Return one line that says why jobs failed: the first error of those whose log was written after a time.

    Parameters
    ----------
    logs : path
        The folder of the logs.
    since : float
        Time in seconds, as `os.stat` gives it.
    packages : iterable of str
        Packages that the scripts import. A script that cannot even import them leaves no log: they are tried here.
    """
    found = []
    for path in Path(logs).rglob("*.log"):
        written = path.stat().st_mtime
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if written >= since else []
        if lines and lines[-1].startswith(PREFIX):
            found.append((written, lines[-1].removeprefix(PREFIX)))
    if found:
        first = min(found)[1]
        return first if len(found) == 1 else f"{len(found)} jobs failed, the first of them: {first}"
    broken = cannot_be_imported(packages)
    return f"jobs failed: {broken}" if broken else f"jobs failed; their errors are above and in {logs}"


def not_installed(packages):
    """Return those of some packages that are not installed; nothing is imported."""
    return sorted(name for name in packages if not _is_installed(name))


def _is_installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def cannot_be_imported(packages):
    """Return a line that names the first package that cannot be imported, or an empty text."""
    code = "import sys, importlib\nfor name in sys.argv[1:]: print(name, flush=True); importlib.import_module(name)"
    python = shlex.split(sys.executable)[0]  # quoted, where its path needs quotes (workflow/rules/common.smk)
    done = subprocess.run([python, "-c", code, *packages], capture_output=True, text=True)
    if done.returncode == 0 or not done.stdout:
        return ""
    return f"package {done.stdout.split()[-1]!r} cannot be imported ({done.stderr.strip().splitlines()[-1]})"


def main(results):
    """Print how many rows of a finished run failed, and why."""
    print(PREFIX + failed_rows([results_folder(results) / "tables" / "metrics.tsv"]))


if __name__ == "__main__":
    run_command(main, "deepae.report.ending RESULTS")
