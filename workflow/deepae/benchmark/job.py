"""A job of the grid on one ingested data set: what all jobs share."""

import contextlib
import math
import time

import numpy as np

from deepae.config.axes import NOISELESS
from deepae.config.vocabulary import METRICS, TRAIN_FRACTION, TRAIN_MINIMUM
from deepae.data import store
from deepae.data.cells import Cells
from deepae.data.normalise import check_log1p, renormalise
from deepae.data.split import split_cells, split_groups
from deepae.errors import DeepAEError, MethodError
from deepae.methods.base import Run, create


class Job:
    """A job of the grid on one ingested data set.

    Parameters
    ----------
    data : path
        The ingested data set.
    name : str
        Name of the method.
    entry : dict
        The method's entry in methods.yaml.
    normalization : str
    settings : dict
        Optional settings of the configuration: ``split`` (fraction, minimum and maximum of the training cells, most
        test cells), ``spearman_values`` (above so many values, Spearman's correlation is that of a sample),
        ``further_metrics`` (also those of `deepae.benchmark.further`), ``precision`` and ``block_rows`` (of training),
        ``model_precision`` (of saved models).
    iterations : int, optional
        Training steps in place of the method's own.
    threads, device, log
        As in `deepae.methods.base.Run`.
    """

    def __init__(
        self, data, name, entry, normalization, settings=None, iterations=None, threads=1, device="cpu", log=print
    ):
        settings = settings or {}
        self.dataset = store.read(data)
        self.name = name
        self.entry = entry
        self.normalization = normalization
        split = settings.get("split", {})
        self.fraction, self.minimum = split.get("fraction", TRAIN_FRACTION), split.get("minimum", TRAIN_MINIMUM)
        self.most = {key: split.get(key) for key in ("maximum", "test_maximum")}
        self.model_precision = settings.get("model_precision", "float32")
        self.spearman_limit = settings.get("spearman_values", 200_000_000)
        self.threads = threads
        self.device = device
        self.log = log
        parameters = dict(entry.get("parameters", {}))
        parameters |= {key: settings[key] for key in ("precision", "block_rows") if key in settings}
        if iterations is not None:
            parameters["iterations"] = iterations
        self.further = settings.get("further_metrics", False)
        noise = entry.get("noise")
        self.method = create(entry["implementation"], parameters)
        if noise is not None and hasattr(self.method, "snr"):
            self.method.snr = None if noise == NOISELESS else noise  # random measurements have their own noise
            noise = None
        self.noise = None if noise == NOISELESS else noise
        self.bits = entry.get("bits")
        self.trained_under = entry.get("trained_under", normalization)
        if "log1p" in (normalization, self.trained_under):
            check_log1p(self.dataset.matrix, self.dataset.name)

    def run(self, seed):
        """Return the `Run` of a seed."""
        return Run(self.dataset.name, seed, self.threads, self.device, self.log)

    def split(self, seed):
        """Return training and test cells of a seed."""
        return self._split(seed, self.entry.get("split", {}).get("n_train"))

    def _split(self, seed, n_train):
        given, n_cells = self.entry.get("split", {}), self.dataset.n_cells
        drop_last = given.get("drop_last", False)
        try:
            if "tested_on" in given:
                usual = max(int(self.fraction * n_cells), self.minimum)
                groups = given["trained_on"], given["tested_on"]
                return split_groups(self.dataset.cells, *groups, seed, usual, self.most["test_maximum"])
            return split_cells(n_cells, seed, self.fraction, self.minimum, drop_last, n_train, **self.most)
        except DeepAEError as error:
            raise type(error)(f"{self.dataset.name}: {error}") from None

    def seen(self, seed):
        """Return the cells that the method may see in fit: the training cells, unless it is a ceiling."""
        split = self.split(seed)
        rows = split.test if self.method.sees == "test" else split.train
        if self.method.sees == "pool":
            rows = np.setdiff1d(np.arange(self.dataset.n_cells), split.test)
        return self.fitted_cells(rows, seed)

    def fitted_cells(self, rows, seed):
        """Return some cells as `fit` gets them."""
        normalization = "none" if self.method.reads_counts else self.trained_under
        return Cells(self.dataset.matrix, rows, normalization, self.dataset.name, seed)

    def cells(self, rows, seed):
        """Return some cells of the data set under the normalisation that reconstructions are scored under."""
        return Cells(self.dataset.matrix, rows, self.normalization, self.dataset.name, seed)

    def encoded(self, rows, seed):
        """Return some cells as `encode` gets them: under the normalisation of training."""
        return Cells(self.dataset.matrix, rows, self.trained_under, self.dataset.name, seed)

    def predictor(self, decoder, codes, cells):
        """Return the function of a slice of cells that gives their reconstruction under the job's normalisation."""
        if self.trained_under == self.normalization:
            return lambda where: decoder(codes[where])
        found, wanted = self.trained_under, self.normalization
        return lambda where: renormalise(decoder(codes[where]), cells.raw(where), found, wanted)

    def row(self, h, seed, **values):
        """Return a row of the metrics table with what is known before anything is computed."""
        split = self.split(seed)
        known = {
            "dataset": self.dataset.name,
            "normalization": self.normalization,
            "method": self.name,
            "protocol": self.entry["protocol"],
            "measurements": h,
            "seed": seed,
            "n_train": len(split.train),
            "n_test": len(split.test),
            "n_genes": self.dataset.n_genes,
            "iterations": getattr(self.method, "iterations", None),
            "device": self.device,
            "threads": self.threads,
        }
        return known | values

    def failed(self, h, seed, reason):
        """Return the row of a run that could not be computed."""
        missing = {name: math.nan for name, metric in METRICS.items() if not metric.on_request}
        return self.row(h, seed, **missing, status="failed", reason=" ".join(str(reason).split()))

    def fit(self, seed, h=None):
        """Fit one seed; return ``(model, seconds, reason)``, with an empty model and a reason if it failed."""
        start = time.perf_counter()
        try:
            with self.named(seed, h):
                self.check_measurements(h)
                model = self.method.fit(self.seen(seed).dense(), self.run(seed), h)
        except MethodError as error:
            return {}, math.nan, str(error)
        return model, time.perf_counter() - start, ""

    def tune(self, fitted, seed, hs):
        """Let the method choose what depends on h; takes and returns ``(model, seconds, reason)`` as `fit` does."""
        model, seconds, reason = fitted
        if reason or not self.method.tunes:
            return fitted
        start = time.perf_counter()
        train = self.encoded(self.split(seed).train, seed).dense()
        try:
            with self.named(seed):
                model = self.method.tune(model, train, self.run(seed), hs)
        except MethodError as error:
            return {}, math.nan, str(error)
        spent = time.perf_counter() - start
        self.log(f"seed {seed}: tuned for h = {', '.join(map(str, hs))} in {spent:.2f} s")
        return model, seconds + spent, ""

    def check_measurements(self, h):
        """Raise `MethodError` if there are fewer genes than measurements."""
        if h is not None and h > self.dataset.n_genes:
            raise MethodError(f"h = {h} exceeds the {self.dataset.n_genes} genes of {self.dataset.name}")

    @contextlib.contextmanager
    def named(self, seed, h=None):
        """Say in which run an error arose that ends the job.

        Only what a method says of itself (`MethodError`) becomes a failed row; it is caught where this is used.
        Anything else, a missing package or a defect, would fill the table with rows that look like results.
        """
        try:
            yield
        except MethodError:
            raise
        except Exception as error:
            where = f"{self.name} on {self.dataset.name} ({self.normalization}), seed {seed}"
            error.add_note(where + ("" if h is None else f", h = {h}"))
            raise
