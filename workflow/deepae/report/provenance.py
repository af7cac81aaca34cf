"""What a run was: command, configuration, code, packages, data, machine, time. One JSON beside the results."""

import csv
import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import time
from pathlib import Path

from deepae.data import store
from deepae.io.files import sha256
from deepae.report import resources

PROJECT = Path(__file__).resolve().parents[3]
PACKAGES = (
    *("snakemake", "torch", "numpy", "scipy", "scikit-learn", "pandas", "anndata", "h5py", "spams-bin", "GEOparse"),
    *("gseapy", "openTSNE", "matplotlib", "seaborn", "FlowIO", "lxml", "safetensors"),
)


def collect(config, config_files, data, gene_sets, metrics, benchmarks, root=PROJECT):
    """Return the provenance of a run as plain JSON values.

    Parameters
    ----------
    config : dict
        The merged configuration.
    config_files : list of path
        The files it came from, kept word for word.
    data : list of path
        Ingested data sets; their own provenance (sources, checksums) is taken from them.
    gene_sets : list of path
        Gene sets that were used.
    metrics : path
        The table of all rows: devices, threads, failures.
    benchmarks : path
        Directory of the jobs' benchmark files.
    root : path
        The project; by default the one that this file belongs to.
    """
    return {
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": snakemake_command(),
        "config": config,
        "config_files": {str(path): _text(path) for path in config_files},
        "code": git_state(root),
        "packages": {"python": platform.python_version(), **package_versions()},
        "machine": machine(),
        "data": {Path(path).stem: store.read_provenance(path) | {"sha256": sha256(path)} for path in data},
        "gene_sets": {Path(path).name: sha256(path) for path in gene_sets},
        "runs": _runs(metrics),
        "rules": resources.collect(benchmarks),
    }


def snakemake_command():
    """Return the command line of the snakemake that started this job, quoted for a shell, or None if none is above."""
    try:
        import psutil

        for parent in psutil.Process().parents():
            words = parent.cmdline()
            for start, word in enumerate(words[:3]):  # below it is the Python that the kernel starts
                if Path(word).name == "snakemake":
                    return shlex.join(["snakemake", *words[start + 1 :]])
    except Exception:  # a job may not be allowed to look at the processes above it
        return None
    return None


def git_state(root):
    """Return the commit and whether tracked files differ from it; None where the project is no checkout of its own.

    A copy without its history may lie in somebody's repository, whose commit would say nothing of this code. A clone
    may belong to another user, and git refuses to look at it unless it is told that this is meant.
    """

    def git(*words):
        command = ["git", "-c", "safe.directory=*", "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        return done.stdout.strip() if done.returncode == 0 else None

    if Path(root).parts[-3:-1] == (".snakemake", "deepae"):  # unpacked from a repository (workflow/rules/common.smk)
        return {"commit": Path(root).name, "dirty": False}
    try:
        top = git("rev-parse", "--show-toplevel")
        if top is None or Path(top).resolve() != Path(root).resolve():
            return {"commit": None, "dirty": None}
        commit, changes = git("rev-parse", "HEAD"), git("status", "--porcelain", "--untracked-files=no")
    except OSError:
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def package_versions():
    """Return the versions of the packages that a number may depend on; None for one that is not installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def machine():
    """Return processor, cores, memory and system; no names of hosts or users."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
        "memory_bytes": memory,
    }


def dumps(provenance):
    """Return the provenance as JSON text."""
    return json.dumps(provenance, indent=2, sort_keys=True, default=str) + "\n"


def _text(path):
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"not readable: {error}"


def _runs(path):
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        "rows": len(rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "devices": sorted({row["device"] for row in rows}),
        "threads": sorted({int(row["threads"]) for row in rows}),
        "seeds": {
            name: sorted({int(row["seed"]) for row in rows if row["dataset"] == name})
            for name in sorted({row["dataset"] for row in rows})
        },
    }
