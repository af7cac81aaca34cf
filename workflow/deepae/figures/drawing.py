"""From the files of a rule to the files of a comparison figure."""

import json

import pandas as pd

from deepae.analysis.runs import read_metrics
from deepae.config import roles
from deepae.figures import style

NO_ROWS = ["dataset", "normalization", "method", "measurements", "seed", "status", "reason", "pcc", "em", "mae"]


def comparison(draw, table, datasets, methods, published, corrected, measurements=None):
    """Draw a comparison figure and its companion, baselines with unit-norm decoding.

    Parameters
    ----------
    draw : callable
        ``draw`` of a figure's module.
    table : path or None
        A block's table; None if no block of the grid is for this figure, which the picture then says.
    datasets, methods : str
        JSON: id to ``label``, ``note``; name to ``label``, ``colour``, ``protocol``.
    published, corrected : sequence of path
        Files to write.
    measurements : sequence of int, optional
    """
    frame = rows(table)
    datasets, methods = json.loads(datasets), json.loads(methods)
    for variant, paths in ((roles.PUBLISHED, published), (roles.CORRECTED, corrected)):
        style.save(draw(frame, datasets, methods, variant, measurements), paths)


def rows(table):
    """Return a block's rows; an empty frame if there is no table."""
    return pd.DataFrame(columns=NO_ROWS) if table is None else read_metrics(table)
