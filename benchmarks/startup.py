"""What the default `make` spends on start-up, computing and the report.

Start-up is what a job costs before it computes: a new Python, the imports of its script, Snakemake's own work. It is
measured here by importing what each script imports, once a rule, and multiplied by the jobs of the last default run;
computing is what the jobs' benchmark files say beyond it. `rows` needs a finished default run
(``results/tables/resources.tsv``).
"""

import csv
import re
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def rows():
    """Return rows `start-up`, `compute` and `report` in core-seconds; ``ratio_to_bound`` is the share of all jobs."""
    table = ROOT / "results" / "tables" / "resources.tsv"
    if not table.exists():
        return [{"what": "default make: run `make` first", "device": "cpu"}]
    with table.open(newline="") as file:
        jobs = {
            row["rule"]: (int(row["jobs"]), float(row["cpu_seconds"])) for row in csv.DictReader(file, delimiter="\t")
        }
    total = sum(cpu for _, cpu in jobs.values())
    start = sum(count * imports(rule) for rule, (count, _) in jobs.items())
    snakemake = cpu_of(sys.executable, "-m", "snakemake", "--dry-run", "--quiet")
    report = ROOT / "results" / ".bench-report.zip"
    made = cpu_of(sys.executable, "-m", "snakemake", "--report", str(report))
    report.unlink(missing_ok=True)
    whole = total + snakemake
    return [
        row("default make, start-up", start + snakemake, (start + snakemake) / whole),
        row("default make, compute", total - start, (total - start) / whole),
        row("default make, report", made, made / whole),
    ]


def row(what, seconds, share):
    """Return one row of the table; the share is of the core-seconds of all jobs."""
    return {"what": what, "device": "cpu", "seconds": seconds, "ratio_to_bound": share}


def imports(rule):
    """Core-seconds that a rule's script takes to import what it imports."""
    script = ROOT / "workflow" / "scripts" / f"{rule}.py"
    if not script.exists():
        return 0.0
    lines = re.findall(r"^\s*((?:from|import) [^\n]+)", script.read_text(), re.M)
    return cpu_of(sys.executable, "-c", "\n".join(line.strip() for line in lines))


def cpu_of(*command):
    """Core-seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
