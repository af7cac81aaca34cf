"""Time and peak memory of reading texts of the paper's largest shapes.

    python benchmarks/readers.py

Makes a 24175 x 2717 table of counts and a 57820 x 201 table of TPM (gzip), reads each in a process of its own, and
prints the seconds, the size of the matrix (CSR float32) and the peak resident memory above that before reading.
"""

import gzip
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

SHAPES = {"counts": (24175, 2717), "TPM": (57820, 201)}


def make(kind, path):
    """Write a table with the sparsity of such data: about 15 % (counts) or 40 % (TPM) of the values are not zero."""
    rng = np.random.default_rng(1)
    genes, cells = SHAPES[kind]
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.write("gene\t" + "\t".join(f"c{cell}" for cell in range(cells)) + "\n")
        for gene in range(genes):
            if kind == "counts":
                fields = map(str, rng.poisson(rng.gamma(0.2, 1.2), cells).tolist())
            else:
                fields = (f"{value:.6g}" for value in (rng.gamma(0.3, 20, cells) * (rng.random(cells) < 0.4)).tolist())
            stream.write(f"g{gene}\t" + "\t".join(fields) + "\n")


def measure(kind, path):
    """Read the table and print what it took."""
    from deepae.data import readers
    from deepae.data.readers import delimited  # noqa: F401  its imports are not the matrix's

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    matrix = readers.read([readers.Source(path)], "genes-by-cells", separator="tab", header="full").matrix
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    size = (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes) / 2**20
    print(f"{kind}: {seconds:.1f} s, matrix {size:.0f} MiB, peak {peak:.0f} MiB above, {peak / size:.2f} x", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in SHAPES:
            table = Path(folder) / f"{name}.tsv.gz"
            make(name, table)
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(name, table))
            process.start()
            process.join()
