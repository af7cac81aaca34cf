"""What a dictionary and random measurements can do: unit-norm decoding and the linear estimator, by data set and h.

    python -m benchmarks.decoders [--quick]        (workflow/ on PYTHONPATH; about six minutes on one core)

Prints the error of each decoder on the test cells (EM, mean over seeds), the number of nonzeros L that cross-validation
chose for each seed, and the seconds a seed that choosing took, for all h together. Then what must hold: on GSE102475,
z-scores, h = 10, three seeds, random-lmmse has EM 632.5 without the variance outside the training cells' span and 591.8
with its mean over genes; on raw values DeepAE (if `--deepae FILE` names rows of a metrics table) has a lower EM than
unit-norm decoding by 27, 11, 5 and 1 % (SVD) and 26, 11, 6 and 1 % (sNMF) at h = 10, 25, 50 and 100, five seeds.
"""

import argparse
import time

import numpy as np
import pandas as pd

from benchmarks import data
from deepae.data.cells import Cells
from deepae.data.split import split_cells
from deepae.methods.base import Run
from deepae.methods.controls import Mean, RandomLMMSE, Zero
from deepae.methods.ksvd import KSVD
from deepae.methods.nmf import SparseNMF
from deepae.methods.sensing import LassoNMF, LassoSVD, RidgeAtoms
from deepae.methods.smaf import SMAF
from deepae.methods.svd import SVD

MEASUREMENTS = (10, 25, 50, 100)
METHODS = {
    "zero": Zero(),
    "mean": Mean(),
    "random-lmmse, no variance outside": RandomLMMSE(outside="none"),
    "random-lmmse, mean variance": RandomLMMSE(outside="mean"),
    "random-lmmse": RandomLMMSE(),
    "svd, L = h / 2": SVD(corrected=True, nonzeros="half"),
    "svd-corrected": SVD(corrected=True),
    "ksvd-corrected": KSVD(corrected=True),
    "snmf, L = h / 2": SparseNMF(corrected=True, nonzeros="half"),
    "snmf-corrected": SparseNMF(corrected=True),
    "cs-lasso": LassoSVD(),
    "cs-lasso-nonnegative": LassoNMF(),
    "cs-ridge": RidgeAtoms(),
    "smaf-corrected": SMAF(corrected=True),
}
QUICK = [name for name in METHODS if "smaf" not in name]
CASES = [  # data set, normalisation, number of its seeds
    ("GSE102475", "zscore", 3),
    ("GSE102475", "none", 5),
    ("GSE84133", "none", 1),
    ("GSE84133", "zscore", 1),
]


def errors(method, train, test, run, measurements=MEASUREMENTS):
    """Return EM and L for each h, and the seconds that `tune` took."""
    cells = train.dense()
    model = method.fit(cells, run)
    start = time.perf_counter()
    model = method.tune(model, cells, run, measurements)
    seconds = time.perf_counter() - start
    codes = method.encode(model, test, run, measurements)
    found = {}
    for h in measurements:
        decoder = method.decoder(model, run, h)
        squares = sum(
            np.square(block.astype(np.float64) - decoder(codes[h][where])).sum() for where, block in test.blocks()
        )
        found[h] = squares**0.5, decoder.nonzeros
    return found, seconds


def table(dataset, normalization, n_seeds, names):
    """Return one row per method: EM for each h, L of each seed for each h, seconds a seed."""
    rows = []
    for name in names:
        per_seed, seconds = [], []
        for seed in data.entries()[dataset]["seeds"][:n_seeds]:
            train, test = data.split(dataset, normalization, seed)
            found, spent = errors(METHODS[name], train, test, Run(dataset, seed, log=lambda line: None))
            per_seed.append(found)
            seconds.append(spent)
        row = {"dataset": dataset, "normalization": normalization, "seeds": n_seeds, "method": name}
        for h in MEASUREMENTS:
            row[f"em_h{h}"] = float(np.mean([found[h][0] for found in per_seed]))
        for h in MEASUREMENTS:
            row[f"nonzeros_h{h}"] = " ".join(str(found[h][1] or "") for found in per_seed).strip()
        row["tune_seconds"] = float(np.mean(seconds))
        rows.append(row)
        print(
            "\t".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.values()), flush=True
        )
    return pd.DataFrame(rows).set_index("method")


def first_mouse():
    """Print EM over zero's EM on the first mouse of GSE84133 (822 cells), seed 943, SVD atoms, h = 10, 25 and 50.

    Expected: raw 0.516, 0.353, 0.312; z-scores 0.867, 0.679, 0.628; with L = h / 2, as before, raw 1.010, 0.841, 0.507,
    z-scores 1.294, 1.184, 0.763.
    """
    dataset = data.dataset("GSE84133")
    for normalization in ("none", "zscore"):
        split = split_cells(822, 943)
        train, test = (Cells(dataset.matrix, rows, normalization, "GSE84133-mouse1", 943) for rows in split)
        run = Run("GSE84133-mouse1", 943, log=lambda line: None)
        zero = sum(np.square(block.astype(np.float64)).sum() for _, block in test.blocks()) ** 0.5
        for name in ("svd, L = h / 2", "svd-corrected"):
            found, _ = errors(METHODS[name], train, test, run, (10, 25, 50))
            print("GSE84133, mouse 1", normalization, name, *(f"{em / zero:.3f}" for em, _ in found.values()), sep="\t")


def against_deepae(path, found):
    """Print by how many per cent DeepAE's EM is lower than each decoder's on raw GSE102475."""
    rows = pd.read_csv(path, sep="\t")
    rows = rows[(rows.dataset == "GSE102475") & (rows.normalization == "none") & (rows.method == "deepae")]
    deepae = rows.groupby("measurements").em.mean()
    print("deepae", *(f"{deepae[h]:.6g}" for h in MEASUREMENTS), sep="\t")
    for name, row in found.iterrows():
        lower = [100 * (1 - deepae[h] / row[f"em_h{h}"]) for h in MEASUREMENTS]
        print(f"DeepAE lower than {name} by (%)", *(f"{value:.1f}" for value in lower), sep="\t")


def main():
    """Print every table, and the comparison with DeepAE if its rows are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="without CS-SMAF, which takes most of the time")
    parser.add_argument("--deepae", help="a metrics table with DeepAE's raw rows on GSE102475, five seeds")
    options = parser.parse_args()
    columns = [f"{what}_h{h}" for what in ("em", "nonzeros") for h in MEASUREMENTS]
    print("dataset", "normalization", "seeds", "method", *columns, "tune_seconds", sep="\t")
    first_mouse()
    for case in CASES:
        found = table(*case, QUICK if options.quick else METHODS)
        if case[:2] == ("GSE102475", "none") and options.deepae:
            against_deepae(options.deepae, found)


if __name__ == "__main__":
    main()
