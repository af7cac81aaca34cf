"""The workflow through a real SLURM of one node: sbatch, the profile, a fake GPU. Nothing is mocked."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deepae.config import plan

from .conftest import ROOT, rows

NODE = ROOT / "tests" / "slurm_node.sh"
SBIN = os.environ["PATH"] + os.pathsep + "/usr/sbin"
MISSING = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name, path=SBIN)]
SETTINGS = ["--workflow-profile", ROOT / "workflow/profiles/slurm", "--slurm-status-command", "squeue"]
SETTINGS += ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"]
SMALLEST = ("tests/data/smallest.yaml",)
METRICS = "results/tables/metrics.tsv"

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(bool(MISSING), reason=f"SLURM is not installed: no {', '.join(MISSING)} (slurm-wlm, munge)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="slurmd starts jobs as their user and needs root"),
]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A running node: what its users set in their environment."""
    directory = tmp_path_factory.mktemp("slurm")
    try:
        up = subprocess.run([NODE, "up", directory], text=True, capture_output=True)
        assert up.returncode == 0, up.stdout + up.stderr
        assert "idle" in up.stdout
        yield {
            "SLURM_CONF": str(directory / "slurm.conf"),
            "PATH": os.pathsep.join([str(directory / "bin"), str(Path(sys.executable).parent), SBIN]),
        }
    finally:
        subprocess.run([NODE, "down", directory], check=True)
    assert not (directory / "slurm.conf").exists()


@pytest.fixture(scope="module")
def through_slurm(node, project_at, tmp_path_factory):
    """The smallest workflow, run through SLURM."""
    project = project_at(tmp_path_factory.mktemp("cluster"))
    project.output = project.make(METRICS, *SETTINGS, config=SMALLEST, **node).stdout
    project.jobs = jobs_of(node)
    return project


def jobs_of(node):
    """What SLURM knows of each job."""
    shown = subprocess.run(
        ["scontrol", "show", "job"], text=True, capture_output=True, env=os.environ | node, check=True
    )
    return [dict(re.findall(r"(\w+)=(\S+)", text)) for text in shown.stdout.split("\n\n") if text.startswith("JobId")]


def rule_of(job):
    """The rule that a job runs, from the name of its log."""
    return re.search(r"/rule_(\w+)/", job["StdOut"])[1]


def test_each_job_went_through_sbatch_and_ended_well(through_slurm):
    submitted = re.findall(r"Job (\d+) has been submitted with SLURM jobid (\d+)", through_slurm.output)
    assert len(submitted) == 7  # ingest, factorise, 3 x evaluate, train, merge
    states = {job["JobId"]: job["JobState"] for job in through_slurm.jobs}
    assert {states[number] for _, number in submitted} == {"COMPLETED"}


def test_training_has_the_gpu_and_nothing_else_has(through_slurm):
    gpu = [rule_of(job) for job in through_slurm.jobs if "gpu:1" in job.get("TresPerJob", "")]
    assert gpu == ["train_model"]
    assert not [job for job in through_slurm.jobs if "gpu" in job.get("TresPerJob", "") and rule_of(job) != gpu[0]]


def minutes(job):
    """The time limit of a job: SLURM writes [days-]hours:minutes:seconds."""
    days, _, clock = job["TimeLimit"].rpartition("-")
    hours, rest, _ = map(int, clock.split(":"))
    return 1440 * int(days or 0) + 60 * hours + rest


def test_jobs_ask_for_what_the_plan_says(through_slurm):
    planned = [job for job in through_slurm.jobs if rule_of(job) in ("ingest", "evaluate", "train_model")]
    asked = {rule_of(job): (int(job["MinMemoryNode"].removesuffix("M")), minutes(job)) for job in planned}
    for rule, base in {"train_model": plan.TORCH_MB, "ingest": plan.PYTHON_MB, "evaluate": plan.PYTHON_MB}.items():
        assert 200 + base < asked[rule][0] < 600 + base, "200 MB to spare, and the input has less than a megabyte"
        assert 20 <= asked[rule][1] <= 25


def test_a_network_goes_from_the_job_that_trains_it_to_the_job_that_scores_it(node, project_at, tmp_path):
    project = project_at(tmp_path)
    target = "results/metrics/tiny-mouse/zscore/deepae.snr2/h10.tsv"
    project.make(target, *SETTINGS, config=("tests/data/tiny.yaml",), **node)
    jobs = [job for job in jobs_of(node) if str(tmp_path) in job["StdOut"]]
    assert sorted(map(rule_of, jobs)) == ["ingest", "train", "train_shared"]
    assert [row["status"] for row in rows(tmp_path / target)] == ["ok", "ok"]
    assert not [path for path in (tmp_path / "results/fits").rglob("*") if path.is_file()]


def test_the_table_equals_that_of_a_local_run(through_slurm, project_at, tmp_path):
    local = project_at(tmp_path)
    local.make(METRICS, config=SMALLEST)
    here, there = (rows(project.directory / METRICS) for project in (local, through_slurm))
    assert len(here) == len(there) == 8
    assert {row["status"] for row in here} == {"ok"}
    own = {"fit_seconds", "evaluate_seconds", "device"}
    for row, other in zip(here, there, strict=True):
        assert {k: v for k, v in row.items() if k not in own} == {k: v for k, v in other.items() if k not in own}


def test_a_job_killed_for_memory_has_more_the_next_time(node, through_slurm, project_at, tmp_path):
    project = project_at(shutil.copytree(through_slurm.directory, tmp_path / "again"))
    cell = "results/metrics/tiny-yeast/zscore/deepae/h10.tsv"
    (project.directory / cell).unlink()
    memory = ["--set-resources", "train_model:mem_mb=150 if attempt == 1 else 2000", "--retries", "1"]
    done = project.make(cell, *SETTINGS, *memory, config=SMALLEST, **node)
    assert "Trying to restart job" in done.stdout
    jobs = [job for job in jobs_of(node) if str(tmp_path) in job["StdOut"] and rule_of(job) == "train_model"]
    first, second = sorted(jobs, key=lambda job: int(job["JobId"]))
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("150M", "2000M")
    assert first["JobState"] in ("FAILED", "OUT_OF_MEMORY")
    assert f"StepId={first['JobId']}." in "".join(
        line for line in Path(node["SLURM_CONF"]).with_name("slurmd.log").open() if "exceeded memory limit" in line
    )
    assert second["JobState"] == "COMPLETED"
    assert minutes(second) > 1.9 * minutes(first), "the time limit grows with the attempt too"
    assert rows(project.directory / cell)[0]["status"] == "ok"


def test_the_generic_profile_submits_with_sbatch_too(node, project_at, tmp_path):
    """What the generic executor needs of a cluster: an id, a state, and the limits of the plan."""
    project, script = project_at(tmp_path), ROOT / "workflow/profiles/generic/cluster.py"
    settings = ["--workflow-profile", script.parent, "--latency-wait", "10"]
    for what in ("submit", "status"):
        settings += [f"--cluster-generic-{what}-cmd", f"{sys.executable} {script} {what}"]
    metrics = "results/metrics/tiny-yeast/zscore/mean.tsv"
    done = project.make(metrics, *settings, config=SMALLEST, **node)
    assert rows(project.directory / metrics)[0]["status"] == "ok"
    numbers = re.findall(r"Submitted job \d+ with external jobid '(\d+)'", done.stdout)
    jobs = {job["JobId"]: job for job in jobs_of(node)}
    assert [jobs[number]["JobState"] for number in numbers] == ["COMPLETED"] * 2
    assert [jobs[number]["JobName"].split("-")[0] for number in numbers] == ["ingest", "evaluate"]
    assert all(20 <= minutes(jobs[number]) <= 25 for number in numbers)
    (project.directory / "fails.sh").write_text('#!/bin/sh\n# properties = {"rule": "fails", "jobid": 7}\nexit 3\n')
    command = [sys.executable, script]
    environment = os.environ | node | {"CLUSTER": "slurm"}
    ask = {"cwd": project.directory, "env": environment, "text": True, "capture_output": True, "check": True}
    number = subprocess.run([*command, "submit", "--comment=mine", "fails.sh"], **ask).stdout.strip()
    for _ in range(60):
        state = subprocess.run([*command, "status", number], **ask).stdout.strip()
        if state != "running":
            break
        time.sleep(0.5)
    assert state == "failed"
    assert subprocess.run([*command, "status", "99999"], **ask).stdout.strip() == "failed"
