"""Figures 2, 3, 4, 6, 7, S1, S5 and S6: methods compared on one block of the grid.

What each shows is its entry in `deepae.config.outputs.FIGURES`; `bars`, `average` and `lines` are its painters.
"""

import pandas as pd

from deepae.analysis.runs import read_metrics
from deepae.config import roles
from deepae.config.outputs import FIGURES, title
from deepae.figures import grouped_bars, lines, style

NO_ROWS = ["dataset", "normalization", "method", "measurements", "seed", "status", "reason", "pcc", "em", "mae"]
SUBJECTS = {"figure-6": "array data sets", "figure-7": "mass cytometry", "figure-s5": ""}


def make(name, table, datasets, methods, paper, companion, measurements=None):
    """Draw a comparison figure and its companion.

    Parameters
    ----------
    name : str
        As in the registry of figures.
    table : path or None
        A block's table; None if no block of the grid is for this figure, which the picture then says.
    datasets, methods : dict of str to dict
        As `draw`.
    paper, companion : sequence of path
        Files to write.
    measurements : sequence of int, optional
    """
    frame = rows(table)
    for variant, paths in ((roles.PUBLISHED, paper), (roles.CORRECTED, companion)):
        style.save(draw(name, frame, datasets, methods, variant, measurements), paths)


def rows(table):
    """Return a block's rows; an empty frame if there is no table."""
    return pd.DataFrame(columns=NO_ROWS) if table is None else read_metrics(table)


def draw(name, table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw a comparison figure.

    Parameters
    ----------
    name : str
        As in the registry of figures.
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets : dict of str to dict
        Data sets drawn, in order: ``label``, ``note``.
    methods : dict of str to dict
        Methods drawn, in order: ``label``, ``colour``, ``protocol``, ``role``.
    variant : str
        ``published`` or ``corrected``: decoder of the baselines.
    measurements : sequence of int, optional
        Default: those in the table.

    Returns
    -------
    matplotlib.figure.Figure
    """
    metrics = list(FIGURES[name].metrics)
    heading = style.heading(title(name), SUBJECTS.get(name, metrics[0]), table)
    painter = FIGURES[name].painter.partition(":")[2]
    return PAINTERS[painter](table, datasets, methods, metrics, variant, heading, measurements)


def average(*arguments):
    """Draw bars whose runs are the means of data sets."""
    return grouped_bars.draw(*arguments, average=True)


PAINTERS = {"bars": grouped_bars.draw, "average": average, "lines": lines.draw}
