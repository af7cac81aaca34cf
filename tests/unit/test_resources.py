"""Time and memory per rule."""

import math
import os
import subprocess
import sys

import pytest

from deepae.report import resources

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def write(path, seconds, memory, cpu):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + f"{seconds}\t0:00:01\t{memory}\t1\t1\t1\t1\t1\t90\t{cpu}\n")


def test_jobs_of_a_rule_are_added_up_and_the_longest_rule_is_first(tmp_path):
    write(tmp_path / "train/A/zscore/deepae/h10.tsv", 4.0, 100.0, 3.5)
    write(tmp_path / "train/B/zscore/deepae/h10.tsv", 6.0, 300.0, 5.0)
    write(tmp_path / "figure_2.tsv", 2.0, "NA", "NA")
    train, figure = resources.collect(tmp_path)
    whole = {"rule": "train", "jobs": 2, "seconds": 10.0, "cpu_seconds": 8.5, "longest_seconds": 6.0}
    assert train == whole | {"peak_mb": 300.0}
    assert (figure["rule"], figure["jobs"], figure["seconds"], figure["cpu_seconds"]) == ("figure_2", 1, 2.0, 0.0)
    assert math.isnan(figure["peak_mb"]), "too short to be measured is not zero"


def test_peak_memory_is_what_the_job_wrote(tmp_path):
    """Snakemake's samples saw 119 MiB; the job had 400 at once for a moment, and says so, also when it fails."""
    write(tmp_path / "benchmarks/train/A/h10.tsv", 4.0, 119.0, 3.5)
    write(tmp_path / "benchmarks/figure_2.tsv", 2.0, 80.0, 1.0)
    write(tmp_path / "benchmarks/figure_3.tsv", 1.0, 80.0, 1.0)
    code = """
import sys
from deepae.errors import DataError
from deepae.io.scripting import logged
with logged(sys.argv[1]) as log:
    bytearray(400 << 20)
    if len(sys.argv) > 2:
        raise DataError("no")
"""
    for path, words in {"train/A/h10": [], "figures/figure-2": ["fail"]}.items():
        log = tmp_path / f"logs/{path}.log"
        done = subprocess.run([sys.executable, "-c", code, log, *words], capture_output=True, text=True)
        assert done.returncode == bool(words), done.stderr
    found = {row["rule"]: row["peak_mb"] for row in resources.collect(tmp_path / "benchmarks", tmp_path / "logs")}
    assert 400 < found["train"] < 500
    assert 400 < found["figure_2"] < 500
    assert found["figure_3"] == 80


def test_what_make_says_at_its_end_names_the_longest_rules(tmp_path, capsys):
    rows = [
        {"rule": f"rule{i}", "jobs": 1, "seconds": 20.0 - i, "cpu_seconds": 1.0, "longest_seconds": 1.0, "peak_mb": 1.0}
        for i in range(resources.LONGEST + 3)
    ]
    resources.write(tmp_path / "tables/resources.tsv", rows)
    resources.main(tmp_path)
    said = capsys.readouterr().out
    assert "rule0 " in said
    assert f"rule{resources.LONGEST} " not in said
    assert "and 3 more rules" in said


@pytest.mark.parametrize("module", ["archive", "resources", "ending"])
@pytest.mark.parametrize("words", [["/no/such/folder"], []])
def test_a_folder_that_is_not_there_is_one_line(root, module, words):
    words = words + ["--", "snakemake"] if words and module == "archive" else words
    command = [sys.executable, "-m", f"deepae.report.{module}", *words]
    environment = os.environ | {"PYTHONPATH": str(root / "workflow")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert ("no such folder" if words else "usage: python -m deepae.report") in done.stderr
