"""The size of a data set before it is read: from the catalogue, from the ingested file, or at a glance at its source.

Only for plans and limits. A glance reads a header and a few lines, so that it may be wrong by some percent; whatever it
cannot make out is None, never an error.
"""

import bz2
import gzip
import re
from pathlib import Path

from deepae.config.plan import DENSITY, Shape

HEAD_LINES = 50  # lines of a table from whose length the number of all lines is estimated
PACKED = {".gz": (gzip.open, 4.0), ".bz2": (bz2.open, 5.0)}  # how they are opened, and how many times larger they are


def shape_of(entry, ingested, files):
    """Return the `Shape` of a data set, or None.

    Parameters
    ----------
    entry : dict
        Of the catalogue.
    ingested : path
        Where the ingested matrix is or will be.
    files : list of path
        What the data set is read from.
    """
    if Path(ingested).exists():
        found = _glance(_h5ad, ingested)
        if found:
            return found
    expected = entry.get("expected") or {}
    filled = DENSITY.get(entry.get("kind"), 1.0)
    if expected.get("cells") and expected.get("genes"):
        return Shape(int(expected["cells"]), int(expected["genes"]), filled)
    layout = entry.get("reader", {}).get("layout", "")
    looks = {"h5ad": _h5ad, "matrix-market": _matrix_market, "fcs": _fcs, "10x-h5": _tenx, "series-matrix": _series}
    for path in map(Path, files):
        if path.is_dir():
            path = next(iter(sorted(path.glob("*matrix.mtx*"))), path)
        found = _glance(looks.get(layout, _table), path)
        if found:
            return _turned(found, layout, filled)
    return None


def _glance(look, path):
    try:
        return look(Path(path))
    except Exception:  # whatever is wrong with a file is said by the reader, in its own words
        return None


def _turned(found, layout, filled):
    """Cells and genes from rows and columns; a share that is not known is that of the kind."""
    cells, genes, known = found
    if layout in ("genes-by-cells", "series-matrix", "matrix-market"):
        cells, genes = genes, cells
    return Shape(cells, genes, known if known is not None else filled)


def _h5ad(path):
    import h5py

    with h5py.File(path, "r") as file:
        matrix = file["X"]
        if isinstance(matrix, h5py.Dataset):
            return Shape(*matrix.shape, 1.0)
        cells, genes = (int(number) for number in matrix.attrs["shape"])
        return Shape(cells, genes, matrix["data"].shape[0] / max(1, cells * genes))


def _open(path):
    opener, ratio = PACKED.get(path.suffix, (open, 1.0))
    return opener(path, "rb"), ratio


def _matrix_market(path):
    file, _ = _open(path)
    with file:
        line = next(line for line in file if not line.startswith(b"%"))
    rows, columns, *values = map(int, line.split())
    return rows, columns, values[0] / max(1, rows * columns) if values else None


def _fcs(path):
    head = path.open("rb").read(1 << 16).decode("latin-1")
    events, channels = (int(re.search(rf"\${key}\W+(\d+)", head)[1]) for key in ("TOT", "PAR"))
    return events, channels, None


def _tenx(path):
    import h5py

    with h5py.File(path, "r") as file:
        group = file["matrix"] if "matrix" in file else next(iter(file.values()))
        genes, cells = (int(number) for number in group["shape"][:])
        return Shape(cells, genes, group["data"].shape[0] / max(1, cells * genes))


def _series(path):
    file, ratio = _open(path)
    with file:
        while (line := file.readline()) and not line.startswith(b"!series_matrix_table_begin"):
            pass
        return _rows(path, ratio, file)


def _table(path):
    file, ratio = _open(path)
    with file:
        return _rows(path, ratio, file)


def _rows(path, ratio, file):
    """Rows and columns of a table from its first lines; None for what is no text, such as a zip."""
    lines = [line for line in (file.readline() for _ in range(HEAD_LINES)) if line]
    if any(b"\0" in line for line in lines):
        return None
    last = lines[-1]
    columns = max(last.count(mark) for mark in (b"\t", b",", b";")) or len(last.split()) - 1
    body = lines[1:] if len(lines) > 1 else lines
    if len(lines) < HEAD_LINES:
        return len(body), columns, None
    per_line = sum(map(len, body)) / len(body)
    return round(path.stat().st_size * ratio / per_line), columns, None
