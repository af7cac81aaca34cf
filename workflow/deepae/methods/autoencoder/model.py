"""Trained auto-encoders as files: safetensors, which hold arrays and text and can run no code.

A file has the tensors ``weight_0 …``, of shape (inputs, outputs), and ``bias_0 …``, of shape (outputs,), float32 or, on
request, float16, and under ``deepae`` in its metadata a JSON text: what the network is, what it was trained on, and the
genes' ids in order. Where a protocol reads key genes at another update than metrics, ``kept_weight_0 …`` are the
encoder's weights there.

>>> model = deepae.load("results/models/GSE102475/zscore/deepae/h10.safetensors")
>>> codes = model.encode("cells.h5ad")  # genes are matched by id
>>> model.decode(codes).shape
"""

import hashlib
import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse

import deepae
from deepae.data import gene_check, readers
from deepae.data.cells import BLOCK_VALUES
from deepae.data.normalise import NORMALIZATIONS, normalise
from deepae.data.store import Dataset
from deepae.errors import DataError, MethodError, one_line
from deepae.io.files import DAMAGE, atomic

FORMAT = 1
KEYS = ("dataset", "normalization", "method", "parameters", "h", "seed", "iterations", "genes", "version")


@dataclass
class Matched:
    """Cells of a user, with the genes that a model wants.

    Attributes
    ----------
    matrix : array or sparse matrix, shape (n_cells, n_genes_of_the_user)
        As it came, not normalised.
    columns : numpy.ndarray of int64, shape (n_genes_of_the_model,)
        Where each gene of the model is in `matrix`; -1: missing, and taken as zero before normalisation.
    cells : numpy.ndarray of str
        Names of the cells.
    missing : int
        Genes of the model that the cells lack.
    unused : int
        Genes of the cells that the model does not know.
    matched_by : str
        Where the ids stood: a column of `var`, or ``"index"``; and what was taken off them.
    """

    matrix: object
    columns: np.ndarray
    cells: np.ndarray
    missing: int
    unused: int
    matched_by: str

    def block(self, where):
        """Return some cells over the model's genes: dense, float32, not normalised."""
        part = self.matrix[where]
        part = part.toarray() if scipy.sparse.issparse(part) else np.asarray(part)
        block = np.zeros((len(part), len(self.columns)), dtype=np.float32)
        present = self.columns >= 0
        block[:, present] = part[:, self.columns[present]]
        if not np.isfinite(block).all():
            raise DataError("the cells have a value that is not finite; expected numbers")
        return block

    def __str__(self):
        wanted = len(self.columns)
        return (
            f"{len(self.cells)} cells; {wanted - self.missing} of the model's {wanted} genes matched by "
            f"{self.matched_by}, {self.missing} missing (taken as zero), {self.unused} of the cells' genes not used"
        )


@dataclass
class Model:
    """A trained auto-encoder.

    Attributes
    ----------
    weights, biases : list of numpy.ndarray, float32
        Of all layers; weights have shape (inputs, outputs).
    dataset, normalization, method : str
        What it was trained on, and by which method of methods.yaml.
    parameters : dict
        Architecture, loss, slope and so on.
    h, seed, iterations : int
        Measurements; seed of the run; updates that the weights had.
    genes : numpy.ndarray of str
        Ids, in the order of the input.
    version : str
        Version of deepae that trained it.
    kept : list of numpy.ndarray
        The encoder's weights at another update, empty if there is none.
    threads : int
        Threads for `encode` and `decode`.
    """

    weights: list
    biases: list
    dataset: str
    normalization: str
    method: str
    parameters: dict
    h: int
    seed: int
    iterations: int
    genes: np.ndarray
    version: str = deepae.__version__
    kept: list = field(default_factory=list)
    threads: int = 1
    _network: object = field(init=False, repr=False)

    def __post_init__(self):
        from deepae.methods.autoencoder.network import Network

        widths = (*(len(weight) for weight in self.weights), self.weights[-1].shape[1])
        self._network = Network(widths, self.parameters["slope"], self.parameters["linear_centre"])

    @property
    def encoder_weights(self):
        """Weights from the genes to the central layer, at the update whose key genes are read."""
        return self.kept or self.weights[: self._network.centre + 1]

    @property
    def network(self):
        """Widths and activations: a `deepae.methods.autoencoder.network.Network`."""
        return self._network

    @property
    def encoder(self):
        """Product of `encoder_weights`, shape (genes, h)."""
        from deepae.methods.autoencoder.network import encoder_product

        return encoder_product(self._network, self.encoder_weights)

    def match(self, data, column=None):
        """Find the model's genes in a user's cells.

        Parameters
        ----------
        data : path, deepae.data.store.Dataset or anndata.AnnData
            A path is that of an h5ad, or of Cell Ranger's .h5. Values as ingested: counts or intensities, not
            normalised. Ids match as they are or, if that finds more, cleaned as `ingest` cleans them (quotes, genome
            prefixes, Entrez numbers).
        column : str, optional
            Column of `var` that has the ids; by default whichever text column, or the index, matches most genes. An id
            that occurs several times is matched in the order of occurrence.

        Raises
        ------
        DataError
            If the file cannot be read or none of the genes is found.
        """
        if isinstance(data, Dataset):
            return self._match(
                data.matrix, {"gene_id": data.genes, "symbol": data.symbols}, data.cells, column, data.name
            )
        if isinstance(data, (str, Path)):
            layout = "10x-h5" if Path(data).suffix == ".h5" else "h5ad"
            table = readers.read([readers.Source(Path(data))], layout)
            ids = {"index": np.array(table.genes)} | {key: np.array(values) for key, values in table.var.items()}
            return self._match(table.matrix, ids, np.array(table.cells), column, str(data))
        ids = {"index": np.asarray(data.var_names, dtype=str)}
        for key in data.var.columns:
            if data.var[key].dtype.kind not in "biufc":
                ids[key] = np.asarray(data.var[key].astype(str), dtype=str)
        if data.X is None:
            raise DataError("the cells have no X, expected counts or intensities: copy them there from a layer or raw")
        return self._match(data.X, ids, np.asarray(data.obs_names, dtype=str), column, "the cells")

    def _match(self, matrix, ids, cells, column, name):
        if column is not None and column not in ids:
            raise DataError(f"{name}: no column {column!r} of gene ids, found {', '.join(ids)}")
        wanted = _numbered(self.genes)
        best = None
        for key in [column] if column is not None else ids:
            for genes, cleaned in _as_written_and_cleaned(ids[key], name):
                where = {gene: position for position, gene in enumerate(_numbered(genes))}
                columns = np.array([where.get(gene, -1) for gene in wanted], dtype=np.int64)
                if best is None or np.sum(columns >= 0) > np.sum(best[1] >= 0):
                    best = key, columns, cleaned
        key, columns, cleaned = best
        found = int(np.sum(columns >= 0))
        if not found:
            raise DataError(
                f"{name}: none of its genes is known to the model; found ids like {', '.join(ids[key][:3])}, "
                f"expected ids like {', '.join(self.genes[:3])}"
            )
        if scipy.sparse.issparse(matrix):
            matrix = matrix.tocsr()
        return Matched(matrix, columns, np.asarray(cells), len(wanted) - found, len(ids[key]) - found, key + cleaned)

    def encode(self, data, column=None):
        """Encode cells.

        Parameters
        ----------
        data : path, Dataset, anndata.AnnData, Matched or array of shape (n_cells, genes)
            An array holds **normalised** values over the model's genes in their order. Everything else is as
            ingested: genes are matched (see `match`), missing ones become zero, with a warning that counts them, and
            the model's normalisation is applied.
        column : str, optional
            As for `match`.

        Returns
        -------
        numpy.ndarray, float32, shape (n_cells, h)
        """
        if isinstance(data, np.ndarray):
            if data.ndim != 2 or data.shape[1] != len(self.genes):
                raise DataError(f"the cells have shape {data.shape}, expected (cells, {len(self.genes)} genes)")
            return self._apply(data, 0, self._network.centre + 1)
        if not isinstance(data, Matched):
            data = self.match(data, column)
            if data.missing:
                warnings.warn(str(data), stacklevel=2)
        codes = np.empty((len(data.cells), self.h), dtype=np.float32)
        size = max(1, BLOCK_VALUES // max(data.matrix.shape[1], len(self.genes)))
        for start in range(0, len(codes), size):
            block = normalise(data.block(slice(start, start + size)), self.normalization)
            codes[start : start + size] = self._apply(block, 0, self._network.centre + 1)
        return codes

    def decode(self, codes):
        """Return the reconstruction of codes (n_cells, h) in normalised units: float32, shape (n_cells, genes)."""
        return self._apply(codes, self._network.centre + 1, self._network.n_layers)

    def _apply(self, values, first, stop):
        import torch

        from deepae.methods.autoencoder.network import apply_layers

        torch.set_num_threads(self.threads)
        weights, biases = ([torch.from_numpy(a) for a in arrays] for arrays in (self.weights, self.biases))
        values = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
        return apply_layers(self._network, weights, biases, values, first, stop).numpy()


def _as_written_and_cleaned(genes, name):
    """Yield ids and what was done to them: as a user has them, and if that differs as `ingest` would store them."""
    yield genes, ""
    try:
        cleaned, said = gene_check.clean([str(gene) for gene in genes], None, name)
    except DataError:  # genes of several genomes: nothing is taken off
        return
    if said:
        yield cleaned, f" ({'; '.join(said)})"


def save(path, model, dataset, normalization, name, method, h, seed, precision="float32"):
    """Write a trained model, complete or not at all.

    Parameters
    ----------
    path : path
        Ends in ``.safetensors``.
    model : dict
        As `Autoencoder.fit` returns it.
    dataset : deepae.data.store.Dataset
        Gives name and gene ids.
    normalization, name : str
        Normalisation, and name of the method.
    method : deepae.methods.autoencoder.Autoencoder
    h, seed : int
    precision : {"float32", "float16"}
        Of the stored numbers: float16 halves the file and changes reconstructions in the fourth digit.

    Raises
    ------
    MethodError
        If a weight is beyond what float16 can hold.
    """
    from safetensors.numpy import save_file

    stored = ("weight_", "bias_", "kept_weight_")
    with np.errstate(over="ignore"):
        tensors = {
            key: np.ascontiguousarray(array, dtype=precision) for key, array in model.items() if key.startswith(stored)
        }
    if precision != "float32" and not all(np.isfinite(array).all() for array in tensors.values()):
        raise MethodError(f"a weight is too large for {precision}; save the model in float32 (`model_precision`)")
    about = {
        "format": FORMAT,
        "version": deepae.__version__,
        "dataset": dataset.name,
        "normalization": normalization,
        "method": name,
        "parameters": method.parameters(),
        "h": int(h),
        "seed": int(seed),
        "iterations": int(model["iterations"]),
        "genes": [str(gene) for gene in dataset.genes],
        "sha256": _checksum(tensors),
    }
    with atomic(path) as temporary:
        save_file(tensors, temporary, metadata={"deepae": json.dumps(about)})


def save_none(path, reason):
    """Write a file that says why there is no model, so that the rows of the job that trained are kept."""
    from safetensors.numpy import save_file

    with atomic(path) as temporary:
        save_file({}, temporary, metadata={"deepae": json.dumps({"format": FORMAT, "no_model": reason})})


def load(path):
    """Read a model that `save` wrote.

    Returns
    -------
    Model

    Raises
    ------
    DataError
        If the file is damaged or not one of ours.
    MethodError
        If there is no model, because training failed.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["deepae"])
            if "no_model" in about:
                raise MethodError(f"{path}: no model, {about['no_model']}: what would follow from it is left out")
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        weights, biases, kept = _layers(tensors)
        if about.get("sha256", "") not in ("", _checksum(tensors)):
            raise ValueError("the weights do not have their checksum")
        if {array.dtype for array in tensors.values()} == {np.dtype(np.float16)}:
            widened = {key: array.astype(np.float32) for key, array in tensors.items()}
            weights, biases, kept = _layers(widened)
        _check(weights, biases, kept, about)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (*DAMAGE, SafetensorError) as error:
        what = f"{type(error).__name__}: {one_line(error)}"
        raise DataError(f"{path}: not a readable model of deepae ({what})") from error
    values = {key: about[key] for key in KEYS}
    return Model(weights, biases, **values | {"genes": np.asarray(about["genes"], dtype=str), "kept": kept})


def _layers(tensors):
    """Return weights, biases and the encoder's weights at another update, in the order of the layers."""
    count = sum(key.startswith("weight_") for key in tensors)
    return (
        [tensors[f"weight_{layer}"] for layer in range(count)],
        [tensors[f"bias_{layer}"] for layer in range(count)],
        [tensors[key] for key in sorted(tensors) if key.startswith("kept_weight_")],
    )


def _check(weights, biases, kept, about):
    """Raise ValueError or KeyError unless the layers fit one another and what is said about them."""
    if about.get("format") != FORMAT:
        raise ValueError(f"format {about.get('format')!r}, expected {FORMAT}")
    missing = [key for key in KEYS if key not in about]
    if missing or not {"slope", "linear_centre"} <= about["parameters"].keys():
        raise KeyError(", ".join(missing) or "parameters")
    if about["normalization"] not in NORMALIZATIONS:
        raise ValueError(f"unknown normalisation {about['normalization']!r}")
    if not weights or len(weights) % 2:
        raise ValueError(f"{len(weights)} layers, expected an even number")
    widths = [len(weight) for weight in weights] + [len(about["genes"])]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        if (
            weight.dtype != np.float32
            or weight.shape != tuple(widths[layer : layer + 2])
            or bias.shape != weight.shape[1:]
        ):
            raise ValueError(f"layer {layer} has weights {weight.dtype} {weight.shape} and biases {bias.shape}")
    if kept and [weight.shape for weight in kept] != [weight.shape for weight in weights[: len(weights) // 2]]:
        raise ValueError("the kept weights have other shapes than the encoder's")
    if widths[0] != widths[-1] or widths[len(weights) // 2] != about["h"]:
        raise ValueError(f"widths {widths} with {len(about['genes'])} genes and h = {about['h']}")


def _checksum(tensors):
    """SHA-256 of the tensors' bytes, in the order of their names: the format has none of its own."""
    digest = hashlib.sha256()
    for key in sorted(tensors):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(tensors[key]).data)
    return digest.hexdigest()


def _numbered(ids):
    """Return (id, how often it occurred before) for each id: ids may repeat."""
    seen, numbered = {}, []
    for gene in ids:
        gene = str(gene)
        numbered.append((gene, seen.get(gene, 0)))
        seen[gene] = numbered[-1][1] + 1
    return numbered
