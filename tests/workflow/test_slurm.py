"""The workflow through a real SLURM of one node: sbatch, the profile, a fake GPU. Nothing is mocked."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
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


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


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
    project = project_at(tmp_path_factory.mktemp("cluster"))
    project.output = project.make(METRICS, *SETTINGS, config=SMALLEST, **node).stdout
    jobs = subprocess.run(
        ["scontrol", "show", "job"], text=True, capture_output=True, env=os.environ | node, check=True
    )
    project.jobs = [
        dict(re.findall(r"(\w+)=(\S+)", text)) for text in jobs.stdout.split("\n\n") if text.startswith("JobId")
    ]
    return project


def test_each_job_went_through_sbatch_and_ended_well(through_slurm):
    submitted = re.findall(r"Job (\d+) has been submitted with SLURM jobid (\d+)", through_slurm.output)
    assert len(submitted) == 7  # ingest, factorise, 3 x evaluate, train, merge
    states = {job["JobId"]: job["JobState"] for job in through_slurm.jobs}
    assert {states[number] for _, number in submitted} == {"COMPLETED"}


def test_training_has_the_gpu_and_nothing_else_has(through_slurm):
    assert "train" in through_slurm.output
    gpu = [job for job in through_slurm.jobs if "gpu:1" in job.get("TresPerJob", "")]
    assert len(gpu) == 1
    assert "rule_train" in gpu[0]["StdOut"]
    assert all("gpu" not in job.get("TresPerJob", "") for job in through_slurm.jobs if job is not gpu[0])


def test_jobs_ask_for_the_profiles_memory(through_slurm):
    asked = {
        re.search(r"rule_(\w+)/", job["StdOut"])[1]: job["MinMemoryNode"]
        for job in through_slurm.jobs
        if "rule_" in job["StdOut"]
    }
    assert asked["train_model"] == "4000M"
    assert asked["ingest"] == "2000M"
    assert asked["evaluate"] == asked["factorise"] == "1500M"


def test_the_table_equals_that_of_a_local_run(through_slurm, project_at, tmp_path):
    local = project_at(tmp_path)
    local.make(METRICS, config=SMALLEST)
    here, there = (rows(project.directory / METRICS) for project in (local, through_slurm))
    assert len(here) == len(there) == 8
    own = {"fit_seconds", "evaluate_seconds", "device"}
    for row, other in zip(here, there, strict=True):
        assert {k: v for k, v in row.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
