"""Submits a job of Snakemake to a cluster, and asks how it is: for SLURM, Grid Engine, PBS and LSF.

    cluster.py submit [options for the scheduler …] JOBSCRIPT     prints the job's id
    cluster.py status ID                                          prints running, success or failed

Snakemake's generic executor calls it (profile.yaml beside it). Threads, memory, minutes and GPUs are those of the job.
The scheduler is the one whose command is found, or that which CLUSTER names: slurm, sge, pbs or lsf. The commands of
SLURM are tested against a real one; the others follow their manuals.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MEMORY_MB, MINUTES = 2000, 120  # of a job that does not say
LOGS = Path(".snakemake") / "cluster-logs"
RUNNING = {"slurm": "PENDING RUNNING SUSPENDED COMPLETING CONFIGURING REQUEUED RESIZING SIGNALING STAGE_OUT STOPPED"}


def scheduler():
    """Return the name of this cluster's scheduler."""
    if os.environ.get("CLUSTER"):
        return os.environ["CLUSTER"]
    for command, name in (("sbatch", "slurm"), ("bsub", "lsf"), ("qconf", "sge"), ("qsub", "pbs")):
        if shutil.which(command):
            return name
    sys.exit("cluster.py: no sbatch, qsub or bsub is found here, and CLUSTER names none (slurm, sge, pbs, lsf)")


def submission(kind, job, options, script):
    """Return the command that submits a job.

    Parameters
    ----------
    kind : {"slurm", "sge", "pbs", "lsf"}
    job : dict
        What Snakemake writes at the head of a job script: rule, jobid, threads, resources.
    options : list of str
        The user's own: account, queue, partition.
    script : str
    """
    asked = job.get("resources", {})
    threads, memory = int(job.get("threads", 1)), int(asked.get("mem_mb", MEMORY_MB))
    minutes, gpus = int(asked.get("runtime", MINUTES)), int(asked.get("gpu", 0))
    name = f"{job.get('rule', 'group')}-{job.get('jobid', 0)}"
    clock, log = f"{minutes // 60}:{minutes % 60:02}:00", str(LOGS / f"{name}.log")
    if kind == "slurm":
        words = ["sbatch", "--parsable", f"--job-name={name}", f"--output={log}", f"--cpus-per-task={threads}"]
        words += [f"--mem={memory}", f"--time={minutes}", *([f"--gpus={gpus}"] if gpus else [])]
        return [*words, *options, script]
    if kind == "sge":  # memory is asked for a slot
        words = ["qsub", "-terse", "-cwd", "-V", "-N", name, "-j", "y", "-o", log, "-pe", "smp", str(threads)]
        words += ["-l", f"h_vmem={-(-memory // threads)}M,h_rt={clock}" + (f",gpu={gpus}" if gpus else "")]
        return [*words, *options, script]
    if kind == "pbs":
        chunk = f"select=1:ncpus={threads}:mem={memory}mb" + (f":ngpus={gpus}" if gpus else "")
        words = ["qsub", "-V", "-N", name[:15], "-j", "oe", "-o", log, "-l", chunk, "-l", f"walltime={clock}"]
        return [*words, *options, script]
    if kind == "lsf":
        words = ["bsub", "-J", name, "-o", log, "-n", str(threads), "-W", str(minutes), "-M", f"{memory}MB"]
        words += ["-R", f"rusage[mem={memory}MB] span[hosts=1]", *(["-gpu", f"num={gpus}"] if gpus else [])]
        return [*words, *options, script]
    sys.exit(f"cluster.py: CLUSTER is {kind!r}, expected slurm, sge, pbs or lsf")


def submit(words):
    """Submit a job script and print the id that the scheduler gave it."""
    *options, script = words
    text = Path(script).read_text(encoding="utf-8")
    job = json.loads(re.search(r"^# properties = (.*)$", text, re.MULTILINE)[1])
    LOGS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(submission(scheduler(), job, options, script), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr or done.stdout)
    found = re.search(r"<(\d+)>", done.stdout)  # LSF: Job <17> is submitted …
    print(found[1] if found else done.stdout.strip().split(";")[0].split()[0])


def status(number):
    """Print how a job is. One that nobody knows any more has failed: it would have been asked about while it ran."""
    print({"slurm": _slurm, "sge": _sge, "pbs": _pbs, "lsf": _lsf}[scheduler()](number))


def _slurm(number):
    state = _field(r"JobState=(\w+)", "scontrol", "-o", "show", "job", number)
    state = state or _field(r"(\w+)", "sacct", "--noheader", "--allocations", "--format=State", "--jobs", number)
    return "success" if state == "COMPLETED" else "running" if state in RUNNING["slurm"].split() else "failed"


def _sge(number):
    if _field(r"(job_number)", "qstat", "-j", number):
        return "running"
    code = _field(r"exit_status\s+(\d+)", "qacct", "-j", number)
    return "success" if code == "0" else "failed" if code else "running"  # accounting comes some seconds later


def _pbs(number):
    state = _field(r"job_state = (\w)", "qstat", "-x", "-f", number)
    if state and state not in "FX":
        return "running"
    return "success" if _field(r"Exit_status = (-?\d+)", "qstat", "-x", "-f", number) == "0" else "failed"


def _lsf(number):
    state = _field(r"(\w+)", "bjobs", "-noheader", "-o", "stat", number)
    return {"DONE": "success", "EXIT": "failed", None: "failed", "ZOMBI": "failed"}.get(state, "running")


def _field(pattern, *command):
    """Return what a pattern finds in the output of a command, or None."""
    done = subprocess.run(command, capture_output=True, text=True) if shutil.which(command[0]) else None
    found = re.search(pattern, done.stdout) if done and not done.returncode else None
    return found[1] if found else None


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("submit", "status"):
        sys.exit(__doc__)
    submit(sys.argv[2:]) if sys.argv[1] == "submit" else status(sys.argv[2])
