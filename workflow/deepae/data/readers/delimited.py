"""Delimited text: genes x cells and cells x genes, in blocks of rows, strict about every field."""

import csv
import itertools
import re
import warnings

import numpy as np
import scipy.sparse

from deepae.data.readers.streams import lines, opened
from deepae.data.readers.table import Table, check_same_genes, check_unique, stack
from deepae.errors import DataError

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";"}
BLOCK_BYTES = 4_000_000  # of text parsed at a time: about two million counts, 8 MB of float32
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


class Grid:
    """A delimited file as it lies: rows x columns.

    matrix   scipy.sparse.csr_matrix, float32, shape (rows, columns)
    ids      annotation columns, one list of str each; the first row's names in `titles`
    titles   names of the annotation columns; empty where the header is short or missing
    columns  names of the value columns, or None without a header
    """

    def __init__(self, matrix, ids, titles, columns):
        self.matrix, self.ids, self.titles, self.columns = matrix, ids, titles, columns


def read_grid(source, separator="auto", header="auto", annotations=1):
    """Read one delimited file; every value must be a finite number and every row must have every field.

    Parameters
    ----------
    source : Source
    separator : {"tab", "comma", "semicolon", "auto"}
    header : {"full", "short", "none", "auto"}
        `full`: a name for every column; `short`: R style, one field fewer than the rows; `auto`: one of these two.
    annotations : int
        Leading columns that are no values.

    Raises
    ------
    DataError
        Names the file, line and column, what was found and what was expected.
    """
    with opened(source) as stream:
        rows = lines(stream, source)
        first = next(rows, None)
        if first is None or not first[1].strip():
            raise DataError(f"{source}: the first line is empty, expected a table")
        mark = SEPARATORS[separator] if separator != "auto" else _guess_separator(first[1], source)
        fields = None
        if header == "none":
            rows = itertools.chain([first], rows)
        else:
            fields = split(first[1], mark, source, 1)
        return _read_rows(rows, source, mark, header, fields, annotations)


def split(line, mark, where, number):
    """Split a line into its fields; quotes as in CSV, without line ends inside."""
    if '"' not in line:
        return line.split(mark)
    try:
        return next(csv.reader([line], delimiter=mark, strict=True))
    except (csv.Error, StopIteration) as error:
        raise DataError(f"{where}: line {number}: bad quoting ({error}), expected CSV") from None


def _guess_separator(line, where):
    for mark in SEPARATORS.values():
        if mark in line:
            return mark
    raise DataError(
        f"{where}: line 1 has one field {line[:40]!r}, expected fields separated by tab, comma or semicolon"
    )


def _read_rows(rows, source, mark, header, fields, annotations):
    blocks, texts, starts = [], [], []
    ids = [[] for _ in range(annotations)]
    size, width = 0, None
    for number, line in rows:
        if not line:
            _only_blank(rows, source, number)
            break
        if '"' in line:
            cells = split(line, mark, source, number)
            count = len(cells)
            names, rest = cells[:annotations], mark.join(cells[annotations:])
            if any(mark in cell for cell in cells[annotations:]):
                raise DataError(f"{source}: line {number}: {mark!r} inside a quoted value, expected a number")
        else:
            count = line.count(mark) + 1
            names = line.split(mark, annotations)
            rest = names.pop() if len(names) > annotations else ""
        if width is None:
            width, header = _width(fields, header, count, annotations, source, number)
        if count != width:
            raise DataError(f"{source}: line {number} has {count} fields, expected {width} as in the lines before")
        for column, name in zip(ids, names, strict=True):
            column.append(name.strip())
        texts.append(rest)
        starts.append(number)
        size += len(rest)
        if size > BLOCK_BYTES:
            blocks.append(parse_block(texts, starts, mark, width - annotations, annotations, source))
            texts, starts, size = [], [], 0
    if width is None:
        raise DataError(f"{source}: a header and no row, expected a table")
    if texts:
        blocks.append(parse_block(texts, starts, mark, width - annotations, annotations, source))
    columns = titles = None
    if header == "full":
        titles, columns = fields[:annotations], fields[annotations:]
    elif header == "short":
        titles, columns = [""] * annotations, fields[annotations - 1 :]
    columns = [name.strip() for name in columns] if columns is not None else None
    return Grid(stack(blocks, width - annotations), ids, titles or [""] * annotations, columns)


def _only_blank(rows, source, number):
    for later, line in rows:
        if line.strip():
            raise DataError(f"{source}: line {number} is empty and line {later} is not, expected no gap in the table")


def _width(fields, header, count, annotations, source, number):
    """Return the fields that every row must have, and the kind of header."""
    if count <= annotations:
        raise DataError(
            f"{source}: line {number} has {count} fields, expected {annotations} annotations and at least one value"
        )
    if header == "none":
        return count, header
    found = len(fields)
    short = found == count - 1
    if header == "auto":
        header = "short" if short else "full"
    if header == "full" and found != count:
        hint = "; is it an R-style header (header: short)?" if short else ""
        raise DataError(f"{source}: line {number} has {count} fields, expected {found} as in the header{hint}")
    if header == "short" and not short:
        hint = "; is it a full header (header: full)?" if found == count else ""
        raise DataError(
            f"{source}: line {number} has {count} fields, expected {found + 1}, one more than the header{hint}"
        )
    return count, header


def parse_block(texts, starts, mark, width, annotations, source):
    """Return a block of rows as CSR float32; `texts` hold the values of each row, separated by `mark`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            values = np.loadtxt(texts, delimiter=mark, dtype=np.float32, comments=None, ndmin=2)
        if values.shape == (len(texts), width) and np.isfinite(values).all():
            return scipy.sparse.csr_matrix(values)
    except (ValueError, OverflowError, UserWarning, RuntimeWarning):
        pass
    for number, text in zip(starts, texts, strict=True):
        for column, value in enumerate(text.split(mark), start=annotations + 1):
            if not _NUMBER.fullmatch(value) or not np.isfinite(_float32(value)):
                raise DataError(f"{source}: line {number}, column {column}: found {value[:40]!r}, expected a number")
    raise DataError(f"{source}: lines {starts[0]} to {starts[-1]} cannot be read as numbers")


def _float32(text):
    with np.errstate(over="ignore"):
        return np.float32(text)


def genes_by_cells(sources, separator="auto", header="auto", annotations=1, id_column=0):
    """Read genes x cells text; several files are bound by column, and must list the same genes in the same order.

    Without a header cells are named after the file and their position. Duplicate gene names stay.
    """
    _check_id(id_column, annotations)
    parts, cells, first = [], [], None
    for source in sources:
        grid = read_grid(source, separator, header, annotations)
        names = grid.columns or [f"{source.stem}_{number}" for number in range(1, grid.matrix.shape[1] + 1)]
        cells += names
        if first is None:
            first = grid
        else:
            check_same_genes(grid.ids[id_column], first.ids[id_column], source, sources[0])
        part = grid.matrix.T.tocsr()
        grid.matrix = None
        parts.append(part)
        del part
    check_unique(cells, sources[0])
    genes = first.ids[id_column]
    return Table(stack(parts, len(genes)), genes, cells, var=_annotations(first, id_column))


def cells_by_genes(sources, separator="auto", header="auto", annotations=1, id_column=0):
    """Read cells x genes text; several files are stacked, and must list the same genes in the same order."""
    _check_id(id_column, annotations)
    if header == "none":
        raise DataError(f"{sources[0]}: header none, expected a header with the names of the genes")
    parts, cells, obs, first = [], [], {}, None
    for source in sources:
        grid = read_grid(source, separator, header, annotations)
        if first is None:
            first = grid
        else:
            check_same_genes(grid.columns, first.columns, source, sources[0])
            if grid.titles != first.titles:
                raise DataError(
                    f"{source}: annotation columns {grid.titles}, expected {first.titles} as in {sources[0]}"
                )
        parts.append(grid.matrix)
        grid.matrix = None
        cells += grid.ids[id_column]
        for title, column in _annotations(grid, id_column).items():
            obs.setdefault(title, []).extend(column)
    check_unique(cells, sources[0])
    return Table(stack(parts, len(first.columns)), first.columns, cells, obs=obs)


def _check_id(id_column, annotations):
    if not 0 <= id_column < annotations:
        raise DataError(
            f"reader: id_column {id_column}, expected 0 to {annotations - 1}: it counts the annotation columns"
        )


def _annotations(grid, id_column):
    return {
        title.strip() or f"column_{position + 1}": column
        for position, (title, column) in enumerate(zip(grid.titles, grid.ids, strict=True))
        if position != id_column
    }
