"""Training: a step of DeepAE4 against a plain torch loop, torch's fused Adam and the bound of the machine.

Run alone with ``python benchmarks/train.py [--threads N] [--rounds N] [--grid]`` (workflow/ on PYTHONPATH);
``make bench`` calls `rows`. Everything is measured in turn in one process and ratios are medians over rounds, because
neighbours on a machine change its speed from second to second.

bound
    36 bytes x weights / triad bandwidth + floating-point operations / rate of a large matrix product. A plain step with
    fused kernels has to move 36 bytes a weight; visiting a block of weights once moves 24, so that a ratio below 1 is
    possible where memory is the limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

from deepae.io.scripting import peak_memory
from deepae.methods.autoencoder import network as networks
from deepae.methods.autoencoder.adam import Adam
from deepae.methods.autoencoder.cpu import CpuTrainer
from deepae.methods.autoencoder.method import Autoencoder
from deepae.methods.base import Run

COLUMNS = "what device n_genes n_train seconds ratio_to_plain ratio_to_fused ratio_to_bound peak_bytes".split()
SHAPES = [(6789, 8), (19972, 8), (6789, 150), (19972, 150)]  # genes, training cells
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
    """Return the floating-point operations of a step: forward and both gradients, but none for the input."""
    return n_train * (6 * network.n_weights - 2 * network.widths[0] * network.widths[1])


def step_row(n_genes, n_train, threads, rounds, steps=2):
    """Measure one size on the CPU: a row of the table.

    In each round every loop has its turn: one step that is not timed, since what ran before has filled the caches and
    left threads that still spin, then `steps` that are. Triad and matrix product are measured between the turns.
    """
    torch.set_num_threads(threads)
    network = networks.build("DeepAE4", n_genes, 50)
    train = np.random.default_rng(0).standard_normal((n_train, n_genes), dtype=np.float32)
    weights = networks.initial_weights(network, "bench", 0)
    plain, fused = TorchLoop(network, train, weights, False), TorchLoop(network, train, weights, True)
    ours = CpuTrainer(network, train, weights, Adam(), "mae", threads)
    turns = {
        "plain": lambda count: [plain.step() for _ in range(count)],
        "fused": lambda count: [fused.step() for _ in range(count)],
        "ours": lambda count: ours.train(ours.updates + count),
    }
    machine = Machine()
    machine.bandwidth(), machine.rate()
    samples = []
    for _ in range(rounds + 1):
        sample, bandwidths, rates = {}, [], []
        for name, turn in turns.items():
            bandwidths.append(machine.bandwidth())
            rates.append(machine.rate())
            turn(1)
            sample[name] = timed(lambda turn=turn: turn(steps)) / steps
        bandwidths.append(machine.bandwidth())
        sample["bound"] = 36 * network.n_weights / statistics.median(bandwidths)
        sample["bound"] += operations(network, n_train) / statistics.median(rates)
        samples.append(sample)
    samples = samples[1:]  # the first round is the warm-up
    ratios = {
        f"ratio_to_{name}": statistics.median(sample["ours"] / sample[name] for sample in samples)
        for name in ("plain", "fused", "bound")
    }
    seconds = statistics.median(sample["ours"] for sample in samples)
    return row_of(
        "deepae4-step", "cpu", n_genes, n_train, seconds, peak_bytes=peak(n_genes, n_train, threads), **ratios
    )


def row_of(what, device, n_genes, n_train, seconds, **others):
    """Return a row of the table, NaN where nothing is measured."""
    values = {"what": what, "device": device, "n_genes": n_genes, "n_train": n_train, "seconds": seconds}
    return dict.fromkeys(COLUMNS, float("nan")) | values | others


def peak(n_genes, n_train, threads):
    """Return the peak memory of a process that trains a few steps and keeps the model, in bytes."""
    command = [sys.executable, __file__, "--peak", str(n_genes), str(n_train), "--threads", str(threads)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def print_peak(n_genes, n_train, threads):
    """Train two steps in this process and print its peak memory."""
    train = np.random.default_rng(0).standard_normal((n_train, n_genes), dtype=np.float32)
    Autoencoder(iterations=2).fit(train, Run("bench", 0, threads, log=None), 50)
    print(peak_memory())


def train_on_gpu(n_genes, n_train, h, seeds, iterations, precision):
    """Return the seconds to train all seeds of one job of the grid together on the GPU, and the peak of its memory."""
    torch.cuda.reset_peak_memory_stats()
    method = Autoencoder(iterations=iterations, precision=precision)
    trains = [np.random.default_rng(s).poisson(1.0, (n_train, n_genes)).astype(np.float32) for s in range(seeds)]
    runs = [Run("bench", seed, 1, "cuda", log=None) for seed in range(seeds)]
    seconds = sum(seconds for _, seconds in method.fit_many(trains, runs, h))
    return seconds, torch.cuda.max_memory_allocated()


def gpu_rows(grid=False):
    """Measure the GPU: five seeds, 1000 iterations, in both precisions; with `grid` Figures 2–4 of the paper.

    The bound is that of the CPU's steps, x 5 x 1000: triad and large matrix product of the GPU in the same precision.
    """
    rows, (n_genes, n_train) = [], SHAPES[-1]
    network = networks.build("DeepAE4", n_genes, 50)
    train_on_gpu(n_genes, n_train, 50, 5, 20, "float32")  # libraries set themselves up
    for precision in ("float32", "tf32", "bf16"):
        seconds, memory = train_on_gpu(n_genes, n_train, 50, 5, 1000, precision)
        bandwidth, rate = gpu_speed(precision)
        bound = 5 * 1000 * (36 * network.n_weights / bandwidth + operations(network, n_train) / rate)
        name = f"deepae4-5x1000-{precision}"
        rows.append(row_of(name, "cuda", n_genes, n_train, seconds, ratio_to_bound=seconds / bound, peak_bytes=memory))
    if grid:
        for shape in GRID:
            seconds = sum(train_on_gpu(*shape, h, 5, 1000, "float32")[0] for h in (10, 25, 50, 100))
            rows.append(row_of("deepae4-figures-2-4", "cuda", *shape, seconds))
        total = sum(row["seconds"] for row in rows if row["what"] == "deepae4-figures-2-4")
        rows.append(row_of("deepae4-figures-2-4-total", "cuda", 0, 0, total))
    return rows


def gpu_speed(precision):
    """Return bytes per second of a triad and operations per second of a matrix product on the GPU."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b, c = (torch.ones(200_000_000, device="cuda") for _ in range(3))
    square = torch.ones(8192, 8192, device="cuda", dtype=kind)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")

    def seconds(call):
        call()
        torch.cuda.synchronize()
        return timed(lambda: [[call() for _ in range(10)], torch.cuda.synchronize()]) / 10

    bandwidth = 12 * len(a) / seconds(lambda: torch.add(b, c, alpha=2.0, out=a))
    rate = 2 * 8192**3 / seconds(lambda: square @ square)
    torch.set_float32_matmul_precision(before)
    return bandwidth, rate


def rows(threads=None, rounds=5, grid=False):
    """Return the table's rows: four sizes on the CPU and, where there is a GPU, training on it.

    Parameters
    ----------
    threads : int, optional
        By default the cores this process may use, at most 16.
    rounds : int
        Rounds over which medians are taken.
    grid : bool
        Also train the DeepAE cells of Figures 2–4 on the GPU, on synthetic counts.
    """
    return list(measure(threads, rounds, grid))


def measure(threads, rounds, grid):
    """Yield the rows as they are measured."""
    threads = threads or min(16, len(os.sched_getaffinity(0)))
    for shape in SHAPES:
        yield step_row(*shape, threads, rounds)
    if torch.cuda.is_available():
        yield from gpu_rows(grid)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--grid", action="store_true", help="on a GPU: all DeepAE cells of Figures 2-4")
    parser.add_argument("--peak", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print_peak(*arguments.peak, arguments.threads)
    else:
        for row in measure(arguments.threads, arguments.rounds, arguments.grid):
            print(json.dumps(row), flush=True)
