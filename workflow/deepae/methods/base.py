"""The contract of a method.

A method is a class in a file of this package plus an entry in ``config/methods.yaml``. Its parameters are arguments of
the constructor, with the paper's values as defaults. What it learns is a *model*: a plain dictionary of numpy arrays,
so that it can be stored without pickle. To use it on test cells, `encode` turns cells into codes (h numbers a cell),
and a `Decoder` turns codes into expression again, a block of cells at a time.
"""

import abc
import importlib
import time
from dataclasses import dataclass, field

import numpy as np

from deepae.errors import ConfigError


@dataclass(frozen=True)
class Run:
    """One run of a method: what random numbers may depend on, and what it may use.

    Attributes
    ----------
    dataset : str
        Id of the data set.
    seed : int
        Seed of the run: split, initial weights, measurement matrix, noise.
    threads : int
        Threads that a job may use; results are reproducible for a fixed number.
    device : str
        ``"cpu"`` or ``"cuda"``, for methods that need a GPU.
    log : callable
        Called with a line of progress.
    """

    dataset: str
    seed: int
    threads: int = 1
    device: str = "cpu"
    log: object = field(default=print, compare=False)


class Decoder(abc.ABC):
    """Turns codes into expression; made once for a model and h, called for each block of cells.

    Attributes
    ----------
    nonzeros : int or None
        Most nonzero activities a cell may have (L), where decoding is sparse.
    rank : int or None
        Rank of the reconstruction, where it is fixed.
    """

    nonzeros = None
    rank = None

    def told(self, variance):
        """Return the decoder for codes with noise of this variance; one that cannot use it is the same."""
        return self

    @property
    def floats(self):
        """How many numbers the decoder holds: what a reader of codes must be given."""
        return sum(value.size for value in vars(self).values() if isinstance(value, np.ndarray))

    @abc.abstractmethod
    def __call__(self, codes):
        """Return the reconstruction of a block: float32, shape (b, n_genes), for codes of shape (b, k)."""


class Method(abc.ABC):
    """A compression method.

    Class attributes
    ----------------
    uses_h : bool
        Whether anything depends on the number of measurements h; if not, one result is repeated for every h.
    fit_depends_on_h : bool
        Whether `fit` needs h; if not, one model serves all h.
    caps_h : bool
        Whether more measurements than genes are possible because the method takes only as many as there can be.
    reads_counts : bool
        Whether `fit` gets the cells as they lie, whatever the normalisation that the reconstruction is scored under.
    sees : str
        Cells that `fit` gets: ``train``; ``pool``, all cells that are not tested; ``test``, for a ceiling.
    """

    uses_h = True
    fit_depends_on_h = False
    caps_h = False
    reads_counts = False
    sees = "train"

    @abc.abstractmethod
    def fit(self, train, run, h=None):
        """Learn from the training cells.

        Parameters
        ----------
        train : numpy.ndarray, float32, shape (n_train, n_genes)
            Normalised training cells. Not changed.
        run : Run
        h : int, optional
            Number of measurements, for methods with `fit_depends_on_h`.

        Returns
        -------
        dict of str to numpy.ndarray
            The model: all that is learned, since another process may encode and decode with it.

        Raises
        ------
        MethodError
            If this run cannot be computed.
        """

    def tune(self, model, train, run, measurements):
        """Choose from the training cells what a model fitted for all h leaves open for each of them.

        Called between `fit` and `encode`, with all h that are wanted; what is chosen for one must not depend on the
        others. Most methods leave nothing open.

        Parameters
        ----------
        model : dict
            From `fit`. Not changed.
        train, run
            As `fit` got them.
        measurements : sequence of int

        Returns
        -------
        dict of str to numpy.ndarray
            The model with what was chosen.
        """
        return model

    def scored_against(self, cells, run):
        """Return the cells that reconstructions are compared with: the test cells, unless a ceiling needs others."""
        return cells

    @property
    def tunes(self):
        """Whether `tune` does anything."""
        return type(self).tune is not Method.tune

    def fit_many(self, trains, runs, h=None):
        """Fit several runs of one job; yield ``(model, seconds)`` for each, in order.

        Methods that gain from fitting the seeds together override this.
        """
        for train, run in zip(trains, runs, strict=True):
            start = time.perf_counter()
            # yielded without a name: this frame must not hold a model while the next one is fitted
            yield self.fit(train, run, h), time.perf_counter() - start

    @abc.abstractmethod
    def encode(self, model, cells, run, measurements):
        """Encode all cells for several numbers of measurements in one pass.

        Parameters
        ----------
        model : dict
        cells : deepae.data.cells.Cells
        run : Run
        measurements : sequence of int
            Only those for which `decoder` did not raise.

        Returns
        -------
        dict of int to numpy.ndarray
            Codes for each h, shape (n_cells, k); k = h, fewer if the method's rank is lower, 0 if it needs no code.
        """

    @abc.abstractmethod
    def decoder(self, model, run, h):
        """Return the `Decoder` for h; raise `MethodError` if this h cannot be done."""


def create(implementation, parameters=None):
    """Make a method from its entry in methods.yaml.

    Parameters
    ----------
    implementation : str
        ``"module:Class"`` within `deepae.methods`.
    parameters : dict, optional
        Arguments of the constructor.

    Raises
    ------
    ConfigError
        If there is no such class or it does not take these parameters.
    """
    module_name, _, class_name = implementation.partition(":")
    try:
        cls = getattr(importlib.import_module(f"deepae.methods.{module_name}"), class_name)
    except (ImportError, AttributeError) as error:
        if isinstance(error, ImportError) and not (error.name or "").startswith("deepae"):
            raise  # a package that the module needs is missing: that is no matter of the configuration
        raise ConfigError(f"methods.yaml: no implementation {implementation!r} ({error})") from error
    try:
        return cls(**(parameters or {}))
    except TypeError as error:
        raise ConfigError(f"methods.yaml: {implementation}: {error}") from error
