"""Delimited text: genes x cells and cells x genes, in blocks of rows, strict about every field."""

import re
import warnings

import numpy as np
import scipy.sparse

from deepae.data.readers.heading import NUMBER, THOUSANDS, check_text, read_heading, split
from deepae.data.readers.names import check_columns, check_rows, is_sum, tidy
from deepae.data.readers.streams import lines, opened
from deepae.data.readers.table import Table, check_named, check_same_genes, check_unique, count_rounded, stack
from deepae.errors import DataError

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_FAR = 50  # times the sum of any other column: then a column is no cell
_ROWS = 8  # genes below which sums say nothing
BLOCK_BYTES = 4_000_000  # of text parsed at a time: about two million counts, 8 MB of float32


class Grid:
    """A delimited file as it lies: rows x columns.

    matrix   scipy.sparse.csr_matrix, float32, shape (rows, columns)
    ids      annotation columns, one list of str each; the first row's names in `titles`
    titles   names of the annotation columns; empty where the header is short or missing
    columns  names of the value columns, or None without a header
    heading  what was decided about the table
    rounded  whole numbers that float32 cannot hold
    """

    def __init__(self, matrix, ids, titles, columns, heading, rounded):
        self.matrix, self.ids, self.titles, self.columns = matrix, ids, titles, columns
        self.heading, self.rounded = heading, rounded

    @property
    def notes(self):
        notes = {"said": self.heading.said} if self.heading.said else {}
        return notes | ({"rounded": self.rounded} if self.rounded else {})


def read_grid(source, separator="auto", header="auto", annotations=None):
    """Read one delimited file; every value must be a finite number and every row must have every field.

    Parameters
    ----------
    source : Source
    separator : {"tab", "comma", "semicolon", "space", "auto"}
        `auto`: the one that cuts the first rows into the same number of fields.
    header : {"full", "short", "none", "auto"}
        `full`: a name for every column; `short`: R style, one field fewer than the rows; `auto`: one of these two.
    annotations : int, optional
        Leading columns that are no values. Without it there is one, and a further one that has the name or the values
        of an annotation is refused.

    Raises
    ------
    DataError
        Names the file, line and column, what was found and what was expected.
    """
    with opened(source) as stream:
        heading, rows = read_heading(lines(stream, source), source, separator, header, annotations)
        return _read_rows(rows, source, header, heading)


def _read_rows(rows, source, header, heading):
    mark, fields, annotations = heading.mark, heading.fields, heading.annotations
    blocks, texts, starts = [], [], []
    ids = [[] for _ in range(annotations)]
    size, width, rounded = 0, None, 0
    for number, line in rows:
        if not line:
            _only_blank(rows, source, number)
            break
        if '"' in line:
            cells = split(line, mark, source, number)
            count = len(cells)
            names, rest = cells[:annotations], mark.join(cells[annotations:])
            if any(mark in cell for cell in cells[annotations:]):
                found = next(cell for cell in cells[annotations:] if mark in cell)
                raise DataError(
                    f"{source}: line {number}: found {found[:40]!r}, {mark!r} inside a quoted value, expected a number"
                    f"{_hint(found)}"
                )
        else:
            count = line.count(mark) + 1
            names = line.split(mark, annotations)
            rest = names.pop() if len(names) > annotations else ""
        if width is None:
            width, header = _width(fields, header, count, annotations, source, number)
            check_text(rest.split(mark), heading, source, number)
        if count != width:
            raise DataError(f"{source}: line {number} has {count} fields, expected {width} as in the lines before")
        for column, name in zip(ids, names, strict=True):
            column.append(tidy(name))
        texts.append(rest)
        starts.append(number)
        size += len(rest)
        if size > BLOCK_BYTES:
            block, more = parse_block(texts, starts, mark, width - annotations, annotations, source)
            blocks.append(block)
            rounded += more
            texts, starts, size = [], [], 0
    if width is None:
        raise DataError(f"{source}: a header and no row, expected a table")
    if heading.promised not in (None, len(ids[0])):
        raise DataError(
            f"{source}: line 2 says {heading.promised} genes and the table has {len(ids[0])} rows, expected the same "
            "number: is the file cut off? Fetch it again, or correct line 2"
        )
    if texts:
        block, more = parse_block(texts, starts, mark, width - annotations, annotations, source)
        blocks.append(block)
        rounded += more
    columns = titles = None
    if header == "full":
        titles, columns = fields[:annotations], fields[annotations:]
    elif header == "short":
        titles, columns = [""] * annotations, fields[annotations - 1 :]
    columns = [tidy(name) for name in columns] if columns is not None else None
    matrix = stack(blocks, width - annotations)
    return Grid(matrix, ids, titles or [""] * annotations, columns, heading, rounded)


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
        hint = "; is it a title above the table? remove it" if found < 3 < count else hint
        raise DataError(f"{source}: line {number} has {count} fields, expected {found} as in the header{hint}")
    if header == "short" and not short:
        hint = "; is it a full header (header: full)?" if found == count else ""
        raise DataError(
            f"{source}: line {number} has {count} fields, expected {found + 1}, one more than the header{hint}"
        )
    return count, header


def parse_block(texts, starts, mark, width, annotations, source):
    """Return a block of rows as CSR float32, and how many whole numbers float32 has rounded.

    `texts` hold the values of each row, separated by `mark`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            values = np.loadtxt(texts, delimiter=mark, dtype=np.float64, comments=None, ndmin=2)
            narrow = values.astype(np.float32)
        if narrow.shape == (len(texts), width) and np.isfinite(narrow).all():
            return scipy.sparse.csr_matrix(narrow), count_rounded(values, narrow)
    except (ValueError, OverflowError, UserWarning, RuntimeWarning):
        pass
    for number, text in zip(starts, texts, strict=True):
        for column, value in enumerate(text.split(mark), start=annotations + 1):
            if not NUMBER.fullmatch(value) or not np.isfinite(_float32(value)):
                raise DataError(
                    f"{source}: line {number}, column {column}: found {value[:40]!r}, expected a number{_hint(value)}"
                )
    raise DataError(f"{source}: lines {starts[0]} to {starts[-1]} cannot be read as numbers")


def _hint(value):
    hints = [" with a point as decimal sign"] * bool(_DECIMAL_COMMA.fullmatch(value))
    hints += [" without thousands separators"] * bool(THOUSANDS.fullmatch(value))
    return " and".join(hints)


def _float32(text):
    with np.errstate(over="ignore"):
        return np.float32(text)


def genes_by_cells(sources, separator="auto", header="auto", annotations=None, id_column=0):
    """Read genes x cells text; several files are bound by column, and must list the same genes in the same order.

    Without a header cells are named after the file and their position. Duplicate gene names stay.
    """
    _check_id(id_column, annotations)
    parts, cells, first, notes = [], [], None, {}
    for source in sources:
        grid = read_grid(source, separator, header, annotations)
        if grid.columns is not None and header == "auto":
            check_columns(grid.columns, grid.titles, grid.heading, source, "cell")
            check_rows(grid.ids[id_column], grid.titles, grid.heading, source, "gene")
        names = grid.columns or [f"{source.stem}_{number}" for number in range(1, grid.matrix.shape[1] + 1)]
        if grid.heading.annotations == 6 and annotations is None:
            names = [re.split(r"[/\\]", name)[-1].removesuffix(".bam") for name in names]
        cells += names
        _add(notes, grid.notes)
        if first is None:
            first = grid
            check_named(grid.ids[id_column], source, "row {} of the table")
        else:
            check_same_genes(grid.ids[id_column], first.ids[id_column], source, sources[0])
        part = grid.matrix.T.tocsr()
        grid.matrix = None
        if annotations is None and header == "auto" and grid.columns is not None:
            _check_values(part, names, source)
            _check_totals(part, names, grid.ids[id_column], source)
        parts.append(part)
        del part
    check_unique(cells, sources[0], hint=" (is the header missing?)")
    genes = first.ids[id_column]
    return Table(stack(parts, len(genes)), genes, cells, var=_annotations(first, id_column), notes=notes)


def _check_values(matrix, names, source):
    """Refuse a first or last cell that can only be a column of ids or lengths: no zero, unlike or far above all others.

    Parameters
    ----------
    matrix : csr_matrix, shape (cells, genes)
    """
    if len(names) < 4 or matrix.shape[1] < _ROWS:
        return
    sums = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
    filled = np.diff(matrix.indptr) / matrix.shape[1]
    ends = matrix[[0, -1]].toarray()
    _check_counters(ends, [names[0], names[-1]], source, "cell")
    for at, values in zip((0, len(names) - 1), ends, strict=True):
        others = np.delete(np.arange(len(names)), at)
        times = sums[at] / max(1, sums[others].max())
        different = filled[at] == 1 and len(np.unique(values)) == len(values) and _whole(values)
        if different and not any(_whole(matrix[cell].data) for cell in (others[0], others[-1])):
            _refuse_column(names[at], "has whole numbers, all different, where the others have decimals", source)
        if filled[at] == 1 and times > _FAR and (different or filled[others].max() < 0.9):
            _refuse_column(names[at], f"has no zero and {times:.0f} times the sum of any other", source)


def _check_counters(columns, names, source, of):
    """Refuse columns (array, columns x rows) that only count the rows, such as an index that a program wrote."""
    for name, values in zip(names, columns, strict=True):
        if len(values) >= _ROWS and (np.diff(values) == 1).all():
            _refuse_column(name, "counts the rows", source, of)


def _check_totals(matrix, cells, genes, source):
    """Refuse a first or last cell or gene that is the sum of all others; matrix : csr_matrix, (cells, genes)."""
    for axis, names, other, of in ((0, cells, genes, "cell"), (1, genes, cells, "gene")):
        if len(names) < 4 or len(other) < _ROWS:
            continue
        ends = matrix[[0, -1]].toarray() if axis == 0 else matrix[:, [0, -1]].toarray().T
        sums = np.asarray(matrix.sum(axis=axis, dtype=np.float64)).ravel()
        for at, values in zip((0, -1), ends, strict=True):
            if not is_sum(names[at]) and values.any() and np.allclose(values, sums - values, rtol=1e-4):
                _refuse_column(names[at], f"is the sum of all other {of}s", source, of)


def _refuse_column(name, found, source, of="cell"):
    raise DataError(
        f"{source}: {name!r} {found}: is it a {of}? If not, remove it; if so: reader='{{annotations: 1}}' "
        "(docs/input.md)"
    )


def _whole(values):
    return bool((values == np.rint(values)).all())


def cells_by_genes(sources, separator="auto", header="auto", annotations=None, id_column=0):
    """Read cells x genes text; several files are stacked, and must list the same genes in the same order."""
    _check_id(id_column, annotations)
    if header == "none":
        raise DataError(f"{sources[0]}: header none, expected a header with the names of the genes")
    parts, cells, obs, first, notes = [], [], {}, None, {}
    for source in sources:
        grid = read_grid(source, separator, header, annotations)
        if first is None:
            first = grid
            check_named(grid.columns, source, "column {} of values")
            if header == "auto":
                check_columns(grid.columns, grid.titles, grid.heading, source, "gene")
        else:
            check_same_genes(grid.columns, first.columns, source, sources[0])
            if grid.titles != first.titles:
                raise DataError(
                    f"{source}: annotation columns {grid.titles}, expected {first.titles} as in {sources[0]}"
                )
        if header == "auto":
            check_rows(grid.ids[id_column], grid.titles, grid.heading, source, "cell")
        if header == "auto" and annotations is None:
            _check_counters(grid.matrix[:, [0, -1]].toarray().T, [grid.columns[0], grid.columns[-1]], source, "gene")
            _check_totals(grid.matrix, grid.ids[id_column], grid.columns, source)
        _add(notes, grid.notes)
        parts.append(grid.matrix)
        grid.matrix = None
        cells += grid.ids[id_column]
        for title, column in _annotations(grid, id_column).items():
            obs.setdefault(title, []).extend(column)
    check_unique(cells, sources[0])
    return Table(stack(parts, len(first.columns)), first.columns, cells, obs=obs, notes=notes)


def _add(notes, more):
    for key, value in more.items():
        notes[key] = notes[key] + value if key in notes else value


def _check_id(id_column, annotations):
    annotations = annotations or 1
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
