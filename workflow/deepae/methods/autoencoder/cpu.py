"""Full-batch training on the CPU, with as few passes over the weights as there can be.

With 5 to 150 training cells a step is bound by memory: DeepAE4 on 20 000 genes has 53 million weights, nearly all of
them in the first and the last layer. Both are stored gene by gene, shape (genes, width), and visited a block of genes
at a time, so small that its gradient stays in the cache:

last layer
    output of the block, loss gradient, share of the gradient handed back, weight gradient, Adam: one visit.
first layer
    weight gradient, Adam, share of the *next* step's first-layer values from the new weights: one visit.

Weights and Adam's two moments are thus read once and written once a step, 24 bytes a weight. The arithmetic is that of
full-batch training, only the order of sums differs. There is no gradient for the input, and nothing large is made
within the loop.

Threads are Python threads that each own a part of the blocks and of the cells and use one torch thread: torch's own
threads would meet at a barrier in each of the hundreds of small operations of a step, here they meet four times a step.
Results are reproducible for a fixed number of threads.
"""

import threading

import torch

from deepae.errors import MethodError
from deepae.methods.autoencoder import adam as optimisers
from deepae.methods.autoencoder.progress import Progress

BLOCK_VALUES = 1 << 18  # weights in a block: a gradient of one megabyte, about what a core's cache holds
ALWAYS_PAGES = 1 << 26  # bytes from which an allocation begins at the same place of a page

leaky_relu_ = torch.nn.functional.leaky_relu_
leaky_relu_backward = torch.ops.aten.leaky_relu_backward.grad_input


class CpuTrainer:
    """One training run: weights, biases, Adam's moments and buffers.

    Parameters
    ----------
    network : deepae.methods.autoencoder.network.Network
    train : numpy.ndarray, float32, shape (n_train, genes)
    weights : list of numpy.ndarray
        Initial weights as `initial_weights` draws them. Changed in place.
    optimiser : deepae.methods.autoencoder.adam.Adam
    loss : {"mae", "mse"}
    threads : int
    block_rows : int
        Most training cells whose output is computed at once; gradients are added up over such blocks, exactly.
    block_values : int
        Weights in a block of a layer.

    Attributes
    ----------
    updates : int
        Updates done.
    loss : float
        Loss before the last update for which it was asked.
    """

    def __init__(
        self, network, train, weights, optimiser, loss="mae", threads=1, block_rows=1024, block_values=BLOCK_VALUES
    ):
        self.network, self.optimiser, self.absolute, self.threads = network, optimiser, loss == "mae", threads
        self.updates = 0
        self.loss = float("nan")
        # Digits may depend on alignment, and numpy's varies for small arrays: they are copied into torch's memory.
        self.x = torch.from_numpy(train) if train.nbytes > ALWAYS_PAGES else torch.from_numpy(train).clone()
        self.n, self.g = self.x.shape
        hidden = network.widths[1:-1]
        last = network.n_layers - 1
        # A layer's weights as stored: (inputs, outputs), the last one (genes, inputs).
        self.stored = [torch.from_numpy(w.T if i == last else w) for i, w in enumerate(weights)]
        self.moments = [(torch.zeros_like(w), torch.zeros_like(w)) for w in self.stored]
        self.bias = torch.zeros(sum(hidden) + self.g)
        self.bias_moments = (torch.zeros_like(self.bias), torch.zeros_like(self.bias))
        self.bias_gradient = torch.zeros_like(self.bias)
        self.biases = self.bias.split([*hidden, self.g])
        self.bias_gradients = self.bias_gradient.split([*hidden, self.g])
        self.values = [torch.empty(self.n, width) for width in hidden]  # output of each hidden layer
        self.deltas = [torch.empty(self.n, width) for width in hidden]  # loss gradient before its activation
        self.workers = [_Worker(self, index, block_rows, block_values) for index in range(threads)]

    def train(self, until, progress=None):
        """Go on until so many updates are done; raise `MethodError` if the loss is not finite.

        `progress` is the `Progress` that is told the loss every few seconds.
        """
        if until <= self.updates:
            return
        self.progress = progress or Progress(None, until)
        self.report_loss = False
        self.stop = None
        self.barrier = threading.Barrier(self.threads)
        threads_before = torch.get_num_threads()
        others = [threading.Thread(target=self._run, args=(worker, until)) for worker in self.workers[1:]]
        try:
            for thread in others:
                thread.start()
            self._run(self.workers[0], until)
        finally:
            for thread in others:
                thread.join()
            torch.set_num_threads(threads_before)
            torch.set_flush_denormal(False)
        if self.stop is not None:
            try:
                raise self.stop
            finally:
                self.stop = None  # the error's traceback holds this object: both would stay
        if not all(torch.isfinite(worker.next_values).all() for worker in self.workers):
            raise MethodError(f"training diverged at iteration {until}; lower the learning rate")
        self.updates = until

    def weights(self):
        """Return the weights (inputs, outputs) and the biases as numpy arrays that share memory with this object."""
        weights = [w.numpy() for w in self.stored]
        return [*weights[:-1], weights[-1].T], [bias.numpy() for bias in self.biases]

    def _run(self, worker, until):
        """Train in one thread. All threads run this, each with its own worker, and meet at the barriers."""
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)  # moments decay into denormals, which are slow and below any epsilon
        wait = self.barrier.wait
        try:
            with torch.no_grad():
                if self.updates == 0:
                    worker.first_values()
                    wait()
                for step in range(self.updates + 1, until + 1):
                    worker.forward(self)
                    if worker.index == 0:
                        self.report_loss = step == until or self.progress.due()
                    wait()
                    worker.last_layer(self, step)
                    wait()
                    if worker.index == 0 and self.report_loss:
                        self._check(step)
                    worker.backward(self)
                    wait()
                    if self.stop is not None:
                        return
                    worker.first_layer(self, step)
                    wait()
        except threading.BrokenBarrierError:
            pass  # another thread failed, and says why
        except BaseException as error:
            self.stop = self.stop or error
            self.barrier.abort()

    def _check(self, step):
        self.loss = sum(worker.loss for worker in self.workers) / (self.n * self.g)
        if not self.loss < float("inf"):
            self.stop = MethodError(f"training diverged: loss {self.loss} at iteration {step}; lower the learning rate")
        elif self.progress.due():
            self.progress.say(step, self.loss)


class _Worker:
    """What one thread does: a contiguous share of the cells, and of the blocks of every layer.

    A worker is told its trainer with each call and keeps no reference to it: in a cycle, weights and moments would
    outlive their training until Python's collector happens to run.
    """

    def __init__(self, trainer, index, block_rows, block_values):
        self.index = index
        network, threads = trainer.network, trainer.threads
        n, g, last = trainer.n, trainer.g, network.n_layers - 1
        self.slopes = [network.slope_of(layer) for layer in range(network.n_layers)]
        self.cells = slice(index * n // threads, (index + 1) * n // threads)
        self.values = [values[self.cells] for values in trainer.values]
        self.deltas = [deltas[self.cells] for deltas in trainer.deltas]
        self.next_values = torch.zeros_like(trainer.values[0])  # this thread's share of the first layer's values
        self.handed_back = torch.zeros_like(trainer.deltas[-1])  # and of the gradient that the last layer hands back
        self.scale = (1.0 if trainer.absolute else 2.0) / (n * g)
        self.loss = 0.0

        gradient = torch.empty(max(block_values, *network.widths[1:-1]))
        rows = [slice(start, min(start + block_rows, n)) for start in range(0, n, block_rows)]

        def blocks(layer):
            weight, (mean, square) = trainer.stored[layer], trainer.moments[layer]
            height = max(1, min(block_values // weight.shape[1], -(-len(weight) // threads)))
            starts = range(0, len(weight), height)
            for start in starts[index * len(starts) // threads : (index + 1) * len(starts) // threads]:
                where = slice(start, min(start + height, len(weight)))
                buffer = gradient[: weight[where].numel()].view_as(weight[where])
                yield where, weight[where], buffer, (mean[where], square[where])

        self.first_blocks = [(trainer.x[:, where], *rest) for where, *rest in blocks(0)]
        self.middle_blocks = [
            (trainer.values[layer - 1][:, where], trainer.deltas[layer], *rest)
            for layer in range(1, last)
            for where, *rest in blocks(layer)
        ]
        height = min(g, max(1, block_values // network.widths[-2]))
        output = torch.empty(min(n, block_rows) * height)
        difference = torch.empty_like(output)
        self.last_blocks = []
        for where, weight, buffer, moments in blocks(last):
            parts = [
                (
                    trainer.values[-1][part],
                    trainer.x[part, where],
                    output[: trainer.x[part, where].numel()].view(-1, len(weight)),
                    difference[: trainer.x[part, where].numel()].view(-1, len(weight)),
                    self.handed_back[part],
                )
                for part in rows
            ]
            self.last_blocks.append(
                (parts, weight, weight.T, trainer.biases[-1][where], trainer.bias_gradients[-1][where], buffer, moments)
            )

    def first_values(self):
        """Compute the first layer's values, this thread's genes."""
        self.next_values.zero_()
        for x, weight, _, _ in self.first_blocks:
            self.next_values.addmm_(x, weight)

    def forward(self, trainer):
        """Compute all hidden layers, this thread's cells."""
        for layer, values in enumerate(self.values):
            if layer == 0:
                torch.add(trainer.workers[0].next_values[self.cells], trainer.biases[0], out=values)
                for other in trainer.workers[1:]:
                    values.add_(other.next_values[self.cells])
            else:
                torch.addmm(trainer.biases[layer], self.values[layer - 1], trainer.stored[layer], out=values)
            if self.slopes[layer] != 1.0:
                leaky_relu_(values, self.slopes[layer])

    def last_layer(self, trainer, step):
        """Output, loss gradient and update of the last layer, this thread's genes."""
        slope, loss = self.slopes[-1], 0.0
        absolute, report = trainer.absolute, trainer.report_loss
        adam = _adam(trainer.optimiser, step)
        self.handed_back.zero_()
        for parts, weight, transposed, bias, bias_gradient, gradient, moments in self.last_blocks:
            for part, (hidden, x, output, delta, handed_back) in enumerate(parts):
                torch.addmm(bias, hidden, transposed, out=output)
                leaky_relu_(output, slope)
                if report:
                    loss += _loss(output, x, absolute)
                torch.sub(output, x, out=delta)
                if absolute:
                    delta.sign_()
                # the slope of the activation is known by the sign of its result
                leaky_relu_backward(delta.mul_(self.scale), output, slope, True, grad_input=delta)
                if part == 0:
                    torch.mm(delta.T, hidden, out=gradient)
                    torch.sum(delta, 0, out=bias_gradient)
                else:
                    gradient.addmm_(delta.T, hidden)
                    bias_gradient.add_(delta.sum(0))
                handed_back.addmm_(delta, weight)
            adam(weight, gradient, moments)
        self.loss = loss

    def backward(self, trainer):
        """Hand the gradient back through all hidden layers, this thread's cells."""
        for layer in reversed(range(len(self.deltas))):
            delta = self.deltas[layer]
            if layer == len(self.deltas) - 1:
                delta.copy_(trainer.workers[0].handed_back[self.cells])
                for other in trainer.workers[1:]:
                    delta.add_(other.handed_back[self.cells])
            else:
                torch.mm(self.deltas[layer + 1], trainer.stored[layer + 1].T, out=delta)
            if self.slopes[layer] != 1.0:
                leaky_relu_backward(delta, self.values[layer], self.slopes[layer], True, grad_input=delta)

    def first_layer(self, trainer, step):
        """Update all layers but the last, and compute the next step's first values, this thread's blocks."""
        adam = _adam(trainer.optimiser, step)
        if self.index == 0:
            for delta, gradient in zip(trainer.deltas, trainer.bias_gradients, strict=False):
                torch.sum(delta, 0, out=gradient)
            adam(trainer.bias, trainer.bias_gradient, trainer.bias_moments)
        for x, delta, weight, gradient, moments in self.middle_blocks:
            torch.mm(x.T, delta, out=gradient)
            adam(weight, gradient, moments)
        self.next_values.zero_()
        delta = trainer.deltas[0]
        for x, weight, gradient, moments in self.first_blocks:
            torch.mm(x.T, delta, out=gradient)
            adam(weight, gradient, moments)
            self.next_values.addmm_(x, weight)


def _adam(optimiser, step):
    """Return what applies update number `step` to a tensor."""
    number, epsilon = torch.tensor(float(step)), optimiser.epsilon_at(step)
    fused, rate = optimisers.fused, optimiser.learning_rate

    def apply(weight, gradient, moments):
        fused([weight], [gradient], moments[:1], moments[1:], number, rate, optimiser, epsilon)

    return apply


def _loss(output, x, absolute):
    difference = output - x
    return float((difference.abs_() if absolute else difference.square_()).sum(dtype=torch.float64))
