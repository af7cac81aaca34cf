"""What every reader returns, and the pieces they share."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse

from deepae.errors import DataError

_EXACT = 2**24


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
    notes         what the reader dropped, counted or found in the file; JSON values. `said`: lines for the screen
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


def check_unique(names, where, what="cell", hint=""):
    """Raise `DataError` if a name is empty or occurs twice; `what` is the file's own word for what is named."""
    seen = set()
    for position, name in enumerate(names):
        if not name.strip():
            raise DataError(f"{where}: {what} {position + 1} has an empty name, expected a name for every {what}")
        if name in seen:
            raise DataError(f"{where}: {what} name {name!r} occurs twice, expected unique names{hint}")
        seen.add(name)


def check_named(genes, where, place="gene {}"):
    """Raise `DataError` if a gene has no name; the same name may occur twice, and is counted by `ingest`."""
    for position, gene in enumerate(genes, start=1):
        if not gene.strip():
            raise DataError(f"{where}: {place.format(position)} has no name, expected one for every gene")


def check_one_row_a_gene(genes, where):
    """Raise `DataError` if genes stand as alevin-fry writes spliced, unspliced and ambiguous counts: X, X-U, X-A."""
    known = set(genes)
    count = sum(gene[-2:] in ("-U", "-A") and gene[:-2] in known for gene in genes)
    if count > len(genes) / 2:
        raise DataError(
            f"{where}: {count} of {len(genes)} genes end in -U or -A (unspliced and ambiguous counts of alevin-fry), "
            "expected one row a gene: pyroe.load_fry(folder, output_format='scRNA') in Python adds them up"
        )


def check_same_genes(genes, first, where, where_first):
    """Raise `DataError` unless two files list the same genes in the same order."""
    if genes == first:
        return
    for position, (found, expected) in enumerate(zip(genes, first, strict=False), start=1):
        if found != expected:
            raise DataError(f"{where}: gene {position} is {found!r}, expected {expected!r} as in {where_first}")
    raise DataError(f"{where}: {len(genes)} genes, expected {len(first)} as in {where_first}")


def to_csr(values, where="the matrix", rows=("row", None), columns=("column", None), notes=None):
    """Return values (array or sparse) as CSR float32 with finite values and without stored zeros.

    Parameters
    ----------
    values : array or sparse matrix of numbers
    where : str
        What messages call it.
    rows, columns : (str, list of str or None)
        What a row and a column is, and their names, for messages.
    notes : dict, optional
        ``notes["rounded"]`` counts whole numbers above 2**24 that float32 cannot hold.
    """
    if values.dtype.kind not in "biuf":
        raise DataError(f"{where}: values of type {values.dtype}, expected numbers")
    native = values.dtype.newbyteorder("=")  # scipy knows neither another byte order nor half precision
    values = values.astype(np.float32 if native == np.float16 else native, copy=False)
    matrix = scipy.sparse.csr_matrix(values)
    with np.errstate(over="ignore"):
        narrow = matrix.astype(np.float32, copy=False)
    rounded = count_rounded(matrix.data, narrow.data)
    if notes is not None and rounded:
        notes["rounded"] = notes.get("rounded", 0) + rounded
    matrix = narrow
    bad = ~np.isfinite(matrix.data)
    if bad.any():
        position = int(np.flatnonzero(bad)[0])
        row = int(np.searchsorted(matrix.indptr, position, side="right")) - 1
        place = f"{_called(rows, row)}, {_called(columns, int(matrix.indices[position]))}"
        raise DataError(
            f"{where}: {int(bad.sum())} values are no finite numbers, the first ({matrix.data[position]}) in {place}; "
            "expected numbers"
        )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def count_rounded(values, narrow):
    """Count the whole numbers that became others as float32: it holds all of them up to 2**24 only."""
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        return 0
    large = np.abs(values) > _EXACT
    if not large.any():
        return 0
    values, narrow = values[large].astype(np.longdouble), narrow[large].astype(np.longdouble)  # int64 is beyond float64
    return int(np.sum((values != narrow) & (values == np.rint(values))))


def _called(kind, position):
    what, names = kind
    return f"{what} {position + 1}" if names is None else f"{what} {names[position]!r}"


def stack(blocks, columns):
    """Stack CSR blocks of rows; the list is emptied, so that no more than two copies exist at a time."""
    if not blocks:
        return scipy.sparse.csr_matrix((0, columns), dtype=np.float32)
    if len(blocks) == 1:
        return blocks.pop()
    matrix = scipy.sparse.vstack(blocks, format="csr", dtype=np.float32)
    blocks.clear()
    return matrix
