"""What a configuration costs, before it is run, and beside it what a finished run took.

    python -m benchmarks.forecast [config/bundled.yaml]                  (workflow/ on PYTHONPATH; seconds)
    python -m benchmarks.forecast config.yaml --results results          a finished run, in the folder it ran in

Minutes of one core, by rule and method, from the plan that a run prints before it starts (deepae.config.plan). With
`--results`, measured are the core-seconds of the jobs' benchmark files, which other work on the machine changes little.
"""

import argparse
import collections
import copy
import csv
from pathlib import Path

from deepae.config import grid
from deepae.config.plan import STAGES, TRAINING, Costs, Machine, Shape, finish
from deepae.io.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
LEVELS = {"ingest": ("dataset",), "train": ("dataset", "normalization", "method", "h")}


def merged(*files):
    """Return configurations laid over one another: mappings united, lists replaced."""

    def unite(old, new):
        for key, value in new.items():
            if isinstance(value, dict) and isinstance(old.get(key), dict):
                unite(old[key], value)
            else:
                old[key] = copy.deepcopy(value)

    found = {}
    for file in files:
        unite(found, read_yaml(file))
    return found


def planned_jobs(plan):
    """Return rule and wildcards of each job that ingests, learns a dictionary, trains or scores."""
    found = {("ingest", (job.dataset,)) for job in plan.jobs.values()}
    for job in plan.jobs.values():
        key = job.dataset, job.normalization, job.method
        found.add(("evaluate", key) if job.measurements is None else ("train", (*key, f"h{job.measurements}")))
        dictionary = plan.methods[job.method].get("dictionary")
        if dictionary:
            found.add(("factorise", (job.dataset, job.normalization, dictionary)))
    return sorted(found)


def measured_jobs(results):
    """Return core-seconds by rule and the parts of a job's name, from the benchmark files of a run."""
    found = {}
    for path in sorted(Path(results, "benchmarks").rglob("*.tsv")):
        rule, *parts = path.relative_to(Path(results, "benchmarks")).with_suffix("").parts
        with path.open(newline="") as file:
            seconds = sum(float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t"))
        found["train" if rule in TRAINING else rule, tuple(parts)] = seconds
    return found


def wildcards(rule, parts):
    """Return the wildcards of a job from the parts of its name."""
    names = LEVELS.get(rule, LEVELS["train"])
    return {name: part.removeprefix("h") if name == "h" else part for name, part in zip(names, parts, strict=False)}


def main():
    """Print minutes by rule and method, their sum, and what two cores need."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", default="config/config.yaml", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    folder = options.results.resolve().parent if options.results else ROOT
    config = merged(*dict.fromkeys([ROOT / "config/config.yaml", options.config.absolute()]))
    plan = grid.load(config, lambda path: str(folder / path if (folder / path).exists() else ROOT / path))

    def shape(name):
        entry = plan.catalogue.get(name)
        return entry and Shape(
            entry["expected"]["cells"], entry["expected"]["genes"], 0.3 if entry["kind"] == "single-cell" else 1
        )

    costs = Costs(plan, shape, machine=Machine(2))
    measured = measured_jobs(options.results) if options.results else {}
    found = [(rule, parts, costs.of(rule, wildcards(rule, parts))) for rule, parts in measured or planned_jobs(plan)]
    sums = collections.defaultdict(lambda: [0, 0.0, 0.0])
    for rule, parts, cost in found:
        for name in (f"{rule} {parts[2] if len(parts) > 2 else ''}".strip(), "all"):
            for place, value in enumerate((1, cost.seconds / 60, measured.get((rule, parts), 0.0) / 60)):
                sums[name][place] += value
    print("rule", "jobs", "forecast", *(["measured"] if measured else []), sep="\t")
    for name, (jobs, forecast, took) in sorted(sums.items(), key=lambda item: -item[1][1]):
        print(name, jobs, f"{forecast:.1f}", *([f"{took:.1f}"] if measured else []), sep="\t")
    seconds, _ = finish([(STAGES.get(rule, 2), cost) for rule, _, cost in found], 2)
    print(f"# minutes of one core; two cores need {seconds / 60:.0f} minutes")


if __name__ == "__main__":
    main()
