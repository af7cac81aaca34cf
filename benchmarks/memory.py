"""Peak memory of real jobs on 1 000, 10 000 and 100 000 cells x 20 000 genes, 5 % of the values nonzero.

Run alone with ``python benchmarks/memory.py [--cells N ...] [--iterations N]`` (workflow/ on PYTHONPATH); `rows` is for
``make bench``. Each job runs in a process of its own, on an h5ad in a temporary directory: `train` is DeepAE4 at h = 10
from reading the file to all metrics, `evaluate` the mean profile. What has to grow with the cells is the sparse matrix
(8 bytes a nonzero value) and the training rows (4 bytes a value). Beyond 100 000 cells the limits of own data hold (200
cells train, 5000 test) and the matrix stays on disk: ``--cells 1000000 --kinds ingest pca train evaluate encode`` needs
16 GB of disk in the temporary directory and, idle, about an hour.

With ``--seeds`` one seed and five are trained at h = 50 on the shapes of the paper's largest networks instead (a
quarter of the values nonzero), and the peak is compared with `bound`: more seeds must not need more memory.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from deepae.data.cells import BLOCK_VALUES
from deepae.io.allocator import memory_kept
from deepae.io.scripting import peak_memory
from deepae.methods.autoencoder.network import build

SHAPES = {"GSE69405": (57_820, 201), "GSE65525": (24_175, 2717)}  # genes, cells
FIVE, H_FIVE = [1, 2, 3, 4, 5], 50
GENES, DENSITY, H, SEED = 20_000, 0.05, 10, 1
SIZES = (1_000, 10_000, 100_000)
AT_ONCE = 1_000  # cells made at once
METHODS = {
    "train": {
        "protocol": "paper",
        "implementation": "autoencoder.method:Autoencoder",
        "parameters": {"architecture": "DeepAE4", "loss": "mae", "slope": 0.2, "linear_centre": False},
    },
    "evaluate": {"protocol": "control", "implementation": "controls:Mean"},
    "pca": {"protocol": "control", "implementation": "controls:PCA"},
}
STEPS = ("ingest", *METHODS, "encode")  # in the order in which a run does them
MANY = 100_000  # cells beyond which the limits of own data hold: so many train, so many test
LIMITS = {"maximum": 200, "test_maximum": 5_000}


def write(path, n_cells, n_genes=GENES, density=DENSITY):
    """Write counts as the store does, some cells at a time: the matrix is never held here."""
    import h5py

    rng = np.random.default_rng(SEED)
    step = round(1 / density)
    per_cell = n_genes // step
    with h5py.File(path, "w") as file:
        group = file.create_group("X")
        group.attrs["shape"] = (n_cells, n_genes)
        group["indptr"] = np.arange(n_cells + 1, dtype=np.int64) * per_cell
        data = group.create_dataset("data", n_cells * per_cell, np.float32)
        indices = group.create_dataset("indices", n_cells * per_cell, np.int32)
        for start in range(0, n_cells, AT_ONCE):
            size = min(AT_ONCE, n_cells - start)
            where = slice(start * per_cell, (start + size) * per_cell)
            first = rng.integers(0, step, (size, per_cell))
            indices[where] = (first + step * np.arange(per_cell)).ravel()
            data[where] = rng.poisson(2, size * per_cell) + 1
        text = h5py.string_dtype()
        for name, key, columns, length in (
            ("var", "position", ("gene_id", "symbol"), n_genes),
            ("obs", "cell", (), n_cells),
        ):
            table = file.create_group(name)
            table.attrs["_index"] = key
            table.attrs.create("column-order", list(columns), dtype=text)
            for column in (key, *columns):
                table.create_dataset(column, data=np.arange(length).astype("S"), dtype=text)
        file["uns/dataset"] = "bench"
        file["uns/provenance"] = "{}"


def job(path, kind, iterations, h=H, seeds=(SEED,)):
    """Do one step in this process; print its seconds, peak memory in bytes, and one of its metrics."""
    start = time.perf_counter()
    done = {"ingest": _ingest, "encode": _encode}.get(kind, _score)(path, kind, iterations, h, seeds)
    print(json.dumps({"seconds": time.perf_counter() - start, "peak_bytes": peak_memory()} | done))


def _ingest(path, *_):
    """Read the file as a user's own and store it beside itself."""
    from deepae.data import store
    from deepae.data.ingest import ingest

    entry = {"files": [{"name": "bench"}], "reader": {"layout": "h5ad"}, "gene_id_type": "symbol", "complete": True}
    dataset = ingest(entry, [path], "bench", Path(path).parent)
    store.write(_stored(path), dataset)
    return {"nonzero": dataset.provenance["values"]["nonzero"]}


def _score(path, kind, iterations, h, seeds):
    """Fit and score, and save a trained model."""
    from deepae.benchmark.evaluate import evaluate
    from deepae.benchmark.job import Job
    from deepae.benchmark.train import train

    path = _stored(path) if _stored(path).exists() else path
    entry, trained = METHODS[kind] | {"role": "control"}, kind == "train"
    work = Job(path, kind, entry, "zscore", iterations=iterations if trained else None, threads=threads(), log=_quiet)
    if work.dataset.n_cells > MANY:
        work.most = LIMITS
    model = Path(path).with_name("bench.safetensors")
    rows = train(work, h, list(seeds), model)[0] if trained else evaluate(work, {h: list(seeds)})[0]
    assert rows[0]["status"] == "ok", rows[0]["reason"]
    return {name: rows[0][name] for name in ("em", "n_test", "reason")}


def _encode(path, *_):
    """Encode all cells of the user's file by the saved model."""
    from deepae.methods.autoencoder import model as models

    codes = models.load(Path(path).with_name("bench.safetensors")).encode(path)
    assert np.isfinite(codes).all()
    return {"codes": list(codes.shape)}


def _stored(path):
    return Path(path).with_name("stored.h5ad")


def threads():
    """Threads for a job: those asked for by OMP_NUM_THREADS, else those of the machine."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


def _quiet(line):
    print(line, file=sys.stderr)


def rows(sizes=SIZES, kinds=("evaluate", "train"), iterations=2):
    """Measure; return the table's rows, with `excess_bytes` beyond the matrix and the training rows."""
    return list(measure(sizes, kinds, iterations))


def measure(sizes, kinds, iterations):
    """Yield the rows as they are measured."""
    for n_cells in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bench.h5ad"
            write(path, n_cells)
            for kind in kinds:
                found = run(kind, path, iterations)
                n_train = max(int(0.05 * n_cells), 5)
                needed = int(n_cells * GENES * DENSITY) * 8 + n_train * GENES * 4
                row = {
                    "what": f"memory, {kind}, {n_cells} cells",
                    "device": "cpu",
                    "n_genes": GENES,
                    "n_train": n_train,
                }
                row |= found
                yield row | {"excess_bytes": found["peak_bytes"] - needed}


def bound(n_genes, n_cells, h=H_FIVE):
    """Return the most bytes that a training job may need, for any number of seeds."""
    n_train = max(int(0.05 * n_cells), 5)
    cells = n_train + min(n_cells - n_train, BLOCK_VALUES // n_genes)
    return 16 * build("DeepAE4", n_genes, h).n_weights + 3 * 4 * n_genes * cells + 400 * 10**6


def seed_rows():
    """Train one seed and five on each of `SHAPES`: rows of the table, with the peak as a share of `bound`."""
    table = []
    for name, (n_genes, n_cells) in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bench.h5ad"
            write(path, n_cells, n_genes, 0.25)
            for seeds in (FIVE[:1], FIVE):
                found = run("train", path, 2, H_FIVE, seeds)
                row = {"what": f"memory, {name}, {len(seeds)} seeds", "device": "cpu", "n_genes": n_genes}
                row |= {"n_train": max(int(0.05 * n_cells), 5), "seconds": found["seconds"]}
                share = found["peak_bytes"] / bound(n_genes, n_cells)
                table.append(row | {"peak_bytes": found["peak_bytes"], "ratio_to_bound": share})
    return table


def run(kind, path, iterations, h=H, seeds=(SEED,)):
    """Run a job in a process of its own; return what it prints."""
    command = [sys.executable, __file__, "--job", kind, "--file", path, "--iterations", str(iterations)]
    command += ["--h", str(h), "--job-seeds", *map(str, seeds)]
    environment = os.environ | memory_kept()  # as a run's jobs have it
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"memory, {kind}, {path}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=SIZES)
    parser.add_argument("--kinds", nargs="+", default=["evaluate", "train"], choices=STEPS)
    parser.add_argument("--iterations", type=int, default=2)
    parser.add_argument("--job", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("--h", type=int, default=H, help=argparse.SUPPRESS)
    parser.add_argument("--job-seeds", type=int, nargs="+", default=[SEED], help=argparse.SUPPRESS)
    parser.add_argument("--seeds", action="store_true", help="one seed and five on the paper's largest networks")
    options = parser.parse_args()
    if options.job:
        job(options.file, options.job, options.iterations, options.h, options.job_seeds)
    elif options.seeds:
        for row in seed_rows():
            print(json.dumps(row), flush=True)
    else:
        for row in measure(options.cells, options.kinds, options.iterations):
            print(row, flush=True)
