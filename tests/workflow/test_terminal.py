"""What a user sees of a run: its plan, then a few lines in a terminal or a line a job in a file, and logs as ever."""

import re

from terminals import in_a_terminal, shown

SMALLEST = ("tests/data/smallest.yaml",)
DATA = "results/data/tiny-yeast.h5ad"
PLAN = r"deepae: plan: 1 job, .*\n  time    about .* on 1 core, up to 1 at once\n.*\n  memory  up to .*\n  disk    "


def test_a_terminal_shows_a_few_lines_that_go_when_the_run_ends(project_at, tmp_path):
    project = project_at(tmp_path)
    project.start = project.COLD  # a warm job ends before it is shown
    command = [str(word) for word in project.command(DATA, cores=1, config=SMALLEST)]
    written = in_a_terminal(command, tmp_path)
    assert re.search(PLAN, written)
    assert re.search(r"deepae: 0 of 1 jobs; .* gone, about .* left\n  ingest tiny-yeast, ", written)
    seen = "\n".join(shown(written))
    assert "rule ingest:" not in seen, "no block of text a job"
    assert " jobs; " not in seen, "the lines are gone"
    assert "deepae: plan:" in seen
    assert (tmp_path / DATA).exists()
    assert "peak memory" in (tmp_path / "results/logs/ingest/tiny-yeast.log").read_text()


def test_a_file_gets_one_line_a_job(project_at, tmp_path):
    done = project_at(tmp_path).make(DATA, cores=1, config=SMALLEST)
    assert re.search(PLAN, done.stdout)
    assert re.search(r"Provided resources: .*mem_mb", done.stdout), "free memory limits what runs at once"
    assert "\x1b[" not in done.stdout
    assert "rule ingest:" not in done.stdout
    assert len(re.findall(r"^ingest tiny-yeast: done in .*; 1 of 1 jobs; .*$", done.stdout, re.MULTILINE)) == 1
