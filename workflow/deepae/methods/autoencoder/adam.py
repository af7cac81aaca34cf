"""Adam, in the two forms that differ in where epsilon stands.

With the bias corrections ``c1 = 1 - beta1**t`` and ``c2 = 1 - beta2**t``:

``standard`` (Kingma & Ba, Algorithm 1; torch)
    ``w -= lr / c1 * m / (sqrt(v / c2) + epsilon)``
``tensorflow`` ("epsilon hat" of the same paper; the released program)
    ``w -= lr * sqrt(c2) / c1 * m / (sqrt(v) + epsilon)``, which is the standard form with an epsilon of
    ``epsilon / sqrt(c2)``: 32 times larger at the first step.
"""

import math
from dataclasses import dataclass

import torch

FORMS = ("standard", "tensorflow")


@dataclass(frozen=True)
class Adam:
    """Settings of Adam.

    Attributes
    ----------
    learning_rate, beta1, beta2, epsilon : float
    form : {"standard", "tensorflow"}
    """

    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    form: str = "standard"

    def epsilon_at(self, step):
        """Return the epsilon of the standard form for update number `step`, counted from 1."""
        return self.epsilon / math.sqrt(1.0 - self.beta2**step) if self.form == "tensorflow" else self.epsilon


def fused(weights, gradients, means, squares, step, rate, adam, epsilon):
    """Update `weights` in place, with the means and mean squares of their gradients, in one pass over memory.

    Parameters
    ----------
    weights, gradients, means, squares : list of torch.Tensor
    step : torch.Tensor
        Number of this update, float32, on the weights' device.
    rate : float or torch.Tensor
        Learning rate.
    adam : Adam
        For the betas.
    epsilon : float
        As `Adam.epsilon_at` says.
    """
    # torch has no public way to apply its fused Adam to part of a tensor without an optimiser's bookkeeping, which
    # would cost more than a small block. Tests compare this with the formula, so that a change in torch is seen.
    torch._fused_adam_(
        weights,
        gradients,
        means,
        squares,
        [],
        [step] * len(weights),
        lr=rate,
        beta1=adam.beta1,
        beta2=adam.beta2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )
