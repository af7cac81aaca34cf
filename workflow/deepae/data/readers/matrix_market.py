"""MatrixMarket with its lists of genes and cells, as 10x Genomics' programs write them: genes x cells."""

import itertools

import numpy as np
import scipy.sparse

from deepae.data.readers.streams import lines, opened
from deepae.data.readers.table import Source, Table, check_unique
from deepae.errors import DataError

BLOCK = 500_000  # entries parsed at a time
NAMES = {
    "matrix": ("matrix.mtx",),
    "genes": ("features.tsv", "genes.tsv"),
    "cells": ("barcodes.tsv", "cells.tsv"),
}


def matrix_market(sources):
    """Read a directory with matrix.mtx, features.tsv or genes.tsv, barcodes.tsv (each plain, .gz or .bz2).

    `sources` is one directory, or three files with the roles matrix, genes and cells. The matrix is in coordinate form,
    integer or real. Of the genes' file the first column is the id, the second, if there is one, `var["name"]`.
    """
    files = _files(sources)
    genes = _columns(files["genes"])
    cells = [row[0] for row in _columns(files["cells"])]
    check_unique(cells, files["cells"])
    matrix = _coordinates(files["matrix"], len(genes), len(cells))
    var = {"name": [row[1] for row in genes]} if all(len(row) > 1 for row in genes) else {}
    return Table(matrix, [row[0] for row in genes], cells, var=var)


def _files(sources):
    if len(sources) == 1 and sources[0].path.is_dir():
        folder = sources[0].path
        found = {}
        for role, names in NAMES.items():
            candidates = [folder / (name + end) for name in names for end in ("", ".gz", ".bz2")]
            there = [path for path in candidates if path.is_file()]
            if len(there) != 1:
                shown = ", ".join(path.name for path in there) or "none"
                raise DataError(f"{folder}: {shown} of {' or '.join(names)} (also .gz, .bz2), expected one")
            found[role] = Source(there[0], role=role)
        return found
    found = {source.role: source for source in sources}
    if set(found) != set(NAMES) or len(sources) != len(NAMES):
        roles = ", ".join(source.role for source in sources)
        raise DataError(
            f"{sources[0]}: files with the roles {roles}, expected a directory or one each of matrix, genes, cells"
        )
    return found


def _columns(source):
    with opened(source) as stream:
        rows = []
        for number, line in lines(stream, source):
            fields = [field.strip() for field in line.split("\t")]
            if not fields[0]:
                raise DataError(f"{source}: line {number} has no name, expected one name a line")
            rows.append(fields)
    return rows


def _coordinates(source, n_genes, n_cells):
    with opened(source) as stream:
        rows = lines(stream, source)
        number, banner = next(rows, (1, ""))
        words = banner.lower().split()
        if words[:3] != ["%%matrixmarket", "matrix", "coordinate"] or len(words) != 5:
            raise DataError(f"{source}: line 1: found {banner[:60]!r}, expected %%MatrixMarket matrix coordinate …")
        if words[3] not in ("integer", "real") or words[4] != "general":
            raise DataError(f"{source}: line 1: found {words[3]} {words[4]}, expected integer or real, general")
        number, line = next(((n, text) for n, text in rows if text.strip() and not text.startswith("%")), (1, ""))
        size = line.split()
        if len(size) != 3 or not all(word.isascii() and word.isdigit() for word in size):
            raise DataError(f"{source}: line {number}: found {line[:40]!r}, expected genes, cells and entries")
        found_genes, found_cells, entries = map(int, size)
        if (found_genes, found_cells) != (n_genes, n_cells):
            swapped = ": the matrix is transposed" if (found_cells, found_genes) == (n_genes, n_cells) else ""
            raise DataError(
                f"{source}: line {number}: {found_genes} x {found_cells}, expected {n_genes} genes x {n_cells} cells"
                f"{swapped}"
            )
        parts = ([], [], [])
        count = 0
        while block := list(itertools.islice(rows, BLOCK)):
            for part, column in zip(parts, _parse(block, source, n_genes, n_cells), strict=True):
                part.append(column)
            count += len(parts[0][-1])
    if count != entries:
        raise DataError(f"{source}: {count} entries, expected {entries} as line {number} says: truncated?")
    genes, cells, values = (np.concatenate(part) if part else np.zeros(0, dtype=np.int32) for part in parts)
    del parts
    matrix = scipy.sparse.coo_matrix((values, (cells, genes)), shape=(n_cells, n_genes), dtype=np.float32)
    del genes, cells, values
    matrix = matrix.tocsr()  # adds up what stands twice
    if matrix.nnz != count:
        raise DataError(
            f"{source}: {count - matrix.nnz} entries stand twice, expected one value for each gene and cell"
        )
    matrix.eliminate_zeros()
    return matrix


def _parse(block, source, n_genes, n_cells):
    """Return genes and cells (int32, from 0) and values (float32) of numbered lines; blank lines may end them."""
    texts = [line for _, line in block]
    while texts and not texts[-1].strip():
        texts.pop()
    if not texts:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
    try:
        table = np.loadtxt(texts, dtype=np.float64, comments=None, ndmin=2)
        genes, cells = table[:, 0], table[:, 1]
        whole = (genes == np.rint(genes)).all() and (cells == np.rint(cells)).all()
        inside = genes.min() >= 1 and genes.max() <= n_genes and cells.min() >= 1 and cells.max() <= n_cells
        with np.errstate(over="ignore"):
            values = table[:, 2].astype(np.float32)
        if table.shape == (len(texts), 3) and whole and inside and np.isfinite(values).all():
            return (genes - 1).astype(np.int32), (cells - 1).astype(np.int32), values
    except (ValueError, IndexError, OverflowError):
        pass
    for number, line in block:
        if not _is_entry(line.split(), n_genes, n_cells):
            raise DataError(
                f"{source}: line {number}: found {line[:60]!r}, expected a gene of 1 to {n_genes}, "
                f"a cell of 1 to {n_cells} and a number"
            )
    raise DataError(f"{source}: lines {block[0][0]} to {block[-1][0]} cannot be read as entries")


def _is_entry(fields, n_genes, n_cells):
    try:
        gene, cell, value = int(fields[0]), int(fields[1]), np.float32(fields[2])
    except (ValueError, IndexError, OverflowError):
        return False
    return len(fields) == 3 and 1 <= gene <= n_genes and 1 <= cell <= n_cells and bool(np.isfinite(value))
