"""Adam, in the two forms that differ in where epsilon stands.

``standard`` (Kingma & Ba, Algorithm 1; torch): ``w -= lr / c1 * m / (sqrt(v / c2) + epsilon)`` with the bias corrections
``c1 = 1 - beta1**t`` and ``c2 = 1 - beta2**t``. ``tensorflow`` (the same paper's "epsilon hat"; the released program):
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


def fused(weight, gradient, moments, step, lr, optimiser, epsilon):
    """Update `weight` and `moments` in place, in one pass (torch's fused kernel).

    Parameters
    ----------
    weight, gradient : torch.Tensor
    moments : pair of torch.Tensor
    step : torch.Tensor
        Number of this update, float32, on the weight's device.
    lr : float or torch.Tensor
    optimiser : Adam
        For the betas.
    epsilon : float
    """
    # No public function applies fused Adam to one tensor without an optimiser's bookkeeping, a third of a small
    # block's time; tests compare this one with the formula, so that a change in torch is seen.
    torch._fused_adam_(
        [weight],
        [gradient],
        [moments[0]],
        [moments[1]],
        [],
        [step],
        lr=lr,
        beta1=optimiser.beta1,
        beta2=optimiser.beta2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )
