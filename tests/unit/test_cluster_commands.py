"""The commands that the generic cluster profile gives to each scheduler, as their manuals write them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "workflow/profiles/generic/cluster.py"
JOB = {"rule": "train", "jobid": 7, "threads": 2, "resources": {"mem_mb": 3001, "runtime": 135, "gpu": 1}}
EXPECTED = {
    "slurm": "sbatch --cpus-per-task=2 --mem=3001 --time=135 --gpus=1 --account=me job.sh",
    "sge": "qsub -terse smp 2 h_vmem=1501M,h_rt=2:15:00,gpu=1 --account=me job.sh",
    "pbs": "qsub select=1:ncpus=2:mem=3001mb:ngpus=1 walltime=2:15:00 --account=me job.sh",
    "lsf": "bsub -n 2 -W 135 3001MB num=1 --account=me job.sh",
}


@pytest.fixture(scope="module")
def cluster():
    spec = importlib.util.spec_from_file_location("cluster", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_job_asks_for_its_threads_memory_time_and_gpu(cluster, kind):
    words = cluster.submission(kind, JOB, ["--account=me"], "job.sh")
    positions = [words.index(word) for word in EXPECTED[kind].split()]
    assert positions == sorted(positions)
    plain = cluster.submission(kind, {"rule": "audit", "jobid": 1}, [], "job.sh")
    assert not [word for word in plain if "gpu" in word]
    assert any(str(cluster.MEMORY_MB) in word for word in plain)


def test_an_unknown_scheduler_is_said(cluster, monkeypatch):
    with pytest.raises(SystemExit, match="slurm, sge, pbs or lsf"):
        cluster.submission("condor", JOB, [], "job.sh")
    monkeypatch.setattr(cluster.shutil, "which", lambda name: None)
    monkeypatch.delenv("CLUSTER", raising=False)
    with pytest.raises(SystemExit, match="no sbatch, qsub or bsub"):
        cluster.scheduler()


def test_the_id_is_what_the_scheduler_says(tmp_path):
    """A submission as LSF answers it, through the whole script."""
    job = tmp_path / "job.sh"
    job.write_text('#!/bin/sh\n# properties = {"rule": "train", "jobid": 7, "threads": 1, "resources": {}}\n')
    answer = tmp_path / "bsub"
    answer.write_text('#!/bin/sh\necho "Job <4711> is submitted to queue <normal>."\n')
    answer.chmod(0o755)
    command = [sys.executable, SCRIPT, "submit", job]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "CLUSTER": "lsf"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, text=True, capture_output=True)
    assert (done.stdout, done.returncode) == ("4711\n", 0), done.stderr
