"""Readers: one function a layout, from files to a `Table` of cells x genes."""

import importlib

from deepae.data.readers.table import Source, Table
from deepae.errors import ConfigError

__all__ = ["LAYOUTS", "Source", "Table", "read"]

LAYOUTS = {
    "genes-by-cells": ("delimited", "genes_by_cells"),
    "cells-by-genes": ("delimited", "cells_by_genes"),
    "series-matrix": ("series_matrix", "series_matrix"),
    "fcs": ("fcs", "fcs"),
    "matrix-market": ("matrix_market", "matrix_market"),
    "h5ad": ("h5ad", "h5ad"),
    "10x-h5": ("h5ad", "tenx_h5"),
}


def read(sources, layout, **options):
    """Read the files of a data set.

    Parameters
    ----------
    sources : list of Source
        In the order in which they are bound.
    layout : str
        A key of `LAYOUTS`.
    **options
        Of that reader; see workflow/schemas/datasets.schema.yaml.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        One line: file, line and column, what was found, what was expected.
    """
    if layout not in LAYOUTS:
        raise ConfigError(f"reader: unknown layout {layout!r}, expected one of {', '.join(LAYOUTS)}")
    module, function = LAYOUTS[layout]
    reader = getattr(importlib.import_module(f"deepae.data.readers.{module}"), function)
    return reader(sources, **options)
