"""The stored data set: one h5ad, cells x genes, written by anndata and read without it (an import costs a second)."""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse

from deepae.data import backed
from deepae.data.backed import BackedCSR
from deepae.data.readers import hdf5
from deepae.errors import DataError, one_line
from deepae.io.files import DAMAGE, atomic


@dataclass
class Dataset:
    """A data set as ingested, not normalised.

    Attributes
    ----------
    name : str
        Id in the catalogue.
    matrix : scipy.sparse.csr_matrix or BackedCSR, float32, shape (n_cells, n_genes)
        One of more than a gigabyte stays on disk.
    cells : array of str
        Cell names, unique.
    genes : array of str
        Gene ids as in the file, not always unique.
    symbols : array of str
        Gene symbols; empty where none is known.
    labels : array of str or None
        One label a cell (cell type, condition), where the source has them.
    provenance : dict
        Source, files with sha256, layout, what was dropped and counted. Plain JSON values.
    var : dict of str to array
        Further columns of the genes, e.g. ``entrez``.
    """

    name: str
    matrix: scipy.sparse.csr_matrix
    cells: np.ndarray
    genes: np.ndarray
    symbols: np.ndarray
    labels: np.ndarray | None = None
    provenance: dict = field(default_factory=dict)
    var: dict = field(default_factory=dict)

    @property
    def n_cells(self):
        return self.matrix.shape[0]

    @property
    def n_genes(self):
        return self.matrix.shape[1]


def write(path, dataset):
    """Write a `Dataset` as h5ad: X CSR float32; var gene_id, symbol, …; obs label; uns dataset, provenance, sha256."""
    import anndata
    import h5py
    import pandas as pd

    var = {"gene_id": dataset.genes, "symbol": dataset.symbols, **dataset.var}
    index = [str(position) for position in range(dataset.n_genes)]  # gene ids may repeat, an index must not
    obs = {} if dataset.labels is None else {"label": dataset.labels}
    large = isinstance(dataset.matrix, BackedCSR) or dataset.matrix.nnz * 8 > backed.BACKED_BYTES
    matrix = scipy.sparse.csr_matrix(dataset.matrix.shape if large else dataset.matrix, dtype=np.float32)
    container = anndata.AnnData(
        X=matrix,
        obs=pd.DataFrame(obs, index=pd.Index(np.asarray(dataset.cells, dtype=object), name="cell")),
        var=pd.DataFrame(var, index=pd.Index(index, name="position")),
        uns={"dataset": dataset.name, "provenance": json.dumps(dataset.provenance, sort_keys=True)},
    )
    if not large:  # chunks of a large one have checksums of their own
        container.uns["sha256"] = _checksum(dataset, container.X)
    with atomic(path) as temporary:
        container.write_h5ad(temporary)
        if large:
            with h5py.File(temporary, "r+") as file:
                backed.write(file["X"], dataset.matrix)


def read(path):
    """Read an h5ad that `write` made. A damaged or foreign file raises `DataError`."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            large = backed.stays_on_disk(file["X"])
            matrix = BackedCSR(path, "X", file["X"].attrs["shape"]) if large else hdf5.sparse_matrix(file["X"], "X")
            var = {name: _column(file["var"], name) for name in _columns(file["var"])}
            obs = {name: _column(file["obs"], name) for name in _columns(file["obs"])}
            dataset = Dataset(
                name=_text(file["uns/dataset"][()]),
                matrix=matrix,
                cells=_column(file["obs"], file["obs"].attrs["_index"]),
                genes=var.pop("gene_id"),
                symbols=var.pop("symbol"),
                labels=obs.get("label"),
                provenance=json.loads(_text(file["uns/provenance"][()])),
                var=var,
            )
            if not large and "sha256" in file["uns"] and _text(file["uns/sha256"][()]) != _checksum(dataset, matrix):
                raise ValueError("matrix and names do not have their checksum")
    except (*DAMAGE, DataError) as error:
        raise DataError(f"{path}: not a readable data set ({one_line(error)}); remove it and run again") from error
    return dataset


def read_provenance(path):
    """Read only the provenance of an h5ad that `write` made."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return json.loads(_text(file["uns/provenance"][()]))
    except DAMAGE as error:
        raise DataError(f"{path}: not a readable data set ({one_line(error)}); remove it and run again") from error


def _checksum(dataset, matrix):
    """SHA-256 of the matrix's arrays and of all names: HDF5 itself would return changed ones without a word."""
    digest = hashlib.sha256()
    for array in (matrix.data, matrix.indices, matrix.indptr):
        digest.update(np.ascontiguousarray(array).data)
    for names in (dataset.cells, dataset.genes, dataset.symbols, () if dataset.labels is None else dataset.labels):
        texts = ("" if name is None or name != name else str(name) for name in names)  # as a missing one is read
        digest.update("\0".join(texts).encode() + b"\0\0")
    digest.update(dataset.name.encode())
    return digest.hexdigest()


def _columns(group):
    return [name for name in group.attrs["column-order"]]


def _column(group, name):
    item = group[name]
    if "codes" in item:  # a categorical
        categories = item["categories"].asstr()[:]
        codes = item["codes"][:]
        return np.where(codes < 0, "", categories[codes])
    if item.dtype.kind == "O":
        return item.asstr()[:]
    return item[:]


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
