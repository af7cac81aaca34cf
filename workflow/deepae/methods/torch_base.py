"""A network of your own in 30 lines: subclass `TorchMethod`, say how it is built, and add an entry to methods.yaml.

Training is full-batch Adam; the model is the two modules' weights as plain arrays. docs/own-method.md has an example.
"""

import abc

import numpy as np

from deepae.data.randomness import stream
from deepae.errors import ConfigError, MethodError
from deepae.methods.base import Decoder, Method
from deepae.methods.measuring import check_measurements


class TorchMethod(Method):
    """Base of a network. Subclasses give `build`, and other `inputs`, `loss` or `output` where they need them.

    Parameters
    ----------
    iterations : int
        Updates, each on all training cells.
    learning_rate, weight_decay : float
        Of Adam; weight decay is decoupled (AdamW).
    """

    fit_depends_on_h = True

    def __init__(self, iterations=1000, learning_rate=1e-3, weight_decay=0.0):
        if iterations < 1 or learning_rate <= 0 or weight_decay < 0:
            raise ConfigError("methods.yaml: expected iterations >= 1, learning_rate > 0 and weight_decay >= 0")
        self.iterations, self.learning_rate, self.weight_decay = iterations, learning_rate, weight_decay

    @abc.abstractmethod
    def build(self, n_genes, h):
        """Return two `torch.nn.Module`: cells (n, n_genes) -> codes (n, h), and codes -> expression (n, n_genes)."""

    def loss(self, found, cells):
        """Return what is minimised: a scalar tensor; by default the mean squared error."""
        return (found - cells).square().mean()

    def fit(self, train, run, h=None):
        import torch

        check_measurements(h, train.shape[1])
        with self._threads(run):
            encoder, decoder = self._modules(train.shape[1], h, run)
            cells = torch.tensor(train, device=run.device)
            self._train(encoder, decoder, cells, self.iterations, self.weight_decay, run)
        return _arrays("encoder", encoder) | _arrays("decoder", decoder) | {"shape": np.array([train.shape[1], h])}

    def encode(self, model, cells, run, measurements):
        (h,) = set(measurements)
        encoder = self._restored(model, 0)
        codes = np.empty((len(cells), h), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = _applied(encoder, block)
        return {h: codes}

    def decoder(self, model, run, h):
        check_measurements(h, int(model["shape"][0]))
        return TorchDecoder(self._restored(model, 1))

    def _train(self, encoder, decoder, cells, iterations, weight_decay, run, each=None):
        """Update the modules in place; `each(done)` is called after every update and may return True to stop."""
        import torch

        weights = [*encoder.parameters(), *decoder.parameters()]
        # fused: 2.5 times as fast on one thread
        adam = torch.optim.AdamW(weights, lr=self.learning_rate, weight_decay=weight_decay, fused=True)
        for done in range(1, iterations + 1):
            adam.zero_grad(set_to_none=True)
            loss = self.loss(decoder(encoder(cells)), cells)
            if not torch.isfinite(loss):
                raise MethodError(f"training diverged: the loss is {loss.item()} after {done - 1} updates")
            loss.backward()
            adam.step()
            if each and each(done):
                break
            if done % max(1, iterations // 10) == 0:
                run.log(f"{run.dataset} seed {run.seed}: update {done} of {iterations}, loss {loss.item():.6g}")

    def _modules(self, n_genes, h, run):
        """Return the two modules with initial weights that depend on data set and seed alone."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(stream("initial-weights", run.dataset, run.seed).integers(2**31)))
            encoder, decoder = self.build(n_genes, h)
        return encoder.to(run.device), decoder.to(run.device)

    def _restored(self, model, which):
        import torch

        module = self.build(*(int(n) for n in model["shape"]))[which]
        prefix = f"{('encoder', 'decoder')[which]}/"
        state = {name.removeprefix(prefix): value for name, value in model.items() if name.startswith(prefix)}
        module.load_state_dict({name: torch.as_tensor(np.array(value)) for name, value in state.items()})
        return module.eval()

    @staticmethod
    def _threads(run):
        import torch

        torch.set_num_threads(run.threads)
        return torch.enable_grad()


class TorchDecoder(Decoder):
    """Codes through a module, on the CPU."""

    def __init__(self, module):
        self._module = module

    @property
    def floats(self):
        """How many numbers the decoder holds."""
        return super().floats + sum(part.numel() for part in self._module.state_dict().values())

    def __call__(self, codes):
        return _applied(self._module, codes)


def _applied(module, values):
    import torch

    with torch.no_grad():
        return module(torch.as_tensor(np.ascontiguousarray(values, dtype=np.float32))).numpy()


def _arrays(prefix, module):
    return {f"{prefix}/{name}": value.detach().cpu().numpy().copy() for name, value in module.state_dict().items()}
