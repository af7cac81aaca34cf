"""HDF5 files of strangers: what may be opened, and the pieces that AnnData and 10x files have in common.

anndata reads the tables of names (`read_elem`). Sparse matrices are taken apart here, because anndata knows neither
half precision nor files without its attributes, and scipy would follow indices out of the matrix.
"""

import contextlib
import functools
import multiprocessing
import sys
import warnings

import numpy as np
import scipy.sparse

from deepae.data.backed import BackedCSR, stays_on_disk
from deepae.data.readers.table import count_rounded, stack, to_csr
from deepae.errors import DataError

LARGEST = 64 * 2**30  # bytes that a data set inside may have: HDF5 can promise terabytes in a small file
BLOCK_VALUES = 4_000_000
DEPTH = 64  # groups within groups
PATIENCE = 30  # seconds to look through a file, and one more for every 10 MB
SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextlib.contextmanager
def opened(source, expected="an h5ad"):
    """Yield the `h5py.File` of a `Source`, looked through and found harmless; any error becomes a `DataError`."""
    import h5py

    if not source.path.is_file():
        raise DataError(f"{source}: no such file, expected {expected}")
    _check_harmless(source, expected)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with h5py.File(source.path, "r") as file:
                _check_safe(file, source, expected)
                yield file
    except DataError:
        raise
    except Exception as error:  # h5py and anndata have no one error for a damaged file
        kind = type(error).__name__
        raise DataError(
            f"{source}: no readable {expected.split()[-1]} file (damaged, or of an unknown form: {kind}); read it with "
            "anndata and write it again with write_h5ad"
        ) from error


def _check_harmless(source, expected):
    """Look through the file in another process first: in a damaged one the HDF5 library may crash, or never return."""
    kind = expected.split()[-1]
    check_whole(source, expected)
    process = multiprocessing.get_context("fork").Process(target=_look_through, args=(str(source.path),))
    process.start()
    process.join(PATIENCE + source.path.stat().st_size / 1e7)
    if process.is_alive():
        process.kill()
        process.join()
        raise DataError(f"{source}: no readable {kind} file (damaged: the HDF5 library does not come to an end)")
    if process.exitcode < 0:
        raise DataError(f"{source}: no readable {kind} file (damaged: the HDF5 library crashes with it)")


def check_whole(source, expected="an h5ad"):
    """Refuse what is no HDF5 file, or shorter than its first bytes (the superblock) say."""
    with open(source.path, "rb") as stream:
        head = stream.read(64)
    if head[:2] == b"\x1f\x8b":
        raise DataError(
            f"{source}: compressed with gzip, expected {expected}; unpack it: gunzip -c {source.path} > NEW"
        )
    if head[:8] != SIGNATURE:
        raise DataError(
            f"{source}: no readable {expected.split()[-1]} file (no HDF5 signature: it starts with {head[:8]!r}); "
            "fetch it again, or give it the ending of what it is"
        )
    head = head.ljust(64, b"\0")  # shorter files are told by the HDF5 library
    addresses, width = {0: (24, head[13]), 1: (28, head[13])}.get(head[8], (12, head[9]))
    end = int.from_bytes(head[addresses + 2 * width :][:width], "little")  # the third address is that of the end
    found = source.path.stat().st_size
    if found < end <= sys.maxsize:
        raise DataError(f"{source}: truncated: {found} of {end} bytes; fetch or copy it again")


def _look_through(path):
    """Read every attribute and every value once. Errors are left to the reader, which can name them."""
    import h5py

    def look(name, item):
        list(item.attrs.items())
        if isinstance(item, h5py.Dataset) and item.shape is not None and not (item.external or item.is_virtual):
            if item.size * item.dtype.itemsize > LARGEST:
                return
            if item.ndim == 0:
                item[()]
            else:
                rows = max(1, BLOCK_VALUES // max(1, item.size // max(1, item.shape[0])))
                for start in range(0, item.shape[0], rows):
                    item[start : start + rows]

    try:
        with h5py.File(path, "r") as file:
            list(file.attrs.items())
            file.visititems(look)
    except Exception:
        pass


def _check_safe(file, source, expected):
    """Refuse links to other files and promises of more bytes than a matrix can have."""
    import h5py

    seen = set()

    def walk(group, path, depth):
        if depth > DEPTH:
            raise DataError(f"{source}: groups nested more than {DEPTH} deep at {path[:80]}…, expected {expected}")
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:  # a group may lie in itself
            return
        seen.add(address)
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise DataError(
                    f"{source}: {path}{name} is a link, refused; expected data in the file itself (anndata's "
                    "read_h5ad and write_h5ad put them there)"
                )
            item = group[name]
            if isinstance(item, h5py.Group):
                walk(item, f"{path}{name}/", depth + 1)
            elif isinstance(item, h5py.Datatype):  # a named type: no data
                continue
            elif item.external or item.is_virtual:
                raise DataError(
                    f"{source}: {path}{name} lies in another file, refused; expected data in the file itself"
                )
            elif item.shape is not None and item.size * item.dtype.itemsize > LARGEST:
                raise DataError(f"{source}: {path}{name} promises more than {LARGEST} bytes, refused")
            else:
                _check_filters(item, f"{path}{name}", source)

    walk(file, "", 0)


def _check_filters(item, name, source):
    """Refuse what is compressed in a way that this HDF5 library does not know (zstd, blosc, … of hdf5plugin)."""
    import h5py

    made = item.id.get_create_plist()
    for code, _, _, text in (made.get_filter(i) for i in range(made.get_nfilters())):
        if not h5py.h5z.filter_avail(code):
            raise DataError(
                f"{source}: {name} is compressed with the filter {code} ({_text(text) or 'nameless'}), expected gzip "
                "or lzf; where it was made: adata.write_h5ad(FILE, compression='gzip')"
            )


def matrix(item, where, rows, columns, notes):
    """Return a dense data set or a sparse group as CSR float32; `rows` and `columns` as for `table.to_csr`.

    A large sparse one stays on disk (`BackedCSR`), and each part of it is checked when it is read.
    """
    import h5py

    if isinstance(item, h5py.Group):
        shape = item.attrs.get("shape", item.attrs.get("h5sparse_shape"))
        kind = _text(item.attrs.get("encoding-type", item.attrs.get("h5sparse_format", "csr")))[:3]
        if kind == "csr" and shape is not None and "data" in item and stays_on_disk(item):
            try:
                clean = functools.partial(_clean_part, where, rows, columns)
                backed = BackedCSR(item.file.filename, item.name, shape, clean=clean)
            except (ValueError, KeyError):
                raise DataError(f"{where}: the parts of the sparse matrix do not fit one another: damaged") from None
            _note_rounded(item["data"], notes)
            return backed
        sparse = sparse_matrix(item, where)
        return to_csr(sparse, where, rows, columns, notes)
    if item.ndim != 2 or item.dtype.kind not in "biuf":
        raise DataError(f"{where}: found {item.ndim} dimensions of {item.dtype}, expected a matrix of numbers")
    size = max(1, BLOCK_VALUES // max(1, item.shape[1]))
    blocks = [
        to_csr(item[start : start + size], where, (rows[0], rows[1] and rows[1][start:]), columns, notes)
        for start in range(0, item.shape[0], size)
    ]
    return stack(blocks, item.shape[1])


def _clean_part(where, rows, columns, part, first):
    """Check and convert rows of a matrix on disk, from the `first` on."""
    what, names = rows
    last = first + part.shape[0]
    names = [str(i + 1) for i in range(first, last)] if names is None else names[first:last]
    return to_csr(part, where, (what, names), columns)


def _note_rounded(values, notes):
    """Count, as `to_csr` does, the stored whole numbers that float32 cannot hold."""
    if values.dtype.kind not in "iuf" or values.dtype.itemsize < 4 or native(values[:0]).dtype == np.float32:
        return
    count = 0
    for start in range(0, len(values), BLOCK_VALUES):
        part = native(values[start : start + BLOCK_VALUES])
        with np.errstate(over="ignore"):
            count += count_rounded(part, part.astype(np.float32))
    if count:
        notes["rounded"] = notes.get("rounded", 0) + count


def sparse_matrix(group, where, shape=None, kind=None):
    """Return a group with data, indices and indptr as a scipy matrix; `kind`: csr or csc, by default as it says."""
    parts = ("data", "indices", "indptr")
    if not all(name in group for name in parts):
        raise DataError(f"{where}: found {', '.join(group) or 'nothing'}, expected a matrix (data, indices, indptr)")
    data, indices, indptr = (native(group[name][:]) for name in parts)
    if kind is None:
        kind = _text(group.attrs.get("encoding-type", group.attrs.get("h5sparse_format", "csr")))[:3]
    if shape is None:
        shape = group.attrs.get("shape", group.attrs.get("h5sparse_shape"))
        shape = group["shape"][:] if shape is None and "shape" in group else shape
    whole = indices.dtype.kind in "iu" and indptr.dtype.kind in "iu"
    if shape is None or len(shape) != 2 or kind not in ("csr", "csc") or not whole or data.dtype.kind not in "biuf":
        raise DataError(
            f"{where}: a sparse matrix of {data.dtype} without shape or format, expected csr or csc numbers"
        )
    made = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}[kind]
    try:
        result = made((data, indices, indptr), shape=tuple(int(n) for n in shape))
        result.check_format()  # indices out of range would be read from anywhere in memory
    except ValueError:
        raise DataError(f"{where}: the parts of the sparse matrix do not fit one another: damaged") from None
    return result


def native(values):
    """Return numbers in this machine's byte order, half precision as float32."""
    if values.dtype.kind == "f" and values.dtype.itemsize == 2:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def strings(item):
    """Return a data set of texts (fixed or variable length) as a list of str; numbers as they print."""
    values = item[()]
    return [_text(value) for value in np.ravel(values)]


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
