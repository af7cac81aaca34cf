"""A sparse matrix that stays on disk: what is needed of it is read, a block of cells at a time.

A million cells x 20 000 genes with 5 % of the values nonzero are 8 GB, more than a job should hold. `BackedCSR` looks
like a scipy matrix to those who ask for cells, and is one for each block that they get.
"""

import numpy as np
import scipy.sparse

from deepae.errors import DataError

BACKED_BYTES = 1 << 30  # stored values and indices from which a matrix stays on disk
PART_VALUES = 8_000_000  # stored values of a part: 64 MB
GAP = 4  # cells that are read and dropped rather than asked for in two pieces
CHUNK = 1 << 16  # values of a chunk of HDF5


def stays_on_disk(group):
    """Return whether the sparse matrix in an HDF5 group is too large to be read whole."""
    return group["data"].shape[0] * 8 > BACKED_BYTES


class BackedCSR:
    """Rows of a sparse matrix in an HDF5 file.

    Parameters
    ----------
    path : path
    group : str
        Where `data`, `indices` and `indptr` are.
    shape : tuple of int
    columns : array of int, optional
        The columns that are kept, in this order.
    clean : callable, optional
        Applied to each part that is read, and to the number of its first row: the checks and conversions of a reader.

    Raises
    ------
    ValueError
        If `indptr` does not fit the shape or the values.
    """

    ndim, dtype = 2, np.dtype(np.float32)

    def __init__(self, path, group, shape, columns=None, clean=None):
        import h5py

        self.path, self.group, self.columns, self.clean = path, group, columns, clean
        self._width = int(shape[1])
        self.shape = (int(shape[0]), self._width if columns is None else len(columns))
        self._file = h5py.File(path, "r")
        item = self._file[group]
        self._data, self._indices = item["data"], item["indices"]
        self._indptr = item["indptr"][:].astype(np.int64)
        whole = self._indptr[0] == 0 and self._indptr[-1] == len(self._data) == len(self._indices)
        if len(self._indptr) != self.shape[0] + 1 or not whole or (np.diff(self._indptr) < 0).any():
            raise ValueError(f"the row pointers of {group} do not fit its {self.shape[0]} rows")

    @property
    def nnz(self):
        """Stored values, before columns are left out."""
        return int(self._indptr[-1])

    @property
    def indptr(self):
        """Where the stored values of each row begin, as scipy has it."""
        return self._indptr

    def __getitem__(self, key):
        """Return rows as a `scipy.sparse.csr_matrix`; ``[:, columns]`` returns another matrix on disk."""
        if isinstance(key, tuple):
            rows, columns = key
            if rows != slice(None):
                return self[rows][:, columns]
            columns = np.arange(self.shape[1])[columns]
            chosen = columns if self.columns is None else self.columns[columns]
            return BackedCSR(self.path, self.group, (self.shape[0], self._width), chosen, self.clean)
        rows = np.arange(self.shape[0])[key]
        if not len(rows):
            return scipy.sparse.csr_matrix((0, self.shape[1]), dtype=np.float32)
        wanted, places = np.unique(rows, return_inverse=True)
        pieces = np.split(wanted, np.flatnonzero(np.diff(wanted) > GAP) + 1)
        read = [self._read(piece[0], piece[-1] + 1)[piece - piece[0]] for piece in pieces]
        block = scipy.sparse.vstack(read, format="csr") if len(read) > 1 else read[0]
        return block if np.array_equal(places, np.arange(len(wanted))) else block[places]

    def _read(self, start, stop):
        """Return the rows from `start` to below `stop`."""
        first, last = self._indptr[start], self._indptr[stop]
        try:
            data, indices = self._data[first:last], self._indices[first:last]
        except OSError as error:  # among them a chunk whose checksum is wrong
            raise DataError(f"{self.path}: {self.group} cannot be read, it is damaged ({error})") from error
        if len(indices) and not (0 <= int(indices.min()) and int(indices.max()) < self._width):
            raise DataError(f"{self.path}: {self.group} has a column beyond its {self._width}, it is damaged")
        parts = data, indices, self._indptr[start : stop + 1] - first
        block = scipy.sparse.csr_matrix(parts, shape=(stop - start, self._width))
        if self.clean is not None:
            block = self.clean(block, int(start))
        block = block.astype(np.float32, copy=False)
        block.sum_duplicates()
        return block if self.columns is None else block[:, self.columns]

    def parts(self):
        """Yield all rows in order as ``(slice, csr_matrix)``, of about `PART_VALUES` stored values each."""
        start = 0
        while start < self.shape[0]:
            stop = int(np.searchsorted(self._indptr, self._indptr[start] + PART_VALUES, side="right")) - 1
            stop = min(max(stop, start + 1), self.shape[0])
            yield slice(start, stop), self._read(start, stop)
            start = stop

    def min(self, initial=0):
        """Return the least stored value, or `initial` if that is less."""
        return min((float(part.data.min(initial=initial)) for _, part in self.parts()), default=initial)

    def mean(self, axis=0):
        """Return the mean of each column, shape (1, columns)."""
        if axis != 0:
            raise ValueError("only means of columns are computed")
        total = np.zeros((1, self.shape[1]))
        for _, part in self.parts():
            total += part.sum(axis=0, dtype=np.float64)
        return total / self.shape[0]

    def count_nonzero(self):
        """Return the number of values that are not zero."""
        return sum(part.count_nonzero() for _, part in self.parts())

    def tocsr(self):
        """Return itself: it is never read whole."""
        return self


def parts_of(matrix):
    """Yield ``(slice, csr_matrix)``: all of a scipy matrix at once, or the parts of one on disk."""
    if isinstance(matrix, BackedCSR):
        yield from matrix.parts()
    else:
        yield slice(0, matrix.shape[0]), matrix


def summary(matrix):
    """Return least and largest stored value (0 included), how many are not zero, and whether all are whole numbers."""
    found = {"minimum": 0.0, "maximum": 0.0, "nonzero": 0, "integer": True}
    for _, part in parts_of(matrix):
        found["minimum"] = min(found["minimum"], float(part.data.min(initial=0)))
        found["maximum"] = max(found["maximum"], float(part.data.max(initial=0)))
        found["nonzero"] += int(part.nnz)
        found["integer"] = found["integer"] and bool(np.array_equal(part.data, np.rint(part.data)))
    return found


def write(group, matrix):
    """Write a matrix part by part into an HDF5 group; each chunk has a checksum, which HDF5 verifies when it is read.

    Parameters
    ----------
    group : h5py.Group
        Of a sparse matrix; its arrays are replaced.
    matrix : BackedCSR or scipy.sparse.csr_matrix
    """
    indptr = np.zeros(matrix.shape[0] + 1, dtype=np.int64)
    for name, kind in (("data", np.float32), ("indices", np.int32)):
        del group[name]
        group.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(CHUNK,), fletcher32=True)
    for where, part in parts_of(matrix):
        filled = int(indptr[where.start])
        for name, values in (("data", part.data), ("indices", part.indices)):
            group[name].resize((filled + part.nnz,))
            group[name][filled:] = values
        indptr[where.start + 1 : where.stop + 1] = filled + part.indptr[1:]
    del group["indptr"]
    group["indptr"] = indptr
