"""Metrics: ours in blocks against the plain numpy and scipy formulation, and against two argsort passes.

Run alone with ``python benchmarks/metrics.py`` (workflow/ on PYTHONPATH); ``make bench`` calls `rows`. Everything is
measured in one process on sparse counts under z-scores and a dense reconstruction, one thread.

ratio_to_plain
    To dense float64 matrices, ``scipy.stats.rankdata`` and sums, all metrics but those over all pairs.
ratio_to_bound
    To ``numpy.argsort`` of the float32 truth and reconstruction: the least that ranks by argsort cost.
"""

import statistics
import time

import numpy as np
import scipy.sparse
from scipy import stats

from deepae.benchmark.metrics import Scorer
from deepae.data.cells import Cells

N_CELLS, N_GENES = 2855, 19972  # test cells and genes of GSE60361
PLAIN_CELLS = 714  # a quarter: the plain formulation holds everything in float64


def make(n_cells, n_genes=N_GENES):
    """Return cells of sparse counts under z-scores, and a reconstruction: dense float32, correlated with the truth."""
    rng = np.random.default_rng(0)
    counts = scipy.sparse.random(n_cells, n_genes, 0.15, "csr", np.float32, rng, lambda size: rng.poisson(2, size) + 1)
    cells = Cells(counts, np.arange(n_cells), "zscore", "bench", 1)
    guess = rng.standard_normal((n_cells, n_genes), dtype=np.float32)
    for where, truth in cells.blocks():
        guess[where] += truth
    return cells, guess


def timed(call):
    """Return what a call returns and the seconds it takes."""
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def ours(cells, guess):
    """All metrics by a fresh scorer, the truth's ranks included."""
    return Scorer(cells).score(lambda where: guess[where]).values


def two_argsorts(truth, guess):
    """Two passes of argsort."""
    np.argsort(truth, axis=None)
    np.argsort(guess, axis=None)


def plain(cells, guess):
    """All metrics as one would write them with numpy and scipy on whole matrices."""
    x, y = cells.dense().astype(np.float64), guess.astype(np.float64)

    def correlate(a, b):
        a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))

    return {
        "pcc": correlate(x.ravel(), y.ravel()),
        "spearman": correlate(stats.rankdata(x, axis=None), stats.rankdata(y, axis=None)),
        "em": np.linalg.norm(x - y),
        "mae": np.abs(x - y).mean(),
        "mse": ((x - y) ** 2).mean(),
        "pcc_cell": np.nanmean(correlate(x, y)),
        "pcc_gene": np.nanmean(correlate(x.T, y.T)),
    }


def rows(repeats=1):
    """Measure; rows of the table of benchmarks. Raises AssertionError if both formulations disagree."""
    cells, guess = make(PLAIN_CELLS)
    expected, plain_seconds = timed(lambda: plain(cells, guess))
    values, seconds = timed(lambda: ours(cells, guess))
    for name, value in expected.items():
        assert abs(values[name] - value) <= 1e-8 * abs(value), (name, values[name], value)
    table = [_row(f"metrics, {PLAIN_CELLS} cells", seconds) | {"ratio_to_plain": seconds / plain_seconds}]
    cells, guess = make(N_CELLS)
    truth = cells.dense()
    pairs = []
    for _ in range(repeats):
        _, bound = timed(lambda: two_argsorts(truth, guess))
        _, seconds = timed(lambda: ours(cells, guess))
        pairs.append((seconds, seconds / bound))
    row = _row(f"metrics, {N_CELLS} cells", statistics.median(seconds for seconds, _ in pairs))
    table.append(row | {"ratio_to_bound": statistics.median(ratio for _, ratio in pairs)})
    return table


def _row(what, seconds):
    return {"what": what, "device": "cpu", "n_genes": N_GENES, "seconds": seconds}


if __name__ == "__main__":
    for row in rows(repeats=3):
        print(row)
