"""AnnData files: cells x genes, from X, a layer or raw."""

import multiprocessing
import warnings

import scipy.sparse

from deepae.data.readers.table import Table, check_unique, only_one, stack, to_csr
from deepae.errors import DataError

LARGEST = 64 * 2**30  # bytes that a data set inside may have: HDF5 can promise terabytes in a small file
BLOCK_VALUES = 4_000_000
PATIENCE = 30  # seconds to look through a file, and one more for every 10 MB


def h5ad(sources, layer=None, raw=False, gene_column=None):
    """Read an h5ad file.

    Parameters
    ----------
    sources : list of one Source
        Not compressed.
    layer : str, optional
        A layer instead of X.
    raw : bool
        raw.X and raw.var instead of X and var.
    gene_column : str, optional
        The column of var that holds the gene ids; by default its index.

    Returns
    -------
    Table
        `obs` and `var` hold the columns of text, categories and whole numbers, as text.
    """
    import h5py
    from anndata.io import read_elem

    source = only_one(sources, "h5ad")
    if raw and layer:
        raise DataError(f"{source}: layer {layer!r} and raw: true, expected one of them")
    where = "raw/X" if raw else f"layers/{layer}" if layer else "X"
    if not source.path.is_file():
        raise DataError(f"{source}: no such file, expected an h5ad")
    _check_harmless(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with h5py.File(source.path, "r") as file:
                _check_safe(file, source)
                if where not in file:
                    layers = ", ".join(file["layers"]) if "layers" in file else ""
                    found = ", ".join(file) + (f"; layers: {layers}" if layers else "")
                    raise DataError(f"{source}: no {where}, found {found}")
                matrix = _matrix(file[where], f"{source}:{where}", read_elem)
                obs = read_elem(file["obs"])
                var = read_elem(file["raw/var" if raw else "var"])
                cells = [str(cell) for cell in obs.index]
                if gene_column is None and var.index.name == "position" and "gene_id" in var:
                    gene_column = "gene_id"  # written by this pipeline
                if gene_column is not None and gene_column not in var:
                    raise DataError(f"{source}: no column {gene_column!r} in var, found {', '.join(map(str, var))}")
                genes = [str(gene) for gene in (var.index if gene_column is None else var[gene_column])]
                columns = _text_columns(obs), _text_columns(var)
    except DataError:
        raise
    except Exception as error:  # h5py and anndata have no one error for a damaged file
        line = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{source}: no readable h5ad file ({line})") from error
    if matrix.shape != (len(cells), len(genes)):
        raise DataError(f"{source}: {where} is {matrix.shape}, expected {len(cells)} cells x {len(genes)} genes")
    check_unique(cells, source)
    return Table(matrix, genes, cells, var=columns[1], obs=columns[0], notes={"matrix": where})


def _check_harmless(source):
    """Look through the file in another process first: in a damaged one the HDF5 library may crash, or never return."""
    with open(source.path, "rb") as stream:
        if stream.read(8) != b"\x89HDF\r\n\x1a\n":
            raise DataError(f"{source}: no readable h5ad file (no HDF5 signature)")
    process = multiprocessing.get_context("fork").Process(target=_look_through, args=(str(source.path),))
    process.start()
    process.join(PATIENCE + source.path.stat().st_size / 1e7)
    if process.is_alive():
        process.kill()
        process.join()
        raise DataError(f"{source}: no readable h5ad file (the HDF5 library does not come to an end with it: damaged)")
    if process.exitcode < 0:
        raise DataError(f"{source}: no readable h5ad file (the HDF5 library crashes with it: damaged)")


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


def _check_safe(file, source):
    """Refuse links to other files and promises of more bytes than a matrix can have."""
    import h5py

    def walk(group, path, depth):
        if depth > 8:
            raise DataError(f"{source}: groups nested more than 8 deep at {path}, expected an h5ad")
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise DataError(f"{source}: {path}{name} is a link, refused; expected data in the file itself")
            item = group[name]
            if isinstance(item, h5py.Group):
                walk(item, f"{path}{name}/", depth + 1)
            elif item.external or item.is_virtual:
                raise DataError(
                    f"{source}: {path}{name} lies in another file, refused; expected data in the file itself"
                )
            elif item.shape is not None and item.size * item.dtype.itemsize > LARGEST:
                raise DataError(f"{source}: {path}{name} promises more than {LARGEST} bytes, refused")

    walk(file, "", 0)


def _matrix(item, where, read_elem):
    import h5py

    if isinstance(item, h5py.Group):
        matrix = read_elem(item)
        if not scipy.sparse.issparse(matrix):
            raise DataError(f"{where}: found {type(matrix).__name__}, expected a matrix")
        matrix.check_format()  # indices out of range would be read from anywhere in memory
        return to_csr(matrix, where)
    if item.ndim != 2 or item.dtype.kind not in "biuf":
        raise DataError(f"{where}: found {item.ndim} dimensions of {item.dtype}, expected a matrix of numbers")
    rows = max(1, BLOCK_VALUES // max(1, item.shape[1]))
    blocks = [to_csr(item[start : start + rows], where) for start in range(0, item.shape[0], rows)]
    return stack(blocks, item.shape[1])


def _text_columns(frame):
    kept = {}
    for name in frame:
        values = frame[name]
        if values.dtype == object or values.dtype.name in ("category", "string", "bool") or values.dtype.kind in "iu":
            kept[str(name)] = [
                "" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)
            ]
    return kept
