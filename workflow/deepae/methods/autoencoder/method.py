"""DeepAE: a deep auto-encoder whose central layer is the code (the paper, Methods; Eq. 1–4 and Table 2).

One class serves the paper's protocol and those of the released programs; they differ in loss, activation of the centre,
iterations and form of Adam, which are parameters (config/methods.yaml).
"""

import time

import numpy as np
import torch

from deepae.errors import ConfigError, MethodError
from deepae.methods.autoencoder import network as networks
from deepae.methods.autoencoder.adam import FORMS, Adam
from deepae.methods.autoencoder.cpu import CpuTrainer
from deepae.methods.autoencoder.progress import Progress
from deepae.methods.base import Decoder, Method

ENCODER_PRODUCT_MAX_H = 10  # key dimensions are only read from small codes; the product is genes x h for every seed
LOSSES = ("mae", "mse")
PRECISIONS = ("float32", "tf32", "bf16")


class Autoencoder(Method):
    """A symmetric auto-encoder, trained on all training cells at once with Adam.

    Parameters
    ----------
    architecture : str or list of int
        ``"DeepAE1"`` … ``"DeepAE6"``, or the encoder's hidden widths, mirrored by the decoder.
    loss : {"mae", "mse"}
        Mean absolute error (Eq. 4) or mean squared error (the released programs).
    slope : float
        Slope of the leaky ReLU for negative values, after every layer and the output.
    linear_centre : bool
        No activation after the central layer (the released programs).
    iterations : int
        Updates, each on all training cells.
    learning_rate, betas, epsilon : float, pair of float, float
        Of Adam.
    adam : {"standard", "tensorflow"}
        Where epsilon stands: see `deepae.methods.autoencoder.adam`.
    initialisation : {"glorot_uniform"}
        Biases start at zero.
    initial_seed : int, optional
        Seed of the initial weights; by default the run's. The released programs start all runs from the same weights.
    report_after : int, optional
        Updates after which metrics and codes are taken; by default `iterations`, and never more.
    weights_after : int, optional
        Updates after which the encoder product and the kept weights are taken; by default `report_after`, never more
        than `iterations`. Training ends at the later of the two.
    precision : {"float32", "tf32", "bf16"}
        Of matrix products on a GPU; the CPU always computes in float32.
    block_rows : int
        Above so many training cells, gradients are added up over blocks of so many: exact, in less memory.
    keep_weights : bool
        Add the encoder's weights at `weights_after` to the model of the first run (``kept_weight_0 …``), where they are
        others than those that are reported.

    Attributes
    ----------
    iterations : int
        Updates after which metrics are taken, for the table.
    device : str
        ``"cpu"`` or ``"cuda"``: where the last `fit` ran.

    Notes
    -----
    The model is a dictionary of float32 arrays: ``weight_0 …`` (inputs, outputs) and ``bias_0 …`` (outputs,) after
    `report_after` updates; ``encoder`` (genes, h), the product of the encoder's weights after `weights_after` updates,
    if h <= 10; ``iterations``; ``loss``, the training loss before the last update.

    Raises
    ------
    ConfigError
        For a parameter out of range.
    """

    fit_depends_on_h = True

    def __init__(
        self,
        architecture="DeepAE4",
        loss="mae",
        slope=0.2,
        linear_centre=False,
        iterations=1000,
        learning_rate=1e-4,
        betas=(0.9, 0.999),
        epsilon=1e-8,
        adam="standard",
        initialisation="glorot_uniform",
        initial_seed=None,
        report_after=None,
        weights_after=None,
        precision="float32",
        block_rows=1024,
        keep_weights=False,
    ):
        networks.hidden_widths(architecture)
        _one_of("loss", loss, LOSSES)
        _one_of("adam", adam, FORMS)
        _one_of("precision", precision, PRECISIONS)
        _one_of("initialisation", initialisation, ("glorot_uniform",))
        for name, value in {"iterations": iterations, "block_rows": block_rows}.items():
            if value < 1:
                raise ConfigError(f"{name}: found {value}, expected a whole number >= 1")
        for name, value in {"learning_rate": learning_rate, "epsilon": epsilon}.items():
            if not value > 0:
                raise ConfigError(f"{name}: found {value}, expected a number > 0")
        if len(betas) != 2 or not all(0 < beta < 1 for beta in betas):
            raise ConfigError(f"betas: found {betas}, expected two numbers between 0 and 1")
        if not 0 <= slope <= 1:
            raise ConfigError(f"slope: found {slope}, expected a number from 0 to 1")
        self.architecture, self.loss, self.slope, self.linear_centre = architecture, loss, slope, linear_centre
        self.optimiser = Adam(float(learning_rate), float(betas[0]), float(betas[1]), float(epsilon), adam)
        self.initial_seed, self.precision, self.block_rows = initial_seed, precision, block_rows
        self.keep_weights = keep_weights
        self.report_after = min(report_after or iterations, iterations)
        self.weights_after = min(weights_after or self.report_after, iterations)
        self.iterations = self.report_after
        self.device = "cpu"

    def parameters(self):
        """Return what tells this method from others, as plain values: it is stored beside a model."""
        return {
            "architecture": self.architecture if isinstance(self.architecture, str) else list(self.architecture),
            "loss": self.loss,
            "slope": float(self.slope),
            "linear_centre": bool(self.linear_centre),
            "report_after": self.report_after,
            "weights_after": self.weights_after,
            "learning_rate": self.optimiser.learning_rate,
            "betas": [self.optimiser.beta1, self.optimiser.beta2],
            "epsilon": self.optimiser.epsilon,
            "adam": self.optimiser.form,
            "initial_seed": self.initial_seed,
            "precision": self.precision if self.device == "cuda" else "float32",
        }

    def network(self, n_genes, h):
        """Return the `Network` for so many genes; `MethodError` if there are fewer genes than measurements."""
        return networks.build(self.architecture, n_genes, h, self.slope, self.linear_centre)

    def fit(self, train, run, h=None):
        """Train one run; see `Method.fit` and the notes above. A loss that is not finite raises `MethodError`."""
        return next(iter(self.fit_many([train], [run], h)))[0]

    def fit_many(self, trains, runs, h=None):
        """Train several runs: on a GPU together as one batched model, on the CPU one after another, when asked for.

        `trains` may be a generator: the CPU then holds the training cells of one run only.
        """
        self.device = self._device(runs[0])
        if self.device == "cuda":
            from deepae.methods.autoencoder.gpu import fit_batched

            trains = list(trains)
            yield from fit_batched(self, self.network(trains[0].shape[1], h), trains, runs)
            return
        for index, (train, run) in enumerate(zip(trains, runs, strict=True)):
            # yielded without a name: this frame must not hold a model while the next one trains
            yield self._timed_fit(self.network(train.shape[1], h), train, run, self.keep_weights and index == 0)

    def initial_weights(self, network, run):
        """Return the initial weights of a run."""
        seed = run.seed if self.initial_seed is None else self.initial_seed
        return networks.initial_weights(network, run.dataset, seed)

    def milestones(self):
        """Return the numbers of updates at which something is taken, ascending."""
        return sorted({self.report_after, self.weights_after})

    def _timed_fit(self, network, train, run, keep):
        start = time.perf_counter()
        model = self._fit_cpu(network, train, run, keep)
        return model, time.perf_counter() - start

    def _fit_cpu(self, network, train, run, keep):
        trainer = CpuTrainer(
            network, train, self.initial_weights(network, run), self.optimiser, self.loss, run.threads, self.block_rows
        )
        parts = {}
        milestones = self.milestones()
        progress = Progress(run.log, milestones[-1], f"h {network.h}, seed {run.seed}: ")
        for updates in milestones:
            trainer.train(updates, progress)
            self.collect(parts, network, updates, *trainer.weights(), keep, final=updates == milestones[-1])
            if updates == self.report_after:
                parts["loss"] = np.float32(trainer.loss)
        return parts

    def collect(self, parts, network, updates, weights, biases, keep, final):
        """Add to a model what is taken after so many updates: copies, unless training has ended (`final`)."""
        if updates == self.report_after:
            take = (lambda array: array) if final else (lambda array: array.copy(order="K"))
            parts |= {f"weight_{layer}": take(weight) for layer, weight in enumerate(weights)}
            parts |= {f"bias_{layer}": take(bias) for layer, bias in enumerate(biases)}
            parts["iterations"] = np.int64(updates)
        if updates == self.weights_after:
            if network.h <= ENCODER_PRODUCT_MAX_H:
                tensors = [torch.from_numpy(weight) for weight in weights]
                parts["encoder"] = networks.encoder_product(network, tensors).numpy()
            if keep and self.weights_after != self.report_after:
                encoder = weights[: network.centre + 1]
                parts |= {f"kept_weight_{layer}": weight.copy() for layer, weight in enumerate(encoder)}

    def _device(self, run):
        if run.device == "cuda" and not torch.cuda.is_available():
            run.log("no usable GPU found: training on the CPU")
            return "cpu"
        return run.device

    def encode(self, model, cells, run, measurements):
        """Return the central layer's output for all cells, float32, shape (n_cells, h), for the h of the model only."""
        layers = _Layers(self, model, run)
        (h,) = measurements
        if h != layers.network.h:
            raise MethodError(f"the model was trained for {layers.network.h} measurements, not {h}")
        codes = np.empty((cells.n_cells, h), dtype=np.float32)
        for where, block in cells.blocks():
            codes[where] = layers(block, 0, layers.network.centre + 1)
        return {h: codes}

    def decoder(self, model, run, h):
        """Return the decoder of a model."""
        return AutoencoderDecoder(_Layers(self, model, run), model)


class AutoencoderDecoder(Decoder):
    """The layers after the centre; `iterations` are the updates that the model had."""

    def __init__(self, layers, model):
        self.layers = layers
        self.iterations = int(model["iterations"])

    @property
    def floats(self):
        """How many numbers the decoder holds."""
        decoding = slice(self.layers.network.centre + 1, None)
        return sum(part.numel() for part in (*self.layers.weights[decoding], *self.layers.biases[decoding]))

    def __call__(self, codes):
        network = self.layers.network
        return self.layers(codes, network.centre + 1, network.n_layers)


class _Layers:
    """The layers of a model, on the device where it was trained."""

    def __init__(self, method, model, run):
        count = sum(name.startswith("weight_") for name in model)
        shapes = [model[f"weight_{layer}"].shape for layer in range(count)]
        widths = (*(shape[0] for shape in shapes), shapes[-1][1])
        self.network = networks.Network(widths, method.slope, method.linear_centre)
        self.threads = run.threads
        self.device = "cuda" if run.device == "cuda" and torch.cuda.is_available() else "cpu"
        self.weights = [torch.from_numpy(model[f"weight_{layer}"]).to(self.device) for layer in range(count)]
        self.biases = [torch.from_numpy(model[f"bias_{layer}"]).to(self.device) for layer in range(count)]

    def __call__(self, values, first, stop):
        torch.set_num_threads(self.threads)
        with torch.no_grad():
            values = torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
            return networks.apply_layers(self.network, self.weights, self.biases, values, first, stop).cpu().numpy()


def _one_of(name, value, allowed):
    if value not in allowed:
        raise ConfigError(f"{name}: found {value!r}, expected one of {', '.join(allowed)}")
