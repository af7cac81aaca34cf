"""Make the report again only if a result is newer: a zip cannot be an output of the workflow that it reports on."""

import subprocess
import sys
from pathlib import Path

SHOWN = ("figures", "tables", "audit", "interpretation", "enrichment", "provenance.json")


def is_stale(results):
    """Tell whether the report is missing or older than any result it shows."""
    results = Path(results)
    report = results / "report.zip"
    if not report.exists():
        return True
    made = report.stat().st_mtime
    for name in SHOWN:
        top = results / name
        files = [top] if top.is_file() else top.rglob("*")
        if any(path.is_file() and path.stat().st_mtime > made for path in files):
            return True
    return False


def main(results, command):
    """Run ``<command> --report <results>/report.zip`` if it is needed; return the exit status."""
    report = Path(results) / "report.zip"
    if not is_stale(results):
        print(f"deepae: {report} is newer than every result: nothing to do")
        return 0
    print(f"deepae: writing {report}", flush=True)
    partial = report.with_name(".report.zip")
    partial.unlink(missing_ok=True)
    done = subprocess.run([*command, "--report", str(partial)], capture_output=True, text=True)
    if done.returncode or not partial.exists():
        sys.stderr.write(done.stdout + done.stderr)
        return done.returncode or 1
    partial.replace(report)
    return 0


if __name__ == "__main__":
    cut = sys.argv.index("--")
    sys.exit(main(sys.argv[1], sys.argv[cut + 1 :]))
