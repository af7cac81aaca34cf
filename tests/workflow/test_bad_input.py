"""Bad input through the real command line: one clear line, a non-zero exit, nothing half written."""

import entries
import pytest
import yaml

from .conftest import Project

GOOD = "\n".join(["gene\t" + "\t".join(f"c{i}" for i in range(8))] + [f"g{j}" + "\t1" * 7 + f"\t{j}" for j in range(9)])


def lines(done):
    """What went wrong, said once or again at the end; the plan, what is missing and how to retry are not counted."""
    others = ("deepae: plan", "deepae: retry with", "deepae: draw what exists", "deepae: 1 of 1 jobs")
    found = [line for line in done.stdout.splitlines() if line.startswith("deepae:") and not line.startswith(others)]
    return list(dict.fromkeys(found))


@pytest.fixture
def project(tmp_path):
    """A project with one data set of its own, `bad`, whose file a test writes."""
    made = Project(tmp_path)
    made.file = tmp_path / "bad.tsv"

    def run(*targets, normalization="none", text=GOOD, data=None, **grid):
        made.file.write_bytes(text.encode() if data is None else data)
        entry = entries.entry({"name": "bad.tsv", "path": str(made.file)})
        (tmp_path / "bad.yaml").write_text(yaml.safe_dump({"bad": entry}))
        overlay = {"datasets": [str(tmp_path / "bad.yaml")], "grid": [entries.block("bad", normalization) | grid]}
        (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay | entries.ONLY_THE_GRID))
        return made.snakemake(*targets, "--configfile", tmp_path / "overlay.yaml", config=())

    made.run = run
    return made


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"methods": ["maen"]}, "unknown method 'maen', did you mean 'mean'?"),
        ({"measurments": [2]}, "unknown key 'measurments', did you mean 'measurements'?"),
    ],
)
def test_a_wrong_configuration_is_one_line_before_any_work(project, grid, message):
    done = project.run(**grid)
    assert done.returncode != 0
    assert len(lines(done)) == 1
    assert message in lines(done)[0]
    assert "Traceback" not in done.stdout
    assert not project.results.exists()


FEW = "gene\tc1\tc2\ng1\t1\t2\ng2\t3\t4\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": GOOD.replace("\t3", "\tthree", 1)}, "three"),
        ({"text": FEW}, "cells"),
        ({"data": b""}, "bad.tsv"),
    ],
)
def test_a_broken_matrix_is_one_line(project, change, message):
    done = project.run("results/data/bad.h5ad", **change)
    assert done.returncode != 0
    assert len(lines(done)) == 1, done.stdout[-3000:]
    assert message in lines(done)[0]
    assert "Traceback" not in done.stdout
    assert "Traceback" in (project.results / "logs/ingest/bad.log").read_text()
    assert not list((project.results / "data").glob("*"))


def test_log1p_of_negative_values_says_so(project):
    done = project.run(normalization="log1p", text=GOOD.replace("\t3", "\t-3", 1))
    assert done.returncode != 0
    assert "log1p of a negative value (-3)" in done.stdout
    assert "bad" in next(line for line in lines(done) if "log1p" in line)
    assert not list((project.results / "metrics").rglob("*.tsv"))
    assert "1 of 1 jobs of the grid are missing" in done.stdout
