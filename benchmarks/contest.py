"""Floors, ceilings and panels on GSE102475, z-scores, three seeds: figures anyone can check.

    python -m benchmarks.contest        (workflow/ on PYTHONPATH; seconds)

Each line: PCC, EM and the skill over the mean profile, 1 - MSE / MSE of the mean profile; for a panel also PCC and EM
over the genes it did not measure, and those of PCA (h = 10) over the same genes. Expected (PCC / EM): nearest training
cell .842 / 576 (skill .115), PCA .875 / 499 (skill .337), greedy panel of 50 genes with a nearly unpenalised decoder
.894 / 463 (unmeasured .676; PCA there .710 / 436), PCA of the test cells, rank 10 and 50, .925 / 390 and .965 / 269.
With half of the cells held out to test, PCA of 8, 32 and all other cells: .870, .900, .912; which cells are tested
moves these by 0.01.
"""

import numpy as np

from benchmarks import data
from deepae.benchmark.metrics import Scorer
from deepae.data.cells import Cells
from deepae.data.split import split_cells
from deepae.methods import ceilings, controls, panels
from deepae.methods.base import Run

NAME, NORMALIZATION = "GSE102475", "zscore"
SEEDS = data.entries()[NAME]["seeds"][:3]
CASES = [
    ("mean", controls.Mean(), 10),
    ("nearest-cell", controls.NearestCell(), 10),
    ("shuffled", controls.Shuffled(), 10),
    ("pca", controls.PCA(), 10),
    ("panel-random", panels.RandomPanel(), 50),
    ("panel-variance", panels.VariancePanel(), 50),
    ("panel-pca", panels.PCAPanel(), 50),
    ("panel-greedy", panels.GreedyPanel(), 50),
    ("panel-greedy, ridge 0.01", panels.GreedyPanel(ridge=0.01), 50),
    ("oracle-pca", ceilings.OraclePCA(), 10),
    ("oracle-pca", ceilings.OraclePCA(), 50),
]


def fitted(method, train, test, run, h):
    """Return the reconstruction of the test cells and the genes that are measured, if they are genes."""
    cells = (test if method.sees == "test" else train).dense()
    model = method.tune(method.fit(cells, run, h), cells, run, [h])
    decoder = method.decoder(model, run, h)
    return decoder(method.encode(model, test, run, [h])[h]), getattr(decoder, "measured", None)


def compared(truth, found):
    """Return PCC and EM of two matrices."""
    return np.corrcoef(truth.ravel(), found.ravel())[0, 1], np.linalg.norm(truth - found)


def row(label, method, h):
    """Print one line: means over seeds."""
    values = []
    for seed in SEEDS:
        train, test = data.split(NAME, NORMALIZATION, seed)
        run, truth = Run(NAME, seed), test.dense().astype(np.float64)
        found, measured = fitted(method, train, test, run, h)
        mean = np.square(truth - train.dense().mean(axis=0, dtype=np.float64)).sum()
        pcc, em = compared(truth, found)
        line = [pcc, em, 1 - em**2 / mean]
        if measured is not None:
            others = np.setdiff1d(np.arange(truth.shape[1]), measured)
            pca, _ = fitted(controls.PCA(), train, test, run, 10)
            line += [*compared(truth[:, others], found[:, others]), *compared(truth[:, others], pca[:, others])]
        values.append(line)
    print(label, h, *(f"{value:.4g}" for value in np.mean(values, axis=0)), sep="\t", flush=True)


def learning_curve():
    """Print PCA's PCC for numbers of training cells, on the same test cells."""
    dataset = data.dataset(NAME)
    for n_train in ("usual", 32, "all"):
        found = []
        for seed in SEEDS:
            split = split_cells(dataset.n_cells, seed, n_train=n_train)
            train, test = (Cells(dataset.matrix, rows, NORMALIZATION, NAME, seed) for rows in split)
            guess, _ = fitted(controls.PCA(), train, test, Run(NAME, seed), 10)
            values = Scorer(test, spearman_limit=1).score(lambda where, guess=guess: guess[where]).values
            found.append([len(train), values["pcc"], values["em"]])
        print("pca, half held out", *(f"{value:.4g}" for value in np.mean(found, axis=0)), sep="\t", flush=True)


def main():
    """Print all lines."""
    print("method", "h", "pcc", "em", "skill", "unmeasured_pcc", "unmeasured_em", "pca_there", "pca_em_there", sep="\t")
    for case in CASES:
        row(*case)
    learning_curve()


if __name__ == "__main__":
    main()
