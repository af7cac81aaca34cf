"""A second network as a plug-in: a linear autoencoder, trained by torch's own Adam."""

import torch

from deepae.methods.base import Decoder, Method


class LinearNetwork(Method):
    """Encoder and decoder of one layer each, without activation."""

    fit_depends_on_h = True
    keep_weights = False

    def __init__(self, iterations=50, learning_rate=0.01):
        self.iterations, self.learning_rate = iterations, learning_rate

    def fit(self, train, run, h=None):
        torch.manual_seed(run.seed)
        cells = torch.from_numpy(train)
        network = torch.nn.Sequential(torch.nn.Linear(cells.shape[1], h), torch.nn.Linear(h, cells.shape[1]))
        optimiser = torch.optim.Adam(network.parameters(), self.learning_rate)
        for _ in range(self.iterations):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(network(cells), cells).backward()
            optimiser.step()
        return {name: value.detach().numpy() for name, value in network.named_parameters()}

    def encode(self, model, cells, run, measurements):
        return {h: cells.dense() @ model["0.weight"].T + model["0.bias"] for h in measurements}

    def decoder(self, model, run, h):
        class Linear(Decoder):
            def __call__(self, codes):
                return codes @ model["1.weight"].T + model["1.bias"]

        return Linear()
