"""Full-batch training of several runs as one batched model: every tensor has a leading dimension for the run.

Meant for a GPU, where one run alone leaves much of the machine idle: a step is some thirty batched products and one
fused Adam over all weights. Gradients are written out instead of using autograd, so that none is computed for the input
and a whole step can be recorded as a CUDA graph and replayed without the host. The loss stays on the device and is read
for a line of progress only. The same code runs on the CPU, where it is only tested.
"""

import contextlib
import math
import time

import torch

from deepae.errors import DeepAEError, MethodError
from deepae.methods.autoencoder import adam as optimisers
from deepae.methods.autoencoder.progress import Progress

WARM_UP = 3  # steps before a graph is recorded: libraries set themselves up in the first ones
LARGE_STEP = 1e9  # number of an update whose bias corrections are 1
leaky_relu_ = torch.nn.functional.leaky_relu_
leaky_relu_backward = torch.ops.aten.leaky_relu_backward.grad_input


class BatchedTrainer:
    """Several training runs of one network, with the same number of cells.

    Parameters
    ----------
    network : deepae.methods.autoencoder.network.Network
    trains : list of numpy.ndarray, float32, shape (n_train, genes)
        Training cells of each run.
    weights : iterable of list of numpy.ndarray
        Initial weights of each run, drawn one run at a time.
    optimiser : deepae.methods.autoencoder.adam.Adam
    loss : {"mae", "mse"}
    precision : {"float32", "tf32", "bf16"}
        Of the matrix products; weights, moments and sums stay float32.
    block_rows : int
        Most training cells of a run that pass the network at once; gradients are added up over such blocks, exactly.
    device : str
    graph : bool, optional
        Replay steps as a CUDA graph; by default on a GPU.

    Attributes
    ----------
    updates : int
        Updates done.
    """

    def __init__(
        self,
        network,
        trains,
        weights,
        optimiser,
        loss="mae",
        precision="float32",
        block_rows=1024,
        device="cuda",
        graph=None,
    ):
        self.network, self.optimiser, self.absolute, self.precision = network, optimiser, loss == "mae", precision
        self.graph_wanted = device == "cuda" if graph is None else graph
        self.graph = None
        self.updates = 0
        runs, shapes = len(trains), list(zip(network.widths, network.widths[1:], strict=False))
        self.x = torch.stack([torch.from_numpy(train) for train in trains]).to(device)
        self.weights = [torch.empty(runs, *shape, device=device) for shape in shapes]
        for run, drawn in enumerate(weights):
            for weight, values in zip(self.weights, drawn, strict=True):
                weight[run].copy_(torch.from_numpy(values))
        self.biases = [torch.zeros(runs, 1, outputs, device=device) for _, outputs in shapes]
        self.parameters = [*self.weights, *self.biases]
        self.gradients = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.step_number = torch.zeros((), dtype=torch.float64, device=device)
        self.step_float = torch.zeros((), device=device)
        self.losses = torch.zeros(runs, device=device)
        n = self.x.shape[1]
        self.rows = [slice(start, min(start + block_rows, n)) for start in range(0, n, block_rows)]
        self.scale = (1.0 if self.absolute else 2.0) / (n * network.n_genes)

    def train(self, until, progress=None):
        """Go on until so many updates are done; raise `MethodError` if a loss is not finite."""
        progress = progress or Progress(None, until)
        with torch.no_grad(), _matmul_precision(self.precision):
            if self.graph_wanted and self.graph is None and until - self.updates > 2 * WARM_UP:
                self._record()
            while self.updates < until:
                self.graph.replay() if self.graph else self.step()
                self.updates += 1
                if progress.due():
                    progress.say(self.updates, self.check())
            self.check()

    def check(self):
        """Return the mean loss of the runs before the last update, waiting for it; `MethodError` if not finite."""
        losses = self.losses.tolist()
        for run, loss in enumerate(losses):
            if not loss < float("inf"):
                raise MethodError(
                    f"training diverged: loss {loss} of run {run + 1} of {len(losses)} by iteration {self.updates}; "
                    "lower the learning rate"
                )
        return sum(losses) / len(losses)

    def snapshot(self):
        """Return copies of weights and biases, on the device."""
        return [weight.clone() for weight in self.weights], [bias.clone() for bias in self.biases]

    def step(self):
        """Do one update of all runs. Queues work only: nothing is read back."""
        weights = [self._cast(weight) for weight in self.weights]
        self.losses.zero_()
        for block, rows in enumerate(self.rows):
            self._add_gradients(weights, self.x[:, rows], block == 0)
        self._adam()

    def _add_gradients(self, weights, x, first):
        """Forward and backward for a block of cells; the first block overwrites the gradients, others add to them."""
        network, count = self.network, len(weights)
        slopes = [network.slope_of(layer) for layer in range(count)]
        values = [x]
        for layer, weight in enumerate(weights):
            value = self._product(values[-1], weight).add_(self.biases[layer])
            values.append(value if slopes[layer] == 1.0 else leaky_relu_(value, slopes[layer]))
        delta = values[-1] - x
        difference = delta.abs() if self.absolute else delta.square()
        self.losses.add_(difference.sum((1, 2)), alpha=1.0 / (self.x.shape[1] * network.n_genes))
        delta = (delta.sign_() if self.absolute else delta).mul_(self.scale)
        for layer in reversed(range(count)):
            if slopes[layer] != 1.0:
                delta = leaky_relu_backward(delta, values[layer + 1], slopes[layer], True, grad_input=delta)
            gradient, bias_gradient = self.gradients[layer], self.gradients[count + layer]
            if self.precision == "bf16":  # converted on its way into its place, without a float32 copy between
                product = torch.bmm(self._cast(values[layer].mT), self._cast(delta))
                gradient.copy_(product) if first else gradient.add_(product)
            elif first:
                torch.bmm(values[layer].mT, delta, out=gradient)
            else:
                gradient.baddbmm_(values[layer].mT, delta)
            total = delta.sum(1, keepdim=True)
            bias_gradient.copy_(total) if first else bias_gradient.add_(total)
            if layer:
                delta = self._product(delta, weights[layer].mT)

    def _adam(self):
        """Apply Adam to all parameters in one fused call; its step number lives on the device, for the graph."""
        adam = self.optimiser
        self.step_number.add_(1)
        if adam.form == "tensorflow":
            # lr * sqrt(c2) / c1 as a tensor, and a step number at which the kernel's own corrections are 1
            c1, c2 = (1 - torch.exp(self.step_number * math.log(beta)) for beta in (adam.beta1, adam.beta2))
            rate = torch.sqrt(c2) / c1
            rate = (rate * adam.learning_rate).float()
            self.step_float.fill_(LARGE_STEP)
        else:
            rate = adam.learning_rate
            self.step_float.copy_(self.step_number)
        of_parameters = self.parameters, self.gradients, self.means, self.squares
        optimisers.fused(*of_parameters, self.step_float, rate, adam, adam.epsilon)

    def _cast(self, tensor):
        return tensor.bfloat16() if self.precision == "bf16" else tensor

    def _product(self, a, b):
        return torch.bmm(self._cast(a), self._cast(b)).float()

    def _record(self):
        """Do a few steps, then record one as a CUDA graph (recording runs nothing)."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        self.updates += WARM_UP
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        self.graph = graph


def fit_batched(method, network, trains, runs, device="cuda"):
    """Train runs together, as many at once as fit the memory; yield ``(model, seconds)`` in order.

    Parameters
    ----------
    method : deepae.methods.autoencoder.Autoencoder
    network : deepae.methods.autoencoder.network.Network
    trains, runs : lists
        As for `Method.fit_many`. Seconds are the batch's, divided by its runs.
    device : str
    """
    size = _batch_size(network, len(trains[0]), method.block_rows, device)
    start = 0
    while start < len(runs):
        began = time.perf_counter()
        batch = runs[start : start + size]
        try:
            taken, losses = _train(method, network, trains[start : start + size], batch, device)
        except torch.OutOfMemoryError:  # another process may use the same GPU
            if len(batch) == 1:
                raise DeepAEError("the GPU has too little memory for one run; train on the CPU") from None
            size = len(batch) // 2
            batch[0].log(f"the GPU's memory is full: {size} runs at once")
            continue
        seconds = (time.perf_counter() - began) / len(batch)
        for index in range(len(batch)):  # models are copied to the host one at a time
            model = {"loss": losses[index]}
            keep = method.keep_weights and start + index == 0
            for updates, weights, biases in taken:
                arrays = [weight[index].cpu().numpy() for weight in weights]
                offsets = [bias[index, 0].cpu().numpy() for bias in biases]
                method.collect(model, network, updates, arrays, offsets, keep, final=True)
            yield model, seconds
        start += len(batch)


def _train(method, network, trains, runs, device):
    """Train runs as one batch; return ``(updates, weights, biases)`` of each milestone, and the reported losses."""
    weights = (method.initial_weights(network, run) for run in runs)
    trainer = BatchedTrainer(
        network, trains, weights, method.optimiser, method.loss, method.precision, method.block_rows, device
    )
    milestones = method.milestones()
    seeds = ", ".join(str(run.seed) for run in runs)
    progress = Progress(runs[0].log, milestones[-1], f"h {network.h}, seeds {seeds}: ")
    taken, losses = [], None
    for updates in milestones:
        trainer.train(updates, progress)
        last = updates == milestones[-1]
        taken.append((updates, *((trainer.weights, trainer.biases) if last else trainer.snapshot())))
        if updates == method.report_after:
            losses = trainer.losses.clone().cpu().numpy()
    return taken, losses


def _batch_size(network, n_train, block_rows, device):
    """Return how many runs fit the free memory of the GPU."""
    if device != "cuda":
        return 1 << 30
    free, _ = torch.cuda.mem_get_info()
    # weights, gradient, two moments, a copy at an earlier update, one in bf16; cells; values and gradients of a block
    need = 22 * network.n_weights + 4 * n_train * network.n_genes
    need += 16 * min(n_train, block_rows) * sum(network.widths)
    return max(1, int(0.8 * free / need))


@contextlib.contextmanager
def _matmul_precision(precision):
    """Set how torch multiplies float32 matrices on a GPU, for a while."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
