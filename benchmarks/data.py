"""Data sets of the catalogue for the benchmarks, with their split under a seed."""

import functools
from pathlib import Path

from deepae.config import catalogue
from deepae.data.cells import Cells
from deepae.data.ingest import ingest
from deepae.data.split import split_cells

ROOT = Path(__file__).resolve().parents[1]


@functools.cache
def entries():
    """Return the catalogue of the project."""
    return catalogue.from_source(catalogue.load(ROOT / "config/datasets.yaml"))


@functools.cache
def dataset(name):
    """Return a bundled data set as ingested."""
    return ingest(entries()[name], name=name, root=ROOT)


def split(name, normalization, seed):
    """Return training and test cells."""
    data = dataset(name)
    return tuple(Cells(data.matrix, rows, normalization, name, seed) for rows in split_cells(data.n_cells, seed))
