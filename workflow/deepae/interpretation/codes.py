"""The cells of one data set as every method represents them, and as it reconstructs them: what the figures are made of.

A network's codes are those that its training wrote. Methods on the CPU decode what the grid keeps, their
factorisations; those without one (PCA, LMMSE: closed forms of at most a few hundred cells) are fitted again.
"""

import copy
from typing import NamedTuple

import numpy as np

from deepae.benchmark.evaluate import stored_model
from deepae.config.vocabulary import SNR
from deepae.errors import MethodError
from deepae.interpretation import heatmap
from deepae.interpretation.neighbourhood import MOST_CELLS
from deepae.io.files import load_npz
from deepae.methods.base import create
from deepae.methods.controls import PCA, RandomLMMSE
from deepae.methods.measuring import measure, measurement_matrix


class Representation(NamedTuple):
    """Some cells in the space of a method.

    Attributes
    ----------
    method : str
        Name of the method; ``"random"`` for the measurements themselves.
    kind : str
        ``code`` (a trained encoder), ``scores`` (pca), ``activities`` (of a dictionary's atoms), ``measurements``
        (noisy, random) or ``projection`` (the same without noise).
    measurements : int
        h.
    values : numpy.ndarray, shape (n_cells, k)
    """

    method: str
    kind: str
    measurements: int
    values: np.ndarray

    @property
    def key(self):
        """Name of the array in a file."""
        return f"{self.kind}/{self.method}/{self.measurements}"


def sample(test, seed, most=MOST_CELLS):
    """Return the test cells that are looked at: all of them, or `most` drawn under a seed, as positions in `test`."""
    if len(test) <= most:
        return np.arange(len(test))
    return np.sort(np.random.default_rng(seed).choice(len(test), most, replace=False))


def random_measurements(cells, dataset, seed, h, taken):
    """Return what the baselines see of the cells: noisy measurements, and the same projection without noise.

    The noise level is that of all `cells`; `taken` are the positions that are returned. Fewer measurements than h are
    impossible in some small data sets: then the list is empty.
    """
    try:
        matrix = measurement_matrix(dataset, seed, cells.n_genes, h)
    except MethodError:
        return []
    noisy, _ = measure(cells, matrix, SNR)
    clean, _ = measure(cells, matrix, None)
    return [
        Representation("random", "measurements", h, noisy[taken]),
        Representation("random", "projection", h, clean[taken]),
    ]


class Fitted:
    """A CPU method on one run, ready to encode its test cells; made once, asked for codes and for reconstructions.

    Parameters
    ----------
    job : deepae.benchmark.job.Job
    dictionary : path or None
        The factorisation; None: the method is fitted here.
    seed, h : int

    Raises
    ------
    MethodError
        If the method cannot do this h.
    """

    def __init__(self, job, dictionary, seed, h):
        self.name, self.method = job.name, job.method
        self.h = h
        run = job.run(seed)
        if dictionary:
            fitted = stored_model(load_npz(dictionary), seed, dictionary)
        else:
            fitted = job.fit(seed, h if job.method.fit_depends_on_h else None)
        model, _, reason = job.tune(fitted, seed, [h])
        if reason:
            raise MethodError(reason)
        self.decode = job.method.decoder(model, run, h)
        cells = job.cells(job.split(seed).test, seed)
        self.codes = job.method.encode(model, cells, run, [h])[h]

    def representation(self, taken):
        """Return activities, scores or a code of some cells; None for a method without a space of its own."""
        if hasattr(self.decode, "activities"):
            return Representation(self.name, "activities", self.h, self.decode.activities(self.codes[taken]))
        if isinstance(self.method, RandomLMMSE) or not self.codes.shape[1]:
            return None  # the random measurements in other coordinates, or nothing
        kind = "scores" if isinstance(self.method, PCA) else "code"
        return Representation(self.name, kind, self.h, self.codes[taken])

    def reconstruct(self, taken, genes):
        """Return the reconstruction of some cells and genes, float32."""
        return blockwise(self.decode, self.codes[taken], genes)


def blockwise(decode, codes, genes, size=100):
    """Decode codes a few cells at a time and keep some genes: float32, shape (n_cells, len(genes))."""
    values = np.empty((len(codes), len(genes)), dtype=np.float32)
    for start in range(0, len(codes), size):
        values[start : start + size] = np.asarray(decode(codes[start : start + size]))[:, genes]
    return values


def pictures(cells, taken, decoders, n_genes=heatmap.GENES, n_cells=heatmap.CELLS):
    """Return the arrays of a heat map file: chosen genes and cells, the original, and each reconstruction of them.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
        The cells looked at.
    taken : array of int
        Their positions among the test cells.
    decoders : dict of str to callable
        By ``method/h``: positions among the test cells, genes -> reconstruction in the normalised unit.

    Returns
    -------
    dict of str to numpy.ndarray
        ``genes``, ``cells`` (positions in `cells`), ``original`` and ``reconstruction/<method>/<h>``, cells x genes
        in the drawn unit.
    """
    genes, chosen, original = heatmap.choose(cells, n_genes, n_cells)
    arrays = {"genes": genes, "cells": chosen, "original": original}
    for name, reconstruct in decoders.items():
        values = heatmap.shown(reconstruct(taken[chosen], genes), cells.normalization)
        arrays[f"reconstruction/{name}"] = values.astype(np.float32)
    return arrays


def to_arrays(cells, seed, representations, n_test=None):
    """Return representations as arrays for an npz, with the cells' positions, the seed and the number of test cells."""
    arrays = {"cells": np.asarray(cells, dtype=np.int64), "seed": np.int64(seed)}
    arrays["n_test"] = np.int64(len(arrays["cells"]) if n_test is None else n_test)
    return arrays | {item.key: np.asarray(item.values, dtype=np.float32) for item in representations}


def from_arrays(arrays):
    """Return the representations that `to_arrays` stored, in the order of the file."""
    found = []
    for key, values in arrays.items():
        if key.count("/") == 2:
            kind, method, h = key.split("/")
            found.append(Representation(method, kind, int(h), values))
    return found


def compute(job, saved, methods, dictionaries, pictured=()):
    """Encode the test cells of one data set and normalisation with every method, and decode those for the heat maps.

    The seed, and with it the test cells, are those of the first saved model. What has another split, or cannot do this
    h, is left out with a line in the log.

    Parameters
    ----------
    job : deepae.benchmark.job.Job
        Of any method; data set, normalisation and settings are taken from it.
    saved : list of (str, dict, deepae.methods.autoencoder.model.Model, dict)
        Name and entry of a trained method, its model, and ``seeds`` and ``codes`` (of the test cells) of its
        ``encoder.npz``.
    methods : dict of str to dict
        Entries of the CPU methods.
    dictionaries : dict of str to path
        Factorisation of each method that has one.
    pictured : sequence of str
        Methods whose reconstruction is kept for the heat map, at the largest h of the saved models.

    Returns
    -------
    codes, heat map : two dicts of arrays
        From `to_arrays` and `pictures`.
    """
    first_name, first_entry, first, _ = saved[0]
    seed, h = first.seed, max(model.h for _, _, model, _ in saved)
    reference = job_of(job, first_name, first_entry)
    test = reference.split(seed).test
    taken = sample(test, seed)
    cells = reference.cells(test, seed)
    looked_at = reference.cells(test[taken], seed)
    found, decoders = [], {}
    for name, entry, model, arrays in saved:
        if not np.array_equal(job_of(job, name, entry).split(model.seed).test, test):
            job.log(f"{name}, h = {model.h}: left out, its test cells differ from those of {first_name}")
            continue
        codes = arrays["codes"][list(arrays["seeds"]).index(model.seed)]
        found.append(Representation(name, "code", model.h, codes[taken]))
        if name in pictured and model.h == h:
            decoders[f"{name}/{h}"] = lambda where, genes, model=model, codes=codes: blockwise(
                model.decode, codes[where], genes
            )
    hs = sorted({model.h for _, _, model, _ in saved})
    for each in hs:
        found += random_measurements(cells, job.dataset.name, seed, each, taken)
    for name, entry in methods.items():
        own = job_of(job, name, entry)
        if not np.array_equal(own.split(seed).test, test):
            job.log(f"{name}: left out, its test cells differ from those of {first_name}")
            continue
        try:
            fitted = Fitted(own, dictionaries.get(name), seed, h)
        except MethodError as error:
            job.log(f"{name}: left out, {error}")
            continue
        representation = fitted.representation(taken)
        if representation is not None:
            found.append(representation)
            if representation.kind == "scores":  # fewer components are the leading ones
                found += [representation._replace(measurements=k, values=representation.values[:, :k]) for k in hs[:-1]]
        if name in pictured:
            decoders[f"{name}/{h}"] = fitted.reconstruct
    job.log(f"seed {seed}: {len(taken)} of {len(test)} test cells, {len(found)} representations")
    heat_map = pictures(looked_at, taken, decoders) | {"measurements": np.int64(h), "seed": np.int64(seed)}
    return to_arrays(test[taken], seed, found, len(test)), heat_map


def by_seed(job, saved, first, linear):
    """Yield what the networks' other seeds made of their test cells, beside PCA and a random projection.

    Parameters
    ----------
    job : deepae.benchmark.job.Job
        As for `compute`.
    saved : list of (str, dict, int, dict)
        Name and entry of a network, h, and ``seeds`` and ``codes`` of its ``encoder.npz``; networks with a split of
        their own are left out.
    first : int
        The seed whose codes `compute` has.
    linear : list of (str, dict)
        Names and entries of methods that are fitted here: PCA.

    Yields
    ------
    seed, cells, representations
    """
    hs = sorted({h for _, _, h, _ in saved})
    reference = job_of(job, *saved[0][:2])
    for seed in [int(seed) for seed in saved[0][3]["seeds"] if seed != first]:
        test = reference.split(seed).test
        taken = sample(test, seed)
        cells, found = reference.cells(test, seed), []
        for name, entry, h, arrays in saved:
            seeds = list(arrays["seeds"])
            if seed in seeds and np.array_equal(job_of(job, name, entry).split(seed).test, test):
                found.append(Representation(name, "code", h, arrays["codes"][seeds.index(seed)][taken]))
        for name, entry in linear:
            scores = Fitted(job_of(job, name, entry), None, seed, hs[-1]).representation(taken)
            found += [scores._replace(measurements=h, values=scores.values[:, :h]) for h in hs]
        for h in hs:
            found += random_measurements(cells, job.dataset.name, seed, h, taken)[1:]
        yield seed, reference.cells(test[taken], seed), found


def job_of(job, name, entry):
    """Return a job of another method on the same data set, which is not read again."""
    other = copy.copy(job)
    other.name, other.entry = name, entry
    if entry["needs"] == "cpu":
        other.method = create(entry["implementation"], entry.get("parameters", {}))
    return other
