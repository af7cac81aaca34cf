"""What a run will cost on this machine: hours, memory, disk. Printed before it starts, and asked for by its jobs.

Seconds are those of one thread of the machine on which the constants were measured (2 cores, idle, 2026); `Machine`
scales them to the one at hand. Training has the one formula that matters, since it is nine tenths of the paper's work:
a step reads and writes the weights once and multiplies them with the training cells. On the paper's data sets it is
within 5 % of what was measured (tests/unit/test_plan.py has the table). Imported while the Snakefile is parsed.
"""

import heapq
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from deepae.config.architectures import weights
from deepae.config.vocabulary import TRAIN_FRACTION, TRAIN_MINIMUM

STEP, STEP_WEIGHT, STEP_PRODUCT = 1e-3, 0.85e-9, 0.0492e-9  # seconds of an update, for each weight, each weight x cell
GPU_WEIGHT, GPU_PRODUCT = 2.5e-11, 1.15e-13  # the same on an H100, float32
SCORE = 0.9e-7  # seconds to decode and score a value
ON_REQUEST = 1.8  # times as long with a metric that a method's entry asks for
BANDWIDTH, RATE = 27e9, 120e9  # bytes a second of a sum of arrays, operations a second of a product, where measured
TUNED = 5  # four trials and a last fit, if none ends early
FOLDS = {"smaf": 4, "": 8}  # dictionaries that a cross-validation learns
FOLD_ROUNDS = 200  # of sNMF for one of them (deepae.methods.nmf)
SPARSE = ("h5ad", "10x-h5", "matrix-market")  # layouts whose zeros are not read
ON_DISK_MB, PARTS_MB = 1074, 300  # larger matrices are read in parts (deepae.data.backed), which take so much
TOGETHER = 1.07  # two trainings at once slow one another by so much
BLOCK_VALUES = 4_000_000  # values of a block of cells (deepae.data.cells)
SPEARMAN_VALUES = 200_000_000
DENSITY = {"single-cell": 0.3}  # share of values that are not zero; of other kinds all
PYTHON_MB, TORCH_MB = 150, 350  # a process that has read a small data set
LONG_HOURS = 24
# Seconds of other rules on the bundled data; what is not here takes a few.
OTHER_RULES = {"enrichment_control": 12, "enrichment": 8, "key_genes": 6, "figure_5": 7, "figure_s7": 6, "audit": 4}
NEIGHBOURS, CODES = 0.5e-6, 0.2e-6  # seconds a value: of the cells looked at, of all
LOOKED_AT = 5000  # most cells whose neighbours are looked at (deepae.interpretation.neighbourhood)
UNTRAINED = 2.1e-7  # seconds a value: ten untrained encoders on all test cells, the null of `stability`
OTHER_SECONDS, OTHER_MB = 2, 500


class Shape(NamedTuple):
    """Size of a data set; `filled` is the share of values that are not zero."""

    cells: int
    genes: int
    filled: float = 1.0

    @property
    def values(self):
        return self.cells * self.genes


class Cost(NamedTuple):
    """What a job costs.

    Attributes
    ----------
    seconds : float
        On one thread of the reference.
    memory, disk : float
        Peak memory, and what stays on disk (MB).
    model : float
        MB of it that are a saved model.
    arrays : dict of str to float
        The large arrays of a job (MB).
    """

    seconds: float
    memory: float
    disk: float = 0.0
    model: float = 0.0
    arrays: dict = MappingProxyType({})


@dataclass
class Costs:
    """Costs of the jobs of a plan.

    Parameters
    ----------
    plan : deepae.config.grid.Plan
    shapes : callable
        Takes the id of a data set; returns its `Shape`, or None if that is not known yet.
    gpu : bool
        Whether networks train on a GPU.
    machine : Machine, optional
    """

    plan: object
    shapes: object
    gpu: bool = False
    machine: object = None

    def of(self, rule, wildcards):
        """Return the `Cost` of a job: its rule and its wildcards, a mapping."""
        if "job" in wildcards:
            planned = self.plan.stems.get(wildcards["job"])
            wildcards = planned.wildcards if planned else wildcards
        dataset = wildcards.get("dataset")
        if rule == "stability" and self.shapes(dataset):
            models = [model for model in self.plan.config.get("models", []) if model["dataset"] == dataset]
            each = 2 + UNTRAINED * self.shapes(dataset).values
            return Cost(2 + each * sum(len(model["measurements"]) for model in models), 2 * OTHER_MB)
        if rule in ("codes", "neighbourhood") and self.shapes(dataset):
            shape = self.shapes(dataset)
            looked_at = min(shape.cells, LOOKED_AT) * shape.genes
            memory = OTHER_MB + self._matrix(shape) + 24e-6 * looked_at
            if rule == "neighbourhood":
                return Cost(3 + NEIGHBOURS * looked_at, memory)
            return Cost(3 + CODES * shape.values + self._folds_again(dataset, wildcards["normalization"]), memory)
        if dataset not in self.plan.catalogue or rule not in ("ingest", "factorise", "evaluate", *TRAINING):
            return Cost(OTHER_RULES.get(rule, OTHER_SECONDS), OTHER_MB)
        shape = self.shapes(dataset)
        if shape is None:
            return Cost(60, 3000)
        if rule == "ingest":
            sparse = self.plan.catalogue[dataset].get("reader", {}).get("layout") in SPARSE
            read = shape.values * (shape.filled if sparse else 1.0)
            held = PARTS_MB if sparse and 8e-6 * read > ON_DISK_MB else 16e-6 * read
            return Cost(1 + 0.2e-6 * read, PYTHON_MB + held, 8e-6 * shape.values * shape.filled)
        key = dataset, wildcards["normalization"], wildcards["method"]
        if rule == "factorise":
            return self._factorise(shape, *key)
        job = self.plan.jobs.get((*key, int(wildcards["h"]) if "h" in wildcards else None))
        if job is None:
            return Cost(OTHER_SECONDS, OTHER_MB)
        return self._train(shape, job) if rule in TRAINING else self._evaluate(shape, job)

    def n_train(self, shape, method=None):
        """Return the number of training cells of a data set; a method may have its own."""
        wanted = self.plan.methods[method].get("split", {}).get("n_train", "usual") if method else "usual"
        if wanted != "usual":
            return shape.cells // 2 if wanted == "all" else int(wanted * shape.cells if wanted < 1 else wanted)
        split = self.plan.config.get("split", {})
        found = max(int(split.get("fraction", TRAIN_FRACTION) * shape.cells), split.get("minimum", TRAIN_MINIMUM))
        return min(found, split.get("maximum", found))

    def n_test(self, shape, method):
        """Return the number of test cells of a data set: half where the number of training cells is an axis."""
        split = self.plan.methods[method].get("split", {})
        others = shape.cells - self.n_train(shape)
        if "n_train" in split or "tested_on" in split:
            others = shape.cells // (4 if "tested_on" in split else 2)
        return min(others, self.plan.config.get("split", {}).get("test_maximum", others))

    def _train(self, shape, job):
        parameters = self.plan.methods[job.method].get("parameters", {})
        if "architecture" in parameters or "hidden" not in parameters:
            size = weights(parameters.get("architecture", "DeepAE4"), shape.genes, job.measurements)
        else:
            size = 2 * parameters["hidden"] * shape.genes
        updates = job.iterations or parameters.get("iterations", 1000)
        updates *= TUNED if self.plan.methods[job.method]["implementation"].endswith(":TunedDeepAE") else 1
        scored_only, kept = job.stem in self.plan.fit_sources, job.stem in self.plan.fit_sources.values()
        updates = 0 if scored_only else updates
        seeds, n_train = len(job.runs[job.measurements]), self.n_train(shape, job.method)
        test = self.n_test(shape, job.method) * shape.genes
        machine = self.machine or Machine()
        step = update_seconds(size, n_train, machine, self.gpu)
        block = min(BLOCK_VALUES, test) + n_train * shape.genes
        training = (8e-6 if scored_only else 16e-6) * size + 12e-6 * block
        scoring = 4e-6 * size + 9e-6 * min(test, SPEARMAN_VALUES) + 100
        saved = any(
            (model["dataset"], model["normalization"], model["method"]) == (job.dataset, job.normalization, job.method)
            and job.measurements in model["measurements"]
            for model in self.plan.config.get("models", [])
        )
        encoder = 4e-6 * shape.genes * job.measurements * seeds if job.measurements <= 10 else 0
        model = (2e-6 if self.plan.config.get("model_precision") == "float16" else 4e-6) * size if saved else 0.0
        disk = encoder + 24e-6 * seeds * shape.cells + model + (4e-6 * size * seeds if kept else 0)
        arrays = {
            "weights and their moments": 12e-6 * size,
            "training cells and a block of test cells": 4e-6 * block,
            "ranks of the test values": 9e-6 * min(test, SPEARMAN_VALUES),
            "the matrix": self._matrix(shape),
        }
        score = SCORE * (ON_REQUEST if self.plan.methods[job.method].get("metrics") else 1)
        seconds = 3 + seeds * (updates * step + score * test / machine.memory_speed)
        return Cost(seconds, TORCH_MB + self._matrix(shape) + max(training, scoring), disk, model, arrays)

    def _evaluate(self, shape, job):
        entry = self.plan.methods[job.method]
        n_train, seeds = self.n_train(shape), max(map(len, job.runs.values()))
        test = self.n_test(shape, job.method) * shape.genes
        fit, size = self._dictionary(shape, job.method) if "dictionary" in entry else (0.0, 0.0)
        fit *= self._folds(entry)
        scored = 1 if entry.get("floor") else len(job.runs)  # a floor has one result for every h
        seconds = 1 + seeds * (scored * SCORE * test + fit)
        train = 8e-6 * shape.genes * n_train * (3 if fit else 1)
        memory = PYTHON_MB + 100 + self._matrix(shape) + 9e-6 * min(test, SPEARMAN_VALUES) + (2 + seeds) * size + train
        arrays = {
            "ranks of the test values": 9e-6 * min(test, SPEARMAN_VALUES),
            "dictionaries": (2 + seeds) * size,
            "the matrix": self._matrix(shape),
        }
        return Cost(seconds, memory, 24e-6 * seeds * len(job.runs) * shape.cells, 0.0, arrays)

    def _folds_again(self, dataset, normalization):
        """Return the seconds in which `codes` chooses the nonzeros of unit-norm decoding, of one seed and h, again."""
        jobs = {
            job.method
            for job in self.plan.jobs.values()
            if (job.dataset, job.normalization) == (dataset, normalization)
        }
        found = [self.plan.methods[name] | {"name": name} for name in jobs if "dictionary" in self.plan.methods[name]]
        return sum(self._dictionary(self.shapes(dataset), entry["name"])[0] * self._folds(entry) for entry in found)

    @staticmethod
    def _folds(entry):
        """Return what the cross-validation of a method learns, in whole dictionaries."""
        kind, parameters = entry["implementation"].partition(":")[0], entry.get("parameters", {})
        if not parameters.get("corrected"):
            return 0.0
        rounds = parameters.get("iterations", 1000)
        share = parameters.get("fold_iterations", FOLD_ROUNDS) / rounds if kind == "nmf" else 1.0
        # a fold has an eighth fewer cells, and atoms
        return FOLDS.get(kind, FOLDS[""]) * share * (7 / 8) ** 2

    def _factorise(self, shape, dataset, normalization, method):
        seeds = 1
        for job in self.plan.jobs.values():
            if (job.dataset, job.normalization) == (dataset, normalization) and job.measurements is None:
                seeds = max(seeds, *map(len, job.runs.values()))
        fit, size = self._dictionary(shape, method)
        train = 16e-6 * shape.genes * self.n_train(shape)
        return Cost(1 + seeds * fit, PYTHON_MB + self._matrix(shape) + 3 * size + train, seeds * size)

    def _dictionary(self, shape, method):
        """Return the seconds to learn a dictionary and its size (MB)."""
        entry, genes, n_train = self.plan.methods[method], shape.genes, self.n_train(shape)
        kind, atoms = entry["implementation"].partition(":")[0], max(1, n_train // 2)
        if kind == "nmf":
            rounds = entry.get("parameters", {}).get("iterations", 1000)
            batch = min(n_train, 512)
            fit = rounds * atoms * (6e-10 * batch * genes + 2.2e-10 * genes * atoms + 5e-9 * batch * atoms)
        elif kind == "smaf":
            atoms = min(1.5 * n_train, 150)
            fit = 10 * genes * 1.1e-7 * atoms
        else:
            fit = 1e-9 * genes * n_train**2
        return fit, 8e-6 * genes * atoms

    def _matrix(self, shape):
        """Return the memory of an ingested matrix (MB): a large one stays on disk."""
        whole = 8e-6 * shape.values * shape.filled
        return PARTS_MB if whole > ON_DISK_MB else whole


def update_seconds(size, n_train, machine, gpu=False):
    """Return the seconds of one update of a network of so many weights: on one thread, or on a GPU among five seeds."""
    if gpu:
        return size * (GPU_WEIGHT + GPU_PRODUCT * n_train)
    return STEP + size * (STEP_WEIGHT / machine.memory_speed + STEP_PRODUCT * n_train / machine.product_speed)


TRAINING = ("train", "train_model", "train_shared")


@dataclass
class Machine:
    """What there is: cores, free memory and disk (MB), and speed over that of the reference (1: the same)."""

    cores: int = 1
    memory: float = math.inf
    disk: float = math.inf
    memory_speed: float = 1.0
    product_speed: float = 1.0

    @classmethod
    def here(cls, cores, folder="."):
        """Look at this machine; takes a third of a second."""
        stat = os.statvfs(_existing(folder))
        return cls(cores, free_memory(), stat.f_bavail * stat.f_frsize / 1e6, *_speed())


def free_memory():
    """Return the memory (MB) that a run may use: what the kernel calls available, or less in a container."""
    try:
        text = Path("/proc/meminfo").read_text()
        free = int(text.split("MemAvailable:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        free = 0.7 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            free = min(free, (int(Path(limit).read_text()) - int(Path(used).read_text())) / 1e6)
        except (OSError, ValueError):
            continue
    return max(free, 500.0)


def has_gpu():
    """Return whether this machine has an NVIDIA GPU: its device file, since torch takes a second to import."""
    return any(Path("/dev").glob("nvidia[0-9]*"))


def _existing(folder):
    path = Path(folder).absolute()
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _speed(seconds=0.3):
    """Return bandwidth and rate of products on one thread over the reference's; other work on the machine counts."""
    import numpy as np

    a, b = np.ones(24_000_000, np.float32), np.ones(24_000_000, np.float32)  # as a network, beyond most caches
    matrix, product = np.ones((512, 512), np.float32), np.empty((512, 512), np.float32)
    best = [math.inf, math.inf]
    try:
        from threadpoolctl import threadpool_limits

        limits = threadpool_limits(1)
    except ImportError:
        limits = None
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for place, call in enumerate((lambda: np.add(a, b, out=a), lambda: np.matmul(matrix, matrix, out=product))):
            start = time.perf_counter()
            call()
            best[place] = min(best[place], time.perf_counter() - start)
    if limits is not None:
        limits.restore_original_limits()
    return tuple(
        min(4.0, max(0.25, found)) for found in (12 * len(a) / best[0] / BANDWIDTH, 2 * 512**3 / best[1] / RATE)
    )


def finish(costs, cores, memory=math.inf):
    """Return the seconds until all jobs are done on so many cores, and how many ran at once at most.

    Parameters
    ----------
    costs : list of (int, Cost)
        Stage of each job (a stage waits for the one before) and its cost.
    cores : int
    memory : float
        MB that all running jobs may have together; a job that needs more runs alone.
    """
    now, most = 0.0, 0
    for stage in sorted({stage for stage, _ in costs}):
        waiting = sorted((cost for at, cost in costs if at == stage), key=lambda cost: -cost.seconds)
        running, used = [], 0.0
        while waiting or running:
            for cost in list(waiting):
                if len(running) >= cores:
                    break
                if not running or used + cost.memory <= memory:
                    waiting.remove(cost)
                    slow = TOGETHER if cores > 1 else 1.0
                    heapq.heappush(running, (now + slow * cost.seconds, cost.memory))
                    used += cost.memory
            most = max(most, len(running))
            now, freed = heapq.heappop(running)
            used -= freed
    return now, most


STAGES = {"ingest": 0, "factorise": 1, "evaluate": 1, **dict.fromkeys(TRAINING, 1)}


def describe(jobs, costs, machine):
    """Return the lines that a run prints before it starts.

    Parameters
    ----------
    jobs : list of (str, dict)
        Rule and wildcards of each job that will run.
    costs : Costs
    machine : Machine
    """
    if not jobs:
        return []
    found = [(rule, wildcards, costs.of(rule, wildcards)) for rule, wildcards in jobs]
    seconds, at_once = finish([(STAGES.get(rule, 2), cost) for rule, _, cost in found], machine.cores, machine.memory)
    total, training = (
        sum(cost.seconds for rule, _, cost in found if rule in rules or not rules) for rules in ((), TRAINING)
    )
    rule, wildcards, longest = max(found, key=lambda item: item[2].seconds)
    heavy, disk = max((cost for *_, cost in found), key=lambda cost: cost.memory), sum(cost.disk for *_, cost in found)
    largest, models = heavy.memory, sum(cost.model for *_, cost in found)
    arrays = sorted(heavy.arrays.items(), key=lambda item: -item[1])[:3]
    cores = f"{machine.cores} core{'s' * (machine.cores > 1)}"
    where = "a GPU" if costs.gpu else "the CPU"
    trained = f", {duration(training)} of it training on {where}" if training else ""
    lines = [
        f"plan: {len(found)} job{'s' * (len(found) > 1)}, {duration(total)} of computing{trained}",
        f"  time    about {duration(seconds)} on {cores}, up to {at_once} at once",
        f"          the longest is {job_name(rule, wildcards)}: {duration(longest.seconds)}",
        f"  memory  up to {size(largest)} for a job; {size(machine.memory)} are free",
        *([f"          largest arrays: {', '.join(f'{name} {size(mb)}' for name, mb in arrays)}"] if arrays else []),
        f"  disk    {size(disk)} of results, {size(models)} of it saved models; {size(machine.disk)} are free",
    ]
    if largest > machine.memory:
        lines.append("  note    a job needs more memory than is free: it may be killed")
    if disk > machine.disk:
        lines.append("  note    the results may not fit on the disk: name another folder with `results`")
    if seconds > LONG_HOURS * 3600:
        lines += [
            "  note    long: more cores, a GPU or a cluster (docs/cluster.md) shorten it; so do fewer `seeds`,",
            "          `measurements`, `iterations` or networks in the grid, or fewer training cells (`split`)",
        ]
    unknown = [name for name in dict.fromkeys(w.get("dataset") for _, w in jobs) if name and costs.shapes(name) is None]
    if unknown:
        lines.append(f"  note    the size of {', '.join(unknown)} is not known before it is read: guessed")
    return lines


def job_name(rule, wildcards):
    """Write a job for a reader: ``train GSE102475/zscore/deepae/h10``."""
    words = [f"h{value}" if key == "h" else str(value) for key, value in wildcards.items()]
    return " ".join(filter(None, [rule, "/".join(words)]))


def duration(seconds):
    """Write seconds for a reader: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(megabytes):
    """Write megabytes for a reader."""
    if megabytes == math.inf:
        return "any amount"
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 950 else f"{megabytes:.0f} MB"
