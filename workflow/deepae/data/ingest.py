"""From the files of a catalogue entry to the stored data set: read, check, label, name the genes, note the source."""

import collections
import re
from pathlib import Path

import numpy as np

from deepae.config import catalogue
from deepae.config.vocabulary import ORGANISMS
from deepae.data import gene_check, gene_ids, readers
from deepae.data.backed import summary
from deepae.data.readers.heading import split
from deepae.data.readers.streams import lines, opened
from deepae.data.store import Dataset
from deepae.errors import DataError
from deepae.io.files import sha256

MANY_GENES, LEAST_FOUND = 1000, 10  # genes of a whole transcriptome; those that a cell has at least
LEAST_CELLS = 6  # five train, one test


def ingest(entry, files=None, name="data", root="."):
    """Read a data set.

    Parameters
    ----------
    entry : dict
        Of the catalogue; its keys are described in workflow/schemas/datasets.schema.yaml.
    files : list of path, optional
        Where the entry's files lie, in its order; by default where the catalogue says, below `root`.
    name : str
        Id of the data set.
    root : path
        Of the project, for the tables of genes and for files that are not given.

    Returns
    -------
    Dataset
        Cells x genes, float32, not normalised.

    Raises
    ------
    DataError
        One line naming the file, what was found and what was expected.
    """
    files = [Path(path) for path in files] if files is not None else catalogue.paths(entry, root)
    if len(files) != len(entry["files"]):
        raise DataError(f"{name}: {len(files)} files given, expected {len(entry['files'])} as in the catalogue")
    checked = [_check_file(path, file, name, entry, root) for path, file in zip(files, entry["files"], strict=True)]
    sources = [
        readers.Source(path, member, file.get("role", "matrix"))
        for path, file in zip(files, entry["files"], strict=True)
        for member in file.get("members", [None])
    ]
    matrix_sources = [source for source in sources if source.role != "labels"]
    table = readers.read(matrix_sources, **entry["reader"])
    species = _species(table, entry, name, matrix_sources[0])
    labels = _labels(table, entry, sources)
    table, labels, notes = _select(table, labels, entry, matrix_sources[0])
    surprises = _check_shape(table, entry, name, matrix_sources[0])
    if species != entry.get("species"):
        surprises.append(f"organism {species}, where the catalogue has {entry['species']} for {name}: the file decides")
    organism, undescribed = entry.get("organism"), entry["gene_id_type"] == "auto"
    said = surprises + table.notes.pop("said", []) + notes.pop("said", [])
    if undescribed:
        table.genes, cleaned = gene_check.clean(table.genes, organism, matrix_sources[0])
        said += cleaned
    columns, report = gene_ids.map_genes(table.genes, entry["gene_id_type"], organism, root)
    if undescribed:
        layout = entry["reader"]["layout"]
        said += gene_check.check(table, report, columns, organism, matrix_sources[0], layout, root)
        said += gene_check.describe(report)
    if table.notes.get("rounded"):
        said.append(f"{table.notes['rounded']} whole numbers above {2**24} are rounded to seven digits (float32)")
    values = summary(table.matrix)
    if not values["nonzero"]:
        raise DataError(f"{matrix_sources[0]}: all values are zero, expected counts or intensities")
    said += _droplets(table) if undescribed else []
    symbols = columns.pop("symbol")
    if entry["gene_id_type"] == "channel" and "marker" in table.var:
        symbols = np.array(table.var["marker"], dtype=object)
    var = {key: values for key, values in columns.items()}
    var |= {f"annotation_{key}": np.array(values, dtype=object) for key, values in table.var.items()}
    provenance = {
        key: entry[key]
        for key in ("accession", "species", "organism", "kind", "journal", "unit", "note", "subset_of")
        if key in entry
    }
    if species:
        provenance["species"] = species
    provenance |= {
        "complete": entry["complete"],
        "files": checked,
        "reader": entry["reader"],
        "notes": table.notes | notes | ({"said": said} if said else {}),
        "gene_ids": report,
        "shape": {"genes": len(table.genes), "cells": len(table.cells)},
        "values": values,
    }
    if labels is not None:
        provenance["labels"] = dict(sorted(collections.Counter(labels.tolist()).items()))
    return Dataset(
        name=name,
        matrix=table.matrix,
        cells=np.array(table.cells, dtype=object),
        genes=np.array(table.genes, dtype=object),
        symbols=symbols,
        labels=labels,
        provenance=provenance,
        var=var,
    )


def _check_file(path, file, name, entry, root):
    """Return name, size and checksum of a file, compared with the catalogue."""
    if not path.exists():
        if "manual" in entry and "url" not in file:
            raise DataError(catalogue.manual_message(name, entry, root))
        raise DataError(f"{name}: {path}: no such file; expected it to be fetched (snakemake fetch) or put there")
    if path.is_dir():
        return {"name": file["name"]}
    found = {"name": file["name"], "bytes": path.stat().st_size, "sha256": sha256(path)}
    for key in ("bytes", "sha256"):
        if key in file and file[key] != found[key]:
            raise DataError(f"{path}: {key} {found[key]}, expected {file[key]}: not the file of the catalogue")
    return found | ({"members": file["members"]} if "members" in file else {})


def _species(table, entry, name, source):
    """The species of the data: of an array what its series matrix says, of any other what the catalogue says."""
    found, expected = table.notes.get("organism"), entry.get("species")
    if not found or not expected or any(_is_of(name, expected) for name in found):
        return expected
    if entry["kind"] == "array":
        return ", ".join(found)
    known = [key for key, organism in ORGANISMS.items() if any(_is_of(one, organism.species) for one in found)]
    hint = f" If not: organism={known[0]}" if known else ""
    raise DataError(f"{source}: organism {', '.join(found)}, expected {expected} for {name}: another series?{hint}")


def _is_of(name, species):
    """Tell whether an organism of GEO is a species, or a strain or subspecies of it (… cerevisiae S288C)."""
    return f"{name} ".casefold().startswith(f"{species} ".casefold())


def _labels(table, entry, sources):
    """Return one label a cell as an array of str, or None."""
    how = entry.get("labels")
    if how is None:
        return None
    if how["from"] == "cell-names":
        labels = []
        for cell in table.cells:
            match = re.search(how["pattern"], cell)
            if not match:
                raise DataError(f"{sources[0]}: cell {cell!r} has no label, expected {how['pattern']} in its name")
            labels.append(match[1].lower() if how.get("lower") else match[1])
    elif how["from"] == "column":
        if how["column"] not in table.obs:
            known = ", ".join(table.obs) or "none"
            raise DataError(f"{sources[0]}: no column {how['column']!r} for the labels, found {known}")
        labels = table.obs[how["column"]]
    else:
        labels = _labels_of_file(
            table.cells, how, next((source for source in sources if source.role == "labels"), None)
        )
    return np.array(labels, dtype=object)


def _labels_of_file(cells, how, source):
    if source is None:
        raise DataError("labels: from a file, but the entry has no file with role labels")
    with opened(source) as stream:
        rows = lines(stream, source)
        _, first = next(rows)
        mark = "\t" if "\t" in first else ","
        header = split(first, mark, source, 1)
        for column in (how["cells"], how["column"]):
            if column not in header:
                raise DataError(f"{source}: no column {column!r}, found {', '.join(header)}")
        cell_column, label_column = header.index(how["cells"]), header.index(how["column"])
        labels = {}
        for number, line in rows:
            fields = split(line, mark, source, number)
            if len(fields) != len(header):
                raise DataError(f"{source}: line {number} has {len(fields)} fields, expected {len(header)}")
            if fields[cell_column] in labels:
                raise DataError(f"{source}: line {number}: cell {fields[cell_column]!r} occurs twice")
            labels[fields[cell_column]] = fields[label_column]
    missing = [cell for cell in cells if cell not in labels]
    if missing:
        raise DataError(f"{source}: no label for {len(missing)} cells, the first {missing[0]!r}; expected one for each")
    return [labels[cell] for cell in cells]


def _select(table, labels, entry, source):
    """Apply keep_cells, drop_genes and sample; return the table, the labels and what was left out."""
    notes = {}
    cells = np.arange(len(table.cells))
    genes = np.arange(len(table.genes))
    if "keep_cells" in entry:
        cells = np.array([i for i in cells if re.search(entry["keep_cells"], table.cells[i])], dtype=int)
        notes["cells_dropped"] = len(table.cells) - len(cells)
    if "drop_genes" in entry:
        genes = np.array([i for i in genes if not re.search(entry["drop_genes"], table.genes[i])], dtype=int)
        notes["genes_dropped"] = len(table.genes) - len(genes)
    sums = gene_check.summary_rows(table.genes) if entry["gene_id_type"] == "auto" else []
    if sums:
        genes = np.setdiff1d(genes, sums)
        notes["said"] = [f"{len(sums)} summary rows such as {table.genes[sums[0]]} are no genes and left out"]
    if "sample" in entry:
        events_are_genes = entry["reader"].get("orientation") == "channels-as-samples"
        kept = genes if events_are_genes else cells
        wanted = entry["sample"]["cells"]
        if wanted > len(kept):
            raise DataError(f"{source}: {len(kept)} cells, expected at least the {wanted} of `sample`")
        drawn = np.random.RandomState(entry["sample"]["seed"]).choice(len(kept), wanted, replace=False)
        kept = kept[np.sort(drawn)]
        notes["sampled"] = {"of": len(table.genes if events_are_genes else table.cells), **entry["sample"]}
        genes, cells = (kept, cells) if events_are_genes else (genes, kept)
    if len(cells) < len(table.cells) or len(genes) < len(table.genes):
        matrix = table.matrix[cells] if len(cells) < len(table.cells) else table.matrix
        table = readers.Table(
            matrix[:, genes],
            [table.genes[i] for i in genes],
            [table.cells[i] for i in cells],
            {key: [values[i] for i in genes] for key, values in table.var.items()},
            {key: [values[i] for i in cells] for key, values in table.obs.items()},
            table.notes,
        )
        labels = None if labels is None else labels[cells]
    return table, labels, notes


def _check_shape(table, entry, name, source):
    """Refuse a shape that is surely wrong; return lines on one that differs from what nobody has verified."""
    genes, cells = len(table.genes), len(table.cells)
    surprises = [line for line in [compare_shape(genes, cells, entry, name, source)] if line]
    what = ("events", "channels") if entry["gene_id_type"] == "channel" else ("cells", "genes")
    if cells < LEAST_CELLS:
        raise DataError(f"{source}: {cells} {what[0]}, expected at least {LEAST_CELLS}: five to train and one to test")
    if genes < 1:
        raise DataError(f"{source}: no {what[1]}, expected at least one")
    return surprises


def _droplets(table):
    """Return a line if half of the cells have next to nothing in them, as in the unfiltered output of Cell Ranger."""
    cells, genes = table.matrix.shape
    if genes < MANY_GENES or np.median(np.diff(table.matrix.indptr)) >= LEAST_FOUND:
        return []
    return [
        f"half of the {cells} cells have values in fewer than {LEAST_FOUND} of {genes} genes: droplets without a cell? "
        "Of Cell Ranger or STARsolo give the filtered matrix"
    ]


def compare_shape(genes, cells, entry, name, source):
    """Return a line on a shape that is not the catalogue's, "" if it is.

    Raises `DataError` if the catalogue is sure of its own and no one waived it (`accept_shape`).
    """
    expected = entry.get("expected")
    if not expected or (genes, cells) == (expected["genes"], expected["cells"]):
        return ""
    shapes = f"{genes} genes x {cells} cells, expected {expected['genes']} x {expected['cells']} for {name}"
    if entry.get("accept_shape"):
        return f"{shapes}: taken because of accept_shape"
    if (cells, genes) == (expected["genes"], expected["cells"]):
        raise DataError(f"{source}: {shapes}: the matrix is transposed (see the layout of the reader)")
    status = expected.get("status", "V")
    status = status if isinstance(status, dict) else {"genes": status, "cells": status}
    wrong = [key for key, found in (("genes", genes), ("cells", cells)) if found != expected[key]]
    if any(status[key] != "U" for key in wrong):
        raise DataError(f"{source}: {shapes}; accept_shape takes it as it is")
    return f"{shapes}, which is the paper's word alone: taken as it is"
