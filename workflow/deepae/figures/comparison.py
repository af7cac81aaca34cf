"""Figures 2, 3, 4, 6, 7, S1, S5 and S6: methods compared on one block of the grid.

What each shows is its entry in `deepae.config.outputs.FIGURES`; `bars`, `average` and `lines` are its painters.
"""

import pandas as pd

from deepae.analysis.runs import read_metrics
from deepae.config import roles
from deepae.config.outputs import FIGURES, heading
from deepae.config.vocabulary import KINDS
from deepae.figures import by_method, grouped_bars, lines, style

NO_ROWS = ["dataset", "normalization", "method", "measurements", "seed", "status", "reason", "pcc", "em", "mae"]


def make(name, table, datasets, methods, paper, companion, measurements=None):
    """Draw a comparison figure in the paper's layout, and its companion with a row for each method.

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
    style.save(draw(name, frame, datasets, methods, measurements=measurements), paper)
    style.save(draw(name, frame, datasets, methods, None, measurements), companion)


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
        Methods drawn, in order: ``label``, ``colour``, ``protocol``, ``role``, and ``iterations`` of full training.
    variant : str or None
        Decoding of the baselines, ``published`` or ``corrected``, in the paper's layout; None: the companion.
    measurements : sequence of int, optional
        Default: those in the table.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = FIGURES[name]
    normalizations = list(dict.fromkeys(table["normalization"])) if len(table) else []
    values = style.NORMALIZATIONS.get(normalizations[0], "") if len(normalizations) == 1 else ""
    given = {"heading": style.DOT.join(filter(None, (heading(name), values))), "measurements": measurements}
    given |= {"kind": KINDS.get(figure.kind, "")}
    form = figure.painter.partition(":")[2]
    painter, companion = PAINTERS[form]
    if form == "average":
        given["average"] = True
    if variant is None:
        return companion(table, datasets, methods, list(figure.metrics), **given)
    return painter(table, datasets, methods, list(figure.metrics), variant, **given)


def both_lines(*arguments, **given):
    """Draw lines of the baselines with both decodings."""
    return lines.draw(*arguments, variant=None, **given)


PAINTERS = {
    "bars": (grouped_bars.draw, by_method.draw),
    "average": (grouped_bars.draw, by_method.draw),
    "lines": (lines.draw, both_lines),
}
"""For each painter of the registry: the paper's layout, and the companion."""
