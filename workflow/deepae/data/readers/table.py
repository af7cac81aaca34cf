"""What every reader returns, and the pieces they share."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse

from deepae.errors import DataError


@dataclass(frozen=True)
class Source:
    """A file to read, or one member of an archive.

    path    the file on disk
    member  name inside a tar or zip, or None
    role    matrix, labels, genes or cells
    """

    path: Path
    member: str | None = None
    role: str = "matrix"

    def __str__(self):
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    @property
    def stem(self):
        """The name without directories and suffixes: GSM1599494_ES_d0_main for GSM1599494_ES_d0_main.csv.bz2."""
        return re.split(r"[/\\]", self.member or self.path.name)[-1].split(".")[0]


@dataclass
class Table:
    """A matrix as a file holds it, turned to cells x genes.

    matrix        scipy.sparse.csr_matrix, float32, shape (n_cells, n_genes), finite
    genes, cells  lists of str; cell names are unique
    var, obs      further columns of genes and of cells, name -> list of str
    notes         what the reader dropped, counted or found in the file; JSON values
    """

    matrix: scipy.sparse.csr_matrix
    genes: list
    cells: list
    var: dict = field(default_factory=dict)
    obs: dict = field(default_factory=dict)
    notes: dict = field(default_factory=dict)


def only_one(sources, layout):
    """Return the one matrix file of a layout that cannot bind several."""
    if len(sources) != 1:
        raise DataError(f"{sources[0]}: {len(sources)} files given, expected one for the layout {layout}")
    return sources[0]


def check_unique(cells, where):
    """Raise `DataError` if a cell name is empty or occurs twice."""
    seen = set()
    for position, cell in enumerate(cells):
        if not cell.strip():
            raise DataError(f"{where}: cell {position + 1} has an empty name, expected a name for every cell")
        if cell in seen:
            raise DataError(f"{where}: cell name {cell!r} occurs twice, expected unique names (is the header missing?)")
        seen.add(cell)


def check_same_genes(genes, first, where, where_first):
    """Raise `DataError` unless two files list the same genes in the same order."""
    if genes == first:
        return
    for position, (found, expected) in enumerate(zip(genes, first, strict=False), start=1):
        if found != expected:
            raise DataError(f"{where}: gene {position} is {found!r}, expected {expected!r} as in {where_first}")
    raise DataError(f"{where}: {len(genes)} genes, expected {len(first)} as in {where_first}")


def to_csr(values, where="the matrix"):
    """Return values (array or sparse) as CSR float32 with finite values and without stored zeros."""
    matrix = scipy.sparse.csr_matrix(values)
    if matrix.dtype.kind not in "biuf":
        raise DataError(f"{where}: values of type {matrix.dtype}, expected numbers")
    with np.errstate(over="ignore"):
        matrix = matrix.astype(np.float32, copy=False)
    bad = ~np.isfinite(matrix.data)
    if bad.any():
        position = int(np.flatnonzero(bad)[0])
        row = int(np.searchsorted(matrix.indptr, position, side="right")) - 1
        raise DataError(
            f"{where}: {int(bad.sum())} values are no finite numbers, the first ({matrix.data[position]}) in row "
            f"{row + 1}, column {matrix.indices[position] + 1}; expected numbers"
        )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def stack(blocks, columns):
    """Stack CSR blocks of rows; the list is emptied, so that no more than two copies exist at a time."""
    if not blocks:
        return scipy.sparse.csr_matrix((0, columns), dtype=np.float32)
    if len(blocks) == 1:
        return blocks.pop()
    matrix = scipy.sparse.vstack(blocks, format="csr", dtype=np.float32)
    blocks.clear()
    return matrix
