"""Networks beyond the paper's: DeepAE tuned, a negative binomial auto-encoder, and a regression from a panel of genes.

All on `TorchMethod`. What is tuned gets the same budget: four trials on a fifth of the training cells.
"""

import itertools

import numpy as np

from deepae.config.architectures import ARCHITECTURES
from deepae.data.cells import Cells
from deepae.data.normalise import normalise
from deepae.data.randomness import stream
from deepae.errors import MethodError
from deepae.methods.measuring import check_counts, check_measurements
from deepae.methods.panels import GreedyPanel
from deepae.methods.torch_base import TorchDecoder, TorchMethod

TRIALS = (0.0, 0.01, 0.1, 1.0)
"""Weight decays that are tried."""
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
"""Learning rates that are tried where the loss is no distance."""
LOOK_EVERY, PATIENCE = 10, 200
"""Updates between two looks at the held-out cells, and after which without a gain a trial ends."""


def _is_stuck(found):
    """Whether the looks so far, each error first and updates second, end `PATIENCE` updates after the best of them."""
    return found[-1][1] - min(found)[1] >= PATIENCE


def layers(widths, slope, last=True):
    """Return linear layers of these widths with leaky ReLU between them, and after the last if asked for."""
    from torch import nn

    found = []
    for place, (a, b) in enumerate(itertools.pairwise(widths)):
        linear = nn.Linear(a, b)
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
        found.append(linear)
        if last or place < len(widths) - 2:
            found.append(nn.LeakyReLU(slope))
    return nn.Sequential(*found)


class TunedDeepAE(TorchMethod):
    """DeepAE with weight decay and early stopping, both chosen on a fifth of the *training* cells.

    Each weight decay of `TRIALS` is one trial of at most `iterations` updates; the weight decay and the number of
    updates with the least error on the held-out fifth are then used on all training cells.

    Parameters
    ----------
    architecture : str or list of int
        Name of the paper's, or hidden widths of the encoder.
    **training
        See `TorchMethod`.
    """

    def __init__(self, architecture="DeepAE4", learning_rate=1e-4, **training):
        super().__init__(learning_rate=learning_rate, **training)
        self.widths = ARCHITECTURES[architecture] if isinstance(architecture, str) else tuple(architecture)

    def build(self, n_genes, h):
        widths = (n_genes, *self.widths, h)
        return layers(widths, 0.2), layers(widths[::-1], 0.2)

    def loss(self, found, cells):
        return (found - cells).abs().mean()

    def fit(self, train, run, h=None):
        check_measurements(h, train.shape[1])
        order = stream("held-out-fifth", run.dataset, run.seed).permutation(len(train))
        held_out, others = np.split(order, [max(1, len(train) // 5)])
        if not len(others):
            raise MethodError("tuning needs two training cells or more")
        with self._threads(run):
            trials = [self._trial(train[others], train[held_out], h, decay, run) for decay in TRIALS]
        error, updates, decay = min(trials)
        run.log(f"{run.dataset} seed {run.seed}: weight decay {decay:g}, {updates} updates, held-out error {error:.6g}")
        chosen = type(self)(self.widths, self.learning_rate, iterations=updates, weight_decay=decay)
        return super(TunedDeepAE, chosen).fit(train, run, h) | {"updates": np.array(updates)}

    def _trial(self, train, held_out, h, decay, run):
        """Return the least held-out error, the number of updates it was found at, and the weight decay."""
        import torch

        encoder, decoder = self._modules(train.shape[1], h, run)
        inputs, targets = (torch.tensor(cells, device=run.device) for cells in (train, held_out))
        found = []

        def look(done):
            if done % LOOK_EVERY == 0 or done == self.iterations:
                with torch.no_grad():
                    found.append((float(self.loss(decoder(encoder(targets)), targets)), done, decay))
            return bool(found) and _is_stuck(found)

        self._train(encoder, decoder, inputs, self.iterations, decay, run, look)
        return min(found)


class NegativeBinomial(TorchMethod):
    """A negative binomial auto-encoder on counts (as DCA, Eraslan et al. 2019): a dispersion for each gene.

    As DCA it stops early: the learning rate and the number of updates with the least loss on a tenth of the training
    cells, held out, are then used on all of them. A z-score of the mean rates has variance 1, which no prediction of
    least squared error has: it is multiplied with the slope of the held-out cells' z-scores on their predictions.

    The size factor, a cell's total over the median total of training cells, is an offset of the mean and no part of the
    code; so it is scored under a normalisation that does not see a cell's depth. Input is log(1 + count / size factor).

    Parameters
    ----------
    hidden : int
        Width of the one hidden layer on each side.
    learning_rates : sequence of float
        One trial each.
    **training
        See `TorchMethod`.
    """

    def __init__(self, hidden=128, learning_rates=RATES, **training):
        super().__init__(**training)
        self.hidden, self.learning_rates = hidden, learning_rates

    def build(self, n_genes, h):
        from torch import nn

        class Rates(nn.Module):
            """Mean rate of each gene for a size factor of 1, and the log dispersions, which training needs."""

            def __init__(self, hidden):
                super().__init__()
                self.layers = layers((h, hidden, n_genes), 0.2, last=False)
                self.log_dispersion = nn.Parameter(self.layers[0].weight.new_zeros(n_genes))

            def forward(self, codes):
                return self.layers(codes).clamp(-12, 12).exp()

        return layers((n_genes, self.hidden, h), 0.2, last=False), Rates(self.hidden)

    reads_counts = True

    def fit(self, train, run, h=None):
        check_measurements(h, train.shape[1])
        check_counts(train, "a negative binomial")
        if len(train) < 3:
            raise MethodError("early stopping needs three training cells or more")
        median = float(np.median(np.maximum(train.sum(axis=1), 1.0)))
        order = stream("held-out-tenth", run.dataset, run.seed).permutation(len(train))
        held_out, others = np.split(order, [max(1, len(train) // 10)])
        with self._threads(run):
            trials = [self._trial(train[others], train[held_out], median, h, rate, run) for rate in self.learning_rates]
            loss, updates, rate, slope = min(trials)
            said = f"learning rate {rate:g}, {updates} updates, held-out loss {loss:.6g}, slope {slope:.3f}"
            run.log(f"{run.dataset} seed {run.seed}: {said}")
            encoder, rates = self._fitted(train, median, h, rate, updates, run)
        arrays = {f"encoder/{name}": value.detach().cpu().numpy() for name, value in encoder.state_dict().items()}
        arrays |= {f"decoder/{name}": value.detach().cpu().numpy() for name, value in rates.state_dict().items()}
        about = {"median": np.array(median), "slope": np.array(slope), "updates": np.array(updates)}
        return arrays | about | {"shape": np.array([train.shape[1], h])}

    def _fitted(self, train, median, h, rate, updates, run, look=None):
        """Return the two modules after so many updates; `look(done, encoder, rates)` may return True to stop."""
        import torch

        counts, size = self._tensors(train, median, run)
        encoder, rates = self._modules(train.shape[1], h, run)
        with torch.no_grad():  # start at the mean profile
            rates.layers[-1].bias.copy_(((counts / size).mean(dim=0) + 1e-4).log())
        self._seen = counts, size, rates
        each = look and (lambda done: look(done, encoder, rates))
        self.learning_rate = rate
        self._train(encoder, rates, torch.log1p(counts / size), updates, self.weight_decay, run, each)
        del self._seen
        return encoder, rates

    def _trial(self, train, held_out, median, h, rate, run):
        """Return the least held-out loss, the updates it was found at, the rate, and the slope of z-scores there."""
        import torch

        counts, size = self._tensors(held_out, median, run)
        truth, found = normalise(held_out, "zscore").astype(np.float64), []

        def look(done, encoder, rates):
            if done % LOOK_EVERY == 0 or done == self.iterations:
                with torch.no_grad():
                    mean = rates(encoder(torch.log1p(counts / size)))
                    guess = normalise(mean.cpu().numpy(), "zscore").astype(np.float64)
                    slope = np.vdot(truth, guess) / max(np.vdot(guess, guess), 1e-12)
                    loss = float(self._likelihood(mean, counts, size, rates))
                    found.append((loss, done, rate, float(np.clip(slope, 0, 1))))
            return bool(found) and _is_stuck(found)

        self._fitted(train, median, h, rate, self.iterations, run, look)
        return min(found)

    def _tensors(self, train, median, run):
        import torch

        size = np.maximum(train.sum(axis=1), 1.0)[:, None] / median
        return (torch.tensor(values, dtype=torch.float32, device=run.device) for values in (train, size))

    def loss(self, found, cells):
        return self._likelihood(found, *self._seen)

    @staticmethod
    def _likelihood(found, counts, size, rates):
        """Return the negative log likelihood without the terms that no weight changes."""
        import torch

        mean = found * size
        inverse = rates.log_dispersion.clamp(-10, 10).exp()  # 1 / dispersion
        likelihood = (
            torch.lgamma(counts + inverse)
            - torch.lgamma(inverse)
            + inverse * (inverse.log() - (inverse + mean).log())
            + counts * ((mean + 1e-8).log() - (inverse + mean).log())
        )
        return -likelihood.mean()

    def encode(self, model, cells, run, measurements):
        (h,) = set(measurements)
        encoder, median = self._restored(model, 0), float(model["median"])
        codes = np.empty((len(cells), h), dtype=np.float32)
        counts = Cells(cells.matrix, cells.rows, "none", cells.dataset, cells.seed, cells.block_cells)
        for where, block in counts.blocks():
            size = np.maximum(block.sum(axis=1, keepdims=True), 1.0) / median
            codes[where] = TorchDecoder(encoder)(np.log1p(block / size))
        return {h: codes}

    def decoder(self, model, run, h):
        decode = super().decoder(model, run, h)
        return _Normalised(decode._module, float(model["slope"]))


class _Normalised(TorchDecoder):
    """Mean rates as z-scores, times a slope."""

    def __init__(self, module, slope):
        super().__init__(module)
        self._slope = np.float32(slope)

    def __call__(self, codes):
        return normalise(super().__call__(codes), "zscore") * self._slope


class PanelNetwork(TorchMethod):
    """All genes from the greedy panel's, by two hidden layers (as D-GEX, Chen et al. 2016). Measured genes are kept.

    Parameters
    ----------
    hidden : int
        Width of each of the two hidden layers.
    **training
        See `TorchMethod`.
    """

    def __init__(self, hidden=256, **training):
        super().__init__(**training)
        self.hidden = hidden

    def build(self, n_genes, h):
        from torch import nn

        return nn.Identity(), layers((h, self.hidden, self.hidden, n_genes), 0.2, last=False)

    def fit(self, train, run, h=None):
        import torch

        check_measurements(h, train.shape[1])
        mean = train.mean(axis=0, dtype=np.float64)
        genes = GreedyPanel().choose(mean, train - mean, run, h)
        centred = (train - mean).astype(np.float32)
        scale = np.float32(centred[:, genes].std() or 1.0)
        with self._threads(run):
            _, decoder = self._modules(train.shape[1], h, run)
            self._targets = torch.tensor(centred / scale, device=run.device)
            inputs = self._targets[:, torch.as_tensor(genes.copy())]
            self._train(torch.nn.Identity(), decoder, inputs, self.iterations, self.weight_decay, run)
            del self._targets
        arrays = {f"decoder/{name}": value.detach().cpu().numpy() for name, value in decoder.state_dict().items()}
        about = {"genes": genes, "mean": mean.astype(np.float32), "scale": np.array(scale)}
        return arrays | about | {"shape": np.array([train.shape[1], h])}

    def loss(self, found, cells):
        return (found - self._targets).square().mean()

    def encode(self, model, cells, run, measurements):
        (h,) = set(measurements)
        codes = np.empty((len(cells), h), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = block[:, model["genes"]]
        return {h: codes}

    def decoder(self, model, run, h):
        return PanelNetworkDecoder(super().decoder(model, run, h), model)


class PanelNetworkDecoder(TorchDecoder):
    """The measured genes as they are, the others as the network predicts them."""

    def __init__(self, network, model):
        super().__init__(network._module)
        self.measured = model["genes"]
        self._mean, self._scale = model["mean"], np.float32(model["scale"])

    def __call__(self, codes):
        codes = np.asarray(codes, dtype=np.float32)
        inputs = (codes - self._mean[self.measured]) / self._scale
        found = super().__call__(inputs) * self._scale + self._mean
        found[:, self.measured] = codes
        return found
