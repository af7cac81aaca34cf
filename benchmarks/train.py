"""Training: a step of DeepAE4 against a plain torch loop, torch's fused Adam and the machine's bound.

Run alone with ``python benchmarks/train.py [--threads N] [--rounds N] [--grid]`` (workflow/ on PYTHONPATH); ``make bench``
calls `rows`. Everything is measured in turn in one process, and the ratios are medians over rounds, because neighbours on
a machine change its speed from second to second.

bound
    36 bytes x weights / triad bandwidth + floating-point operations / rate of a large matrix product. 36 bytes are what
    a plain step with fused kernels has to move for each weight; visiting a block of weights once moves 24, so that less
    than 1 is possible where memory is the limit.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from deepae.methods.autoencoder import Autoencoder
from deepae.methods.base import Run
from deepae.training import network as networks
from deepae.training.cpu import CpuTrainer
from deepae.training.optimiser import Adam

COLUMNS = "what device n_genes n_train seconds ratio_to_plain ratio_to_fused ratio_to_bound peak_bytes".split()
SHAPES = [
    (6789, 8),
    (19972, 8),
    (6789, 150),
    (19972, 150),
]  # (genes, training cells): smallest and largest of the paper
TRIAD_VALUES = 32_000_000  # three arrays of 128 MB: far beyond any cache
GRID = [  # genes and training cells of the paper's nine data sets (Table 1)
    (19972, 150), (24175, 135), (23630, 14), (10972, 28), (47192, 18), (14878, 94), (22814, 5), (57820, 10), (6789, 8),
]  # fmt: skip


class TorchLoop:
    """The loop one would write: autograd and torch.optim.Adam."""

    def __init__(self, network, train, weights, fused):
        self.network = network
        self.x = torch.from_numpy(train)
        self.weights = [torch.nn.Parameter(torch.from_numpy(w.copy())) for w in weights]
        self.biases = [torch.nn.Parameter(torch.zeros(width)) for width in network.widths[1:]]
        self.adam = torch.optim.Adam([*self.weights, *self.biases], lr=1e-4, fused=fused)

    def step(self):
        self.adam.zero_grad()
        values = self.x
        for weight, bias in zip(self.weights, self.biases, strict=True):
            values = torch.nn.functional.leaky_relu(torch.addmm(bias, values, weight), self.network.slope)
        torch.nn.functional.l1_loss(values, self.x).backward()
        self.adam.step()


class Machine:
    """Memory bandwidth and rate of matrix products, with torch's threads."""

    def __init__(self):
        self.triad = [torch.ones(TRIAD_VALUES) for _ in range(3)]
        self.square = torch.ones(2048, 2048)
        self.product = torch.empty(2048, 2048)

    def bandwidth(self):
        """Return the bytes per second of a triad, a = b + 2 c."""
        a, b, c = self.triad
        return 12 * TRIAD_VALUES / timed(lambda: torch.add(b, c, alpha=2.0, out=a))

    def rate(self):
        """Return the floating-point operations per second of a large float32 product."""
        return 2 * 2048**3 / timed(lambda: torch.mm(self.square, self.square, out=self.product))


def timed(call):
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def operations(network, n_train):
    """Return the floating-point operations of a step: forward, weight gradients, gradients handed back but to the input."""
    return n_train * (6 * network.n_weights - 2 * network.widths[0] * network.widths[1])


def step_row(n_genes, n_train, threads, rounds, steps=2):
    """Measure one size on the CPU: a row of the table."""
    torch.set_num_threads(threads)
    network = networks.build("DeepAE4", n_genes, 50)
    train = np.random.default_rng(0).standard_normal((n_train, n_genes), dtype=np.float32)
    weights = networks.initial_weights(network, "bench", 0)
    plain, fused = TorchLoop(network, train, weights, False), TorchLoop(network, train, weights, True)
    ours = CpuTrainer(network, train, weights, Adam(), "mae", threads)
    machine = Machine()
    for warm_up in (plain.step, fused.step, lambda: ours.train(2), machine.bandwidth, machine.rate):
        warm_up()
    samples = []
    for _ in range(rounds):
        times = {"plain": [], "fused": [], "ours": [], "bound": []}
        bandwidths, rates = [], []
        for _ in range(2):
            bandwidths.append(machine.bandwidth())
            times["plain"].append(timed(plain.step))
            bandwidths.append(machine.bandwidth())
            times["fused"].append(timed(fused.step))
            rates.append(machine.rate())
            bandwidths.append(machine.bandwidth())
            times["ours"].append(timed(lambda: ours.train(ours.updates + steps)) / steps)
        mean = {name: statistics.fmean(values) for name, values in times.items() if values}
        mean["bound"] = 36 * network.n_weights / statistics.median(bandwidths)
        mean["bound"] += operations(network, n_train) / statistics.median(rates)
        samples.append(mean)
    row = {
        "what": "deepae4-step",
        "device": "cpu",
        "n_genes": n_genes,
        "n_train": n_train,
        "seconds": statistics.median(sample["ours"] for sample in samples),
    }
    for name in ("plain", "fused", "bound"):
        row[f"ratio_to_{name}"] = statistics.median(sample["ours"] / sample[name] for sample in samples)
    row["peak_bytes"] = sum(array.nbytes for array in weights) * 3 + train.nbytes  # weights, moments, cells: by design
    return row
