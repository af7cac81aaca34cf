"""Training as one would write it down: autograd in float64 and Adam by its formula. The readable reference of cpu.py.

Nothing here is fast. Tests hold the CPU loop and the batched one against it (docs/training.md has the tolerances).
"""

import math

import numpy as np
import torch


def train(network, cells, weights, adam, loss="mae", updates=1):
    """Train on all cells at once.

    Parameters
    ----------
    network : deepae.methods.autoencoder.network.Network
    cells : numpy.ndarray, shape (n_cells, genes)
    weights : list of numpy.ndarray, shape (inputs, outputs)
        Initial weights, not changed; biases start at zero.
    adam : deepae.methods.autoencoder.adam.Adam
    loss : {"mae", "mse"}
    updates : int

    Returns
    -------
    weights, biases : list of numpy.ndarray, float64
    loss : float
        Before the last update.
    """
    x = torch.tensor(cells, dtype=torch.float64)
    weights = [torch.tensor(np.ascontiguousarray(w), dtype=torch.float64, requires_grad=True) for w in weights]
    biases = [torch.zeros(w.shape[1], dtype=torch.float64, requires_grad=True) for w in weights]
    parameters = [*weights, *biases]
    means, squares = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    for step in range(1, updates + 1):
        values = x
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            values = values @ weight + bias
            values = torch.where(values > 0, values, network.slope_of(layer) * values)
        error = (values - x).abs().mean() if loss == "mae" else (values - x).square().mean()
        c1, c2 = 1 - adam.beta1**step, 1 - adam.beta2**step
        for p, gradient, mean, square in zip(
            parameters, torch.autograd.grad(error, parameters), means, squares, strict=True
        ):
            mean.mul_(adam.beta1).add_(gradient, alpha=1 - adam.beta1)
            square.mul_(adam.beta2).addcmul_(gradient, gradient, value=1 - adam.beta2)
            if adam.form == "tensorflow":
                change = math.sqrt(c2) * mean / (square.sqrt() + adam.epsilon)
            else:
                change = mean / ((square / c2).sqrt() + adam.epsilon)
            p.data.sub_(adam.learning_rate / c1 * change)
    return [w.detach().numpy() for w in weights], [b.detach().numpy() for b in biases], float(error.detach())
