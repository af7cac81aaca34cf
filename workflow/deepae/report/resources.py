"""Time and peak memory per rule, from the benchmark files of the jobs; and what `make` says at the end."""

import csv
from pathlib import Path

from deepae.io.files import write_text
from deepae.io.scripting import logged_peak, results_folder, run_command

COLUMNS = ("rule", "jobs", "seconds", "cpu_seconds", "longest_seconds", "peak_mb")
LONGEST = 12  # rules that `make` names at its end


def collect(directory, logs=None):
    """Return a row per rule from ``<rule>/…/<job>.tsv`` and ``<rule>.tsv`` in a directory, the longest rule first.

    Parameters
    ----------
    directory : path
        Snakemake's benchmark files.
    logs : path, optional
        The jobs' logs. The peak memory that a job wrote at the end of its log counts; Snakemake samples memory every
        few seconds and misses short peaks, so that its number is taken only where a log has none.

    Returns
    -------
    list of dict
        rule, jobs, seconds (sum of wall time), cpu_seconds, longest_seconds (one job), peak_mb (largest resident set
        of a job, MiB; NaN where it is not known).
    """
    rows, peaks_logged = [], _peaks(logs) if logs else {}
    for top in sorted(Path(directory).glob("*")):
        times, cpu, peaks = [], [], []
        for path in sorted(top.rglob("*.tsv")) if top.is_dir() else [top]:
            logged = peaks_logged.get(path.relative_to(directory).with_suffix("").as_posix())
            with path.open(newline="") as file:
                for record in csv.DictReader(file, delimiter="\t"):
                    times.append(_number(record.get("s")) or 0.0)
                    cpu.append(_number(record.get("cpu_time")) or 0.0)
                    peaks.append(logged or _number(record.get("max_rss")) or 0.0)
        if times:
            values = (top.stem, len(times), sum(times), sum(cpu), max(times), max(peaks) or float("nan"))
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return sorted(rows, key=lambda row: -row["seconds"])


def _peaks(logs):
    """Return the peak memory of each log by the path of its job's benchmark file, without suffix."""
    found = {}
    for path in sorted(Path(logs).rglob("*.log")):
        peak = logged_peak(path)
        if peak:
            found[path.relative_to(logs).with_suffix("").as_posix()] = peak
            found.setdefault(path.stem.replace("-", "_"), peak)  # figures/figure-2.log is of the rule figure_2
    return found


def write(path, rows):
    """Write the rows of `collect` as a table."""
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        lines.append("\t".join([row["rule"], str(row["jobs"]), *(f"{row[name]:.2f}" for name in COLUMNS[2:])]))
    write_text(path, "\n".join(lines) + "\n")


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def main(results):
    """Print where to look and the time per rule."""
    results = results_folder(results)
    table = results / "tables" / "resources.tsv"
    if table.exists():
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        print(f"{'rule':<20}{'jobs':>6}{'seconds':>10}{'longest':>10}{'peak MB':>10}")
        for row in rows[:LONGEST]:
            numbers = [float(row[name]) for name in ("seconds", "longest_seconds", "peak_mb")]
            print(f"{row['rule']:<20}{row['jobs']:>6}" + "".join(f"{number:>10.1f}" for number in numbers))
        if len(rows) > LONGEST:
            print(f"  and {len(rows) - LONGEST} more rules in {table}")
    print("deepae: finished. Look at")
    for path, what in (
        ("report.zip", "the report: unpack it and open report/index.html"),
        ("audit/claims.html", "each claim of the paper and what was found"),
        ("figures", "the figures as SVG, PDF and PNG"),
        ("tables/metrics.tsv", "every number behind them"),
    ):
        if (results / path).exists():
            print(f"  {results / path}  ({what})")


if __name__ == "__main__":
    run_command(main, "deepae.report.resources RESULTS")
