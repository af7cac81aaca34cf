"""MatrixMarket with its lists of genes and cells, as 10x Genomics' programs write them: genes x cells.

The entries are parsed by numpy and not by scipy.io.mmread, which crashes the interpreter on damaged files (four in a
thousand of tests/fuzz).
"""

import collections
import itertools
import re

import numpy as np
import scipy.sparse

from deepae.config.formats import is_litter
from deepae.data.readers.heading import split
from deepae.data.readers.streams import lines, opened
from deepae.data.readers.table import Source, Table, check_one_row_a_gene, check_unique, count_rounded
from deepae.errors import DataError

BLOCK = 500_000  # entries parsed at a time
GENE_EXPRESSION = "Gene Expression"
# Kinds of features as 10x Genomics, BD and the makers of h5ad files call them; a third column may say other things.
_GENE_KINDS = frozenset({"gene expression", "gex"})
_PERHAPS_GENES = frozenset({"rna", "gene", "genes"})  # where others are tags or peaks; else a word among biotypes
_OTHER_KIND = re.compile(
    r".* capture|peaks?|atac|adt|hto|ab|ab-o|abseq|protein|multiplexing|hashtag|antibody.*|crispr.*",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<prefix>.*?)(?:(?P<matrix>(?:matrix|cells_x_genes)\.mtx)|"
    r"(?P<genes>(?:cells_x_genes\.)?(?:features|genes)\.(?:tsv|txt))|"
    r"(?P<cells>(?:cells_x_genes\.)?(?:barcodes|cells)\.(?:tsv|txt)))(?:\.gz|\.bz2)?",
    re.IGNORECASE,
)
_FOREIGN = {
    "DGE.mtx": "Parse Biosciences: ln -s DGE.mtx matrix.mtx; tail -n +2 all_genes.csv | tr , '\\t' > features.tsv; "
    "tail -n +2 cell_metadata.csv | cut -d , -f 1 > barcodes.tsv",
    "count_matrix.mtx": "Parse Biosciences: ln -s count_matrix.mtx matrix.mtx; tail -n +2 all_genes.csv | tr , '\\t' > "
    "features.tsv; tail -n +2 cell_metadata.csv | cut -d , -f 1 > barcodes.tsv",
    "spliced.mtx": "STARsolo's Velocyto, of spliced RNA only: give the folder Gene/filtered of the same run",
    "quants_mat.mtx": "alevin-fry: pyroe.load_fry(folder, output_format='scRNA').write_h5ad('cells.h5ad') in Python "
    "adds spliced and ambiguous counts",
    "quants_mat.gz": "alevin: in R, tximport::tximport('quants_mat.gz', type = 'alevin')$counts",
    "cells_x_genes.total.mtx": "kallisto|bustools: ln -s cells_x_genes.total.mtx cells_x_genes.mtx chooses one of them",
}
_ROLES = {"matrix": "matrix.mtx", "genes": "features.tsv or genes.tsv", "cells": "barcodes.tsv or cells.tsv"}


def matrix_market(sources):
    """Read a directory with matrix.mtx, features.tsv or genes.tsv, barcodes.tsv (each plain, .gz or .bz2).

    The names may share a prefix, as GEO's do (GSM1_matrix.mtx.gz, …). `sources` is one directory, or three files with
    the roles matrix, genes and cells. The matrix is in coordinate form, integer or real, genes x cells or, where the
    lists leave no doubt, cells x genes (kallisto|bustools). Of the genes' file the first column is the id, the second,
    if there is one, `var["name"]`; of a third that names kinds of features only the rows `Gene Expression` are read,
    the others are counted.
    """
    files = _files(sources)
    genes = columns(files["genes"])
    check_one_row_a_gene([row[0] for row in genes], files["genes"])
    cells = [row[0] for row in columns(files["cells"])]
    check_unique(cells, files["cells"], "barcode")
    notes = {}
    matrix = _coordinates(files["matrix"], genes, cells, notes)
    kept = expressed(kinds_of(genes, files["genes"]), files["genes"], notes)
    if kept is not None:
        matrix, genes = matrix[:, kept], [genes[i] for i in kept]
    var = {"name": [row[1] for row in genes]} if all(len(row) > 1 for row in genes) else {}
    return Table(matrix, [row[0] for row in genes], cells, var=var, notes=notes)


def expressed(kinds, where, notes):
    """Return the positions of the features that are genes, or None if all are; the others are counted in `notes`.

    kinds  the kind of each feature (10x: Gene Expression, Antibody Capture, Peaks, …), or None
    """
    counts = collections.Counter(kinds or ())
    genes = sum(counts.pop(kind) for kind in list(counts) if of_genes(kind))
    found = ", ".join(f"{count} {kind or 'without a kind'}" for kind, count in counts.items())
    if not genes:
        if counts and all(_OTHER_KIND.fullmatch(kind.strip()) for kind in counts):
            raise DataError(
                f"{where}: {found} and no {GENE_EXPRESSION}, expected the expression of genes: give the file with it"
            )
        return None
    if not any(map(_says_kinds, kinds)) or not counts:
        return None
    notes["features_left_out"] = dict(counts)
    notes.setdefault("said", []).append(f"{genes} {GENE_EXPRESSION} features are read; left out: {found}")
    return np.flatnonzero([of_genes(kind) for kind in kinds])


def of_genes(kind):
    """Tell whether a kind of feature is the expression of a gene, in whatever capitals."""
    return kind.strip().casefold() in _GENE_KINDS | _PERHAPS_GENES


def _says_kinds(word):
    """Tell whether a word is surely a kind of feature, and not a biotype or a chromosome."""
    return word.strip().casefold() in _GENE_KINDS or _OTHER_KIND.fullmatch(word.strip()) is not None


def kinds_of(rows, where):
    """Return the third field of each line of a list of features, or None if it does not name kinds.

    Raises `DataError` if it does, but not in each line: what such a feature is cannot be told.
    """
    kinds = [row[2] if len(row) > 2 else "" for row in rows]
    if not any(map(_says_kinds, kinds)):
        return None
    for row, kind in zip(rows, kinds, strict=True):
        if not kind.strip():
            raise DataError(
                f"{where}: feature {row[0]!r} has no kind in its third column, expected one as the others have; write "
                f"{GENE_EXPRESSION} there if it is a gene"
            )
    return kinds


def _files(sources):
    if len(sources) == 1 and sources[0].path.is_dir():
        return find(sources[0].path)
    found = {source.role: source for source in sources}
    if set(found) != set(_ROLES) or len(sources) != len(_ROLES):
        roles = ", ".join(source.role for source in sources)
        raise DataError(
            f"{sources[0]}: files with the roles {roles}, expected a directory or one each of matrix, genes, cells"
        )
    return found


def find(folder, prefix=None):
    """Return role -> Source of the files in a folder; with `prefix` those of one sample among several."""
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(folder.iterdir()):
        match = None if is_litter(path.name) else _NAMED.fullmatch(path.name)
        if match and path.is_file():
            samples[match["prefix"]][match.lastgroup].append(path)
    with_matrix = [name for name, roles in samples.items() if "matrix" in roles]
    if prefix is None and len(with_matrix) > 1 and "" not in with_matrix:
        raise DataError(
            f"{folder}: {len(with_matrix)} samples ({', '.join(with_matrix[:4])}{', …' * (len(with_matrix) > 4)}), "
            f"expected one; name its matrix: data={samples[with_matrix[0]]['matrix'][0]}"
        )
    if prefix is None:
        prefix = "" if "" in with_matrix or not with_matrix else with_matrix[0]
    found = {}
    for role, names in _ROLES.items():
        there = samples[prefix][role]
        if len(there) != 1:
            shown = ", ".join(path.name for path in there) or "none"
            hint = _where_else(folder) if role == "matrix" and not there else ""
            raise DataError(f"{folder}: {shown} of {names} (also .gz, .bz2), expected one{hint}")
        found[role] = Source(there[0], role=role)
    return found


def _where_else(folder):
    """Return a hint on the matrix that a folder has none of, or an empty text."""
    below = sorted([*folder.glob("*/*matrix.mtx*"), *folder.glob("*/*/*matrix.mtx*")])
    below = [path.parent.relative_to(folder) for path in below if not is_litter(path.name)]
    if below:
        return f"; there is one in its folder {below[0]}"
    for path in sorted(folder.iterdir()):
        for name, way in _FOREIGN.items():
            if path.name in (name, f"{name}.gz"):
                return f"; found {path.name} of {way}"
    other = next((path.name for path in sorted(folder.glob("*.mtx*")) if not is_litter(path.name)), None)
    return f"; found {other}: call it matrix.mtx, and its lists features.tsv and barcodes.tsv" if other else ""


def columns(source):
    """Return the fields of each line, without quotes (R writes them)."""
    with opened(source) as stream:
        rows = []
        for number, line in lines(stream, source):
            rows.append([field.strip() for field in split(line, "\t", source, number)])
    while rows and not any(rows[-1]):  # blank lines at the end
        rows.pop()
    for number, row in enumerate(rows, start=1):
        if not row[0]:
            raise DataError(f"{source}: line {number} has no name, expected one name a line")
    numbered = all(len(row) > 1 and row[0] == str(number) for number, row in enumerate(rows, start=1))
    return [row[1:] for row in rows] if numbered else rows  # R's row names


def _coordinates(source, genes, cells, notes):
    n_genes, n_cells = len(genes), len(cells)
    with opened(source) as stream:
        rows = lines(stream, source)
        number, shape, entries = _head(rows, source)
        turned = shape == (n_cells, n_genes) and (n_cells != n_genes or "cells_x_genes" in source.path.name)
        if shape != (n_genes, n_cells) and not turned:
            raise DataError(_unequal(source, number, shape, genes, cells))
        if turned:
            notes.setdefault("said", []).append(
                f"the matrix is cells x genes ({n_cells} x {n_genes}), as kallisto|bustools writes it, and is read so"
            )
        parts = ([], [], [])
        count = 0
        while block := list(itertools.islice(rows, BLOCK)):
            found, rounded = _parse(block, source, *shape, "cell" if turned else "gene", "gene" if turned else "cell")
            for part, column in zip(parts, found, strict=True):
                part.append(column)
            count += len(parts[0][-1])
            if rounded:
                notes["rounded"] = notes.get("rounded", 0) + rounded
    if count != entries:
        raise DataError(f"{source}: {count} entries, expected {entries} as line {number} says: truncated?")
    at_genes, at_cells, values = (np.concatenate(part) if part else np.zeros(0, dtype=np.int32) for part in parts)
    if turned:
        at_genes, at_cells = at_cells, at_genes
    del parts
    matrix = scipy.sparse.coo_matrix((values, (at_cells, at_genes)), shape=(n_cells, n_genes), dtype=np.float32)
    del at_genes, at_cells, values
    matrix = matrix.tocsr()  # adds up what stands twice
    if matrix.nnz != count:
        raise DataError(
            f"{source}: {count - matrix.nnz} entries stand twice, expected one value for each gene and cell"
        )
    matrix.eliminate_zeros()
    return matrix


def _head(rows, source):
    """Return the number of the line with the size, (rows, columns) and the number of entries."""
    _, banner = next(rows, (1, ""))
    words = banner.lower().split()
    if words[:3] != ["%%matrixmarket", "matrix", "coordinate"] or len(words) != 5:
        raise DataError(f"{source}: line 1: found {banner[:60]!r}, expected %%MatrixMarket matrix coordinate …")
    if words[3] not in ("integer", "unsigned-integer", "real", "double") or words[4] != "general":
        raise DataError(f"{source}: line 1: found {words[3]} {words[4]}, expected integer or real, general")
    number, line = next(((n, text) for n, text in rows if text.strip() and not text.startswith("%")), (1, ""))
    size = line.split()
    if len(size) != 3 or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in size):
        raise DataError(f"{source}: line {number}: found {line[:40]!r}, expected genes, cells and entries")
    return number, (int(size[0]), int(size[1])), int(size[2])


def _unequal(source, number, shape, genes, cells):
    hint = ""
    for found, names, what in ((shape[0], genes, "genes"), (shape[1], [[cell] for cell in cells], "barcodes")):
        if len(names) == found + 1:
            hint = f": is the first line of the {what} ({names[0][0]!r}) a heading? remove it"
    return f"{source}: line {number}: {shape[0]} x {shape[1]}, expected {len(genes)} genes x {len(cells)} cells{hint}"


def _parse(block, source, n_rows, n_columns, row="gene", column="cell"):
    """Return rows and columns (int32, from 0) and values (float32) of numbered lines, and how many values were rounded.

    Blank lines may end them.
    """
    texts = [line for _, line in block]
    while texts and not texts[-1].strip():
        texts.pop()
    if not texts:
        return (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)), 0
    try:
        table = np.loadtxt(texts, dtype=np.float64, comments=None, ndmin=2)
        rows, columns = table[:, 0], table[:, 1]
        whole = (rows == np.rint(rows)).all() and (columns == np.rint(columns)).all()
        inside = rows.min() >= 1 and rows.max() <= n_rows and columns.min() >= 1 and columns.max() <= n_columns
        with np.errstate(over="ignore"):
            values = table[:, 2].astype(np.float32)
        if table.shape == (len(texts), 3) and whole and inside and np.isfinite(values).all():
            return ((rows - 1).astype(np.int32), (columns - 1).astype(np.int32), values), count_rounded(
                table[:, 2], values
            )
    except (ValueError, IndexError, OverflowError):
        pass
    for number, line in block:
        if not _is_entry(line.split(), n_rows, n_columns):
            raise DataError(
                f"{source}: line {number}: found {line[:60]!r}, expected a {row} of 1 to {n_rows}, "
                f"a {column} of 1 to {n_columns} and a number"
            )
    raise DataError(f"{source}: lines {block[0][0]} to {block[-1][0]} cannot be read as entries")


def _is_entry(fields, n_rows, n_columns):
    try:
        row, column = int(fields[0]), int(fields[1])
        with np.errstate(over="ignore"):
            value = np.float32(fields[2])
    except (ValueError, IndexError, OverflowError):
        return False
    return len(fields) == 3 and 1 <= row <= n_rows and 1 <= column <= n_columns and bool(np.isfinite(value))
