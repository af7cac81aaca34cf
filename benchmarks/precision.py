"""What the precision of the matrix products does to the metrics: GSE102475, z-scores, h = 10, seed 702.

    python benchmarks/precision.py [--updates N] [--device cuda]        (workflow/ on PYTHONPATH)

Prints PCC, EM and MAE for each loss and precision. On the CPU, which has no TF32, both factors of a product are rounded
to TF32's ten bits of mantissa first, as a GPU's tensor cores do; products and sums are in float32 there and here.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
import torch

from deepae.benchmark.metrics import Scorer
from deepae.data.cells import Cells
from deepae.data.split import split_cells
from deepae.methods.autoencoder.gpu import BatchedTrainer
from deepae.methods.autoencoder.method import Autoencoder
from deepae.methods.base import Run

FILE = Path(__file__).resolve().parents[1] / "resources/expression/GSE102475_GASCH_NaCl-scRNAseq_NormData.txt.gz"
RUN, H = Run("GSE102475", 702, log=None), 10
LOSSES = {"MSE, linear centre": {"loss": "mse", "linear_centre": True}, "MAE": {"loss": "mae", "linear_centre": False}}


class RoundedTrainer(BatchedTrainer):
    """TF32 by rounding, for the CPU. Takes the path on which factors of products are cast."""

    def _cast(self, tensor):
        return ((tensor.contiguous().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


def cells():
    """Return training and test cells."""
    with gzip.open(FILE, "rt") as lines:
        columns = len(next(lines).split("\t"))
        matrix = np.loadtxt(lines, delimiter="\t", usecols=range(1, columns), dtype=np.float32).T
    return tuple(Cells(matrix, rows, "zscore", RUN.dataset, RUN.seed) for rows in split_cells(len(matrix), RUN.seed))


def metrics(train, test, precision, updates, device, **parameters):
    """Train one run and return its PCC, EM and MAE on the test cells."""
    method = Autoencoder(iterations=updates, precision=precision, **parameters)
    network = method.network(train.n_genes, H)
    rounded = precision == "tf32" and device == "cpu"
    trainer = (RoundedTrainer if rounded else BatchedTrainer)(
        network,
        [train.dense()],
        [method.initial_weights(network, RUN)],
        method.optimiser,
        method.loss,
        "bf16" if rounded else precision,
        device=device,
    )
    trainer.train(updates)
    model = {}
    weights = [weight[0].cpu().numpy() for weight in trainer.weights]
    biases = [bias[0, 0].cpu().numpy() for bias in trainer.biases]
    method.collect(model, network, updates, weights, biases, keep=False, final=True)
    codes = method.encode(model, test, RUN, [H])[H]
    decoder = method.decoder(model, RUN, H)
    values = Scorer(test).score(lambda where: decoder(codes[where])).values
    return values["pcc"], values["em"], values["mae"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=120)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    split = cells()
    print("loss", "precision", "pcc", "em", "mae", sep="\t")
    for loss, parameters in LOSSES.items():
        for precision in ("float32", "tf32", "bf16"):
            pcc, em, mae = metrics(*split, precision, arguments.updates, arguments.device, **parameters)
            print(loss, precision, f"{pcc:.5f}\t{em:.2f}\t{mae:.5f}", sep="\t", flush=True)
