"""The network as arrays: architectures, initial weights, forward pass.

A network with L layers has weights ``weight_0 … weight_{L-1}``, each of shape (inputs, outputs), and biases of shape
(outputs,): a layer computes ``x @ weight + bias`` and then a leaky ReLU. The central layer's output is the code.
"""

from dataclasses import dataclass

import numpy as np

from deepae.config.architectures import ARCHITECTURES
from deepae.data.randomness import stream
from deepae.errors import ConfigError, MethodError


@dataclass(frozen=True)
class Network:
    """Shape and activations of an auto-encoder.

    Attributes
    ----------
    widths : tuple of int
        Width of each layer from the input (genes) through the centre (h) to the output (genes).
    slope : float
        Slope of the leaky ReLU for negative values, after every layer and the output.
    linear_centre : bool
        Whether the central layer has no activation.
    """

    widths: tuple
    slope: float = 0.2
    linear_centre: bool = False

    @property
    def n_layers(self):
        return len(self.widths) - 1

    @property
    def n_genes(self):
        return self.widths[0]

    @property
    def centre(self):
        """Index of the layer whose output is the code."""
        return self.n_layers // 2 - 1

    @property
    def h(self):
        return self.widths[self.centre + 1]

    @property
    def n_weights(self):
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    def slope_of(self, layer):
        """Return the slope for negative values after a layer: 1 where it is linear."""
        return 1.0 if self.linear_centre and layer == self.centre else self.slope


def hidden_widths(architecture):
    """Return the encoder's hidden widths for a name of `ARCHITECTURES` or a list; else raise `ConfigError`."""
    if isinstance(architecture, str):
        if architecture not in ARCHITECTURES:
            raise ConfigError(
                f"architecture: {architecture!r} is unknown, expected one of {', '.join(ARCHITECTURES)} "
                "or a list of hidden widths"
            )
        return ARCHITECTURES[architecture]
    widths = tuple(architecture)
    if not all(isinstance(width, int) and not isinstance(width, bool) and width >= 1 for width in widths):
        raise ConfigError(f"architecture: found {list(widths)}, expected positive whole numbers")
    return widths


def build(architecture, n_genes, h, slope=0.2, linear_centre=False):
    """Return the `Network` of an architecture for so many genes and measurements; `MethodError` if h > genes."""
    if h > n_genes:
        raise MethodError(f"{h} measurements of {n_genes} genes: h must not exceed the genes")
    hidden = hidden_widths(architecture)
    return Network((n_genes, *hidden, h, *reversed(hidden), n_genes), slope, linear_centre)


def initial_weights(network, dataset, seed):
    """Draw the initial weights: Glorot uniform, the framework default of the released program; biases are zero.

    Drawn with numpy, one stream a layer, so that the CPU, the GPU and any batch of seeds start from the same values.

    Returns
    -------
    list of numpy.ndarray, float32
        One a layer, shape (inputs, outputs). The last one is stored gene by gene, a transposed view of
        an array of shape (genes, inputs), which is the layout that training wants.
    """
    weights = []
    for layer in range(network.n_layers):
        inputs, outputs = network.widths[layer : layer + 2]
        last = layer == network.n_layers - 1
        values = np.empty((outputs, inputs) if last else (inputs, outputs), dtype=np.float32)
        stream("initial-weights", dataset, seed, layer).random(dtype=np.float32, out=values)
        limit = np.float32(np.sqrt(6.0 / (inputs + outputs)))
        values *= 2 * limit
        values -= limit
        weights.append(values.T if last else values)
    return weights


def apply_layers(network, weights, biases, values, first, stop):
    """Return `values` (torch, shape (n, width)) after the layers first … stop - 1."""
    import torch  # here, because figures and tables read the architectures and need no torch

    for layer in range(first, stop):
        values = torch.addmm(biases[layer], values, weights[layer])
        slope = network.slope_of(layer)
        if slope != 1.0:
            torch.nn.functional.leaky_relu_(values, slope)
    return values


def encoder_product(network, weights):
    """Return the product of the encoder's weights, shape (genes, h): torch in, torch out; numpy in, numpy out.

    The only place where it is computed: training, saved models and untrained networks call it. Multiplied from the
    centre outwards, which never makes more than (genes, h).
    """
    product = weights[network.centre]
    for layer in reversed(range(network.centre)):
        product = weights[layer] @ product
    return product
