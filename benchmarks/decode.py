"""Decoding against the plain formulation with spams and numpy, on synthetic cells of the size of GSE60361.

Run alone with ``python benchmarks/decode.py`` (workflow/ on PYTHONPATH); the benchmarks call `rows`. Ours and theirs
are measured in turn in one process, one thread each; a ratio is the median of the pairs. `decode-activities`: sparse
activities from measurements. `decode`: the reconstruction too, ours in blocks of cells as a job does it, theirs as one
float64 matrix. `smaf-modules`: one lasso round of CS-SMAF, ours in blocks of genes, theirs at once.
"""

import statistics
import time
import tracemalloc

import numpy as np
from threadpoolctl import threadpool_limits

GENES, CELLS, TRAIN, ATOMS = 19_972, 2_855, 150, 75
MEASUREMENTS = (10, 50, 100)
BLOCK = 200  # cells: as `deepae.data.cells.Cells` cuts them for so many genes
PAIRS = 5
COLUMNS = (
    "what",
    "device",
    "n_genes",
    "n_train",
    "seconds",
    "ratio_to_plain",
    "ratio_to_fused",
    "ratio_to_bound",
    "peak_bytes",
)


def rows(pairs=PAIRS):
    """Measure everything on one thread; return one dictionary per row of the table. Ratios are ours / theirs."""
    with threadpool_limits(1):
        return _rows(pairs)


def _rows(pairs):
    import spams

    from deepae.methods import smaf
    from deepae.methods.compressed_sensing import SparseDecoder
    from deepae.methods.measuring import measurement_matrix
    from deepae.methods.omp import omp

    rng = np.random.default_rng(0)
    dictionary = np.linalg.qr(rng.standard_normal((GENES, ATOMS)))[0]
    activities = rng.standard_normal((CELLS, ATOMS)) * np.exp(-np.arange(ATOMS) / 5) * 100
    table = []
    for h in MEASUREMENTS:
        matrix = measurement_matrix("bench", 1, GENES, h)
        seen = matrix @ dictionary
        codes = activities @ seen.T + 0.1 * rng.standard_normal((CELLS, h))
        norms = np.linalg.norm(seen, axis=0)
        nonzeros = min(15, max(1, h // 2))

        def ours(decode, codes=codes):
            for start in range(0, CELLS, BLOCK):
                decode(codes[start : start + BLOCK])

        def plain_activities(codes=codes, unit=seen / norms, nonzeros=nonzeros):
            columns, atoms = np.asfortranarray(codes.T), np.asfortranarray(unit)
            return spams.omp(columns, atoms, L=nonzeros, numThreads=1).toarray()

        def plain(norms=norms, plain_activities=plain_activities):
            return dictionary @ (plain_activities() / norms[:, None])

        decoder = SparseDecoder(dictionary, matrix, nonzeros, unit_columns=True)
        unit = seen / norms
        table += [
            _row(f"decode-activities-h{h}", lambda: omp(codes, unit, nonzeros), plain_activities, pairs),  # noqa: B023
            _row(f"decode-h{h}", lambda: ours(decoder), plain, pairs),  # noqa: B023
        ]
    by_gene = np.asfortranarray(rng.gamma(0.3, 1, (TRAIN, 8)) @ rng.gamma(0.3, 3, (8, GENES)))
    start = rng.random((150, TRAIN))
    bound = 0.0005 * (by_gene**2).sum() / TRAIN
    table.append(
        _row(
            "smaf-modules",
            lambda: smaf._modules(by_gene, start, bound, cholesky=True),
            lambda: _modules_at_once(by_gene, start, bound),
            max(1, pairs // 2),
        )
    )
    return table


def _modules_at_once(by_gene, start, bound):
    import spams

    design = np.asfortranarray(start.T)
    weights = spams.lasso(by_gene, D=design, lambda1=bound, mode=1, pos=True, cholesky=True, numThreads=1)
    modules = weights.toarray().T
    return modules / np.maximum(np.linalg.norm(modules, axis=0), 1e-300)


def _row(what, ours, plain, pairs):
    """Time both in turn, then our peak of numpy's memory (not what spams allocates for itself)."""
    ours()
    plain()
    seconds, ratios = [], []
    for _ in range(pairs):
        first, second = _time(ours), _time(plain)
        seconds.append(first)
        ratios.append(first / second)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    values = (what, "cpu", GENES, TRAIN, statistics.median(seconds), statistics.median(ratios), None, None, peak)
    return dict(zip(COLUMNS, values, strict=True))


def _time(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    print("\t".join(COLUMNS))
    for row in rows():
        cells = (f"{value:.4g}" if isinstance(value, float) else value for value in row.values())
        print("\t".join("" if cell is None else str(cell) for cell in cells))
