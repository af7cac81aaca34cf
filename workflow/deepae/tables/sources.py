"""What tables are made from: rows of a block, t-tests, or the ingested data sets."""

from pathlib import Path

from deepae.analysis.runs import by_job, read_metrics
from deepae.data import store
from deepae.io.tables import read_tsv


def read(needs, paths, params):
    """Return what a table is made from, and what is known of its data sets.

    Parameters
    ----------
    needs : {"block", "cells", "tests", "data"}
        As `deepae.config.outputs.Table`.
    paths : sequence of path
        The block's table (with ``cells`` then the ``.cells.npz`` of its jobs), the t-tests, or the ingested data sets.
    params : object
        With ``datasets``, ``entries``, ``jobs``, ``methods``, ``normalization``.
    """
    if needs == "cells":
        return (read_metrics(paths[0], params.methods), by_job(params.jobs, paths[1:])), params.datasets
    if needs == "block":
        return read_metrics(paths[0], params.methods), params.datasets
    if needs == "tests":
        tests = read_tsv(paths[0], empty_is_nan=False)
        chosen = tests["normalization"].eq(params.normalization) & tests["dataset"].isin(list(params.datasets))
        chosen &= tests["method"].isin(list(params.methods)) & tests["reference"].isin(list(params.methods))
        return tests[chosen], params.datasets
    return {Path(path).stem: _found(store.read(path)) for path in paths}, params.entries


def _found(dataset):
    """Return size and share of values that are not zero of an ingested data set."""
    share = dataset.matrix.count_nonzero() / (dataset.n_cells * dataset.n_genes)
    return {"genes": dataset.n_genes, "cells": dataset.n_cells, "nonzero": share}
