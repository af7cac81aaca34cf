"""The size of a data set before it is read: from the catalogue, from the ingested file, or at a glance at its source.

Only for plans and limits. A glance reads a header and a few lines, so that it may be wrong by some percent; whatever it
cannot make out is None, never an error.
"""

import bz2
import contextlib
import gzip
import io
import re
from pathlib import Path

from deepae.config.formats import is_litter
from deepae.config.plan import DENSITY, Shape

HEAD_LINES = 50  # lines of a table of which the last tells the columns
SAMPLE = 1 << 20  # bytes of a file, as it lies on disk, that are looked at
LEAST_LINES, MOST_TEXT = 3, 1 << 28  # lines that a sample must have, and bytes that it may expand to
TABLE_BEGIN = b"\n!series_matrix_table_begin"
PACKED = {".gz": gzip.open, ".bz2": bz2.open}


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
            inside = sorted([*path.glob("*matrix.mtx*"), *path.glob("cells_x_genes.mtx*")])
            path = next((found for found in inside if not is_litter(found.name)), path)
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
        matrix = _inside(file, "X")
        if isinstance(matrix, h5py.Dataset):
            return Shape(*matrix.shape, 1.0)
        cells, genes = (int(number) for number in matrix.attrs["shape"])
        return Shape(cells, genes, matrix["data"].shape[0] / max(1, cells * genes))


def _sample(path, needed=b""):
    """Return the text at the start of a file, expanded, and about how many bytes all of it expands to.

    It is as long as is needed to hold `needed` and a few lines.
    How much a table shrinks depends on its zeros: four times or forty. So it is measured.
    """
    size, sample = path.stat().st_size, SAMPLE
    while True:
        with open(path, "rb") as file:
            text, used = _expanded(file.read(sample), path.suffix)
        if sample >= size:
            return text, len(text)
        if (needed in text and text.count(b"\n") >= LEAST_LINES) or len(text) >= MOST_TEXT:
            return text, round(len(text) * size / used)
        sample *= 4


def _expanded(head, suffix):
    """Return the text of a file's first bytes, and how many of these it takes."""
    if suffix not in PACKED:
        return head, len(head)
    raw, parts, used, total = io.BytesIO(head), [], 1, 0
    with PACKED[suffix](raw) as file, contextlib.suppress(EOFError):  # the sample ends somewhere
        while total < MOST_TEXT and (part := file.read1(1 << 20)):
            parts.append(part)
            total, used = total + len(part), raw.tell()
    return b"".join(parts), used


def _matrix_market(path):
    line = next(line for line in _sample(path)[0].splitlines() if not line.startswith(b"%"))
    rows, columns, *values = map(int, line.split())
    if rows != columns and _cells_listed(path) == rows:  # cells x genes, as kallisto|bustools writes it
        rows, columns = columns, rows
    return rows, columns, values[0] / max(1, rows * columns) if values else None


def _cells_listed(path):
    """Return the number of cells in the list beside a matrix, or None if there is none or it is long."""
    prefix = re.sub(r"(matrix|cells_x_genes)\.mtx(\.gz|\.bz2)?$", "", path.name)
    for name in ("barcodes.tsv", "cells_x_genes.barcodes.txt", "barcodes.txt", "cells.tsv"):
        for found in (path.with_name(f"{prefix}{name}{end}") for end in ("", *PACKED)):
            if found.exists() and found.stat().st_size <= SAMPLE:
                return len(_sample(found)[0].splitlines())
    return None


def _fcs(path):
    head = path.open("rb").read(1 << 16).decode("latin-1")
    events, channels = (int(re.search(rf"\${key}\W+(\d+)", head)[1]) for key in ("TOT", "PAR"))
    return events, channels, None


def _tenx(path):
    import h5py

    with h5py.File(path, "r") as file:
        group = _inside(file, "matrix") or next(filter(None, (_inside(file, name) for name in file)))
        genes, cells = (int(number) for number in group["shape"][:])
        return Shape(cells, genes, group["data"].shape[0] / max(1, cells * genes))


def _inside(file, name):
    """Return what lies under a name in the file itself, or None: a link may lead to a pipe that never ends."""
    import h5py

    return file[name] if isinstance(file.get(name, getlink=True, default=None), h5py.HardLink) else None


def _series(path):
    text, total = _sample(path, TABLE_BEGIN)
    start = text.index(b"\n", text.index(TABLE_BEGIN) + 1) + 1
    return _rows(text[start:], total - start)


def _table(path):
    return _rows(*_sample(path))


def _rows(text, total):
    """Rows and columns of a table of which `text` are the first of `total` bytes; None for no text, such as a zip."""
    lines = text.splitlines(keepends=True)
    lines = lines if len(text) == total or len(lines) < 2 else lines[:-1]
    if any(b"\0" in line for line in lines[:HEAD_LINES]):
        return None
    last = lines[:HEAD_LINES][-1]
    columns = max(last.count(mark) for mark in (b"\t", b",", b";")) or len(last.split()) - 1
    body = lines[1:] if len(lines) > 1 else lines
    if len(text) == total:
        return len(body), columns, None
    return round((total - len(lines[0])) * len(body) / sum(map(len, body))), columns, None
