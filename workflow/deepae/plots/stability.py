"""Stability of the key dimensions over seeds: every pair of seeds, beside what chance and an untrained network give."""

import math

import numpy as np

from deepae.interpretation.stability import QUANTITIES
from deepae.plots import style

NULLS = {"random": "random sets", "expression-matched": "matched sets", "untrained": "untrained network"}
COLUMNS = 3


@style.house
def draw(table, heading="", colour="#D55E00"):
    """Draw a panel for each quantity: pairs of seeds as dots, nulls as median and central 95 %.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of ``stability.tsv`` of one method, normalisation and number of measurements.
    heading : str
    colour : str
        Of the method.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not len(table):
        return style.message("Stability compares seeds: fewer than two were trained.", heading)
    shown = [name for name in QUANTITIES if (table["quantity"] == name).any()]
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    width, panel_height = style.TWO_COLUMNS, 1.35
    top, title, below = 0.2 if heading else 0, 0.3, 0.6
    height = top + rows * (panel_height + title + below)
    figure = style.new(width, height)
    if heading:
        figure.text(0.06 / width, 1 - 0.06 / height, heading, ha="left", va="top", fontsize=8, gid="heading")
    left, gap = 0.45, 0.45
    panel_width = (width - left - 0.08 - (columns - 1) * gap) / columns
    for index, quantity in enumerate(shown):
        row, column = divmod(index, columns)
        x, y = left + column * (panel_width + gap), height - top - (row + 1) * (panel_height + title + below) + below
        axes = figure.add_axes((x / width, y / height, panel_width / width, panel_height / height))
        _panel(axes, table[table["quantity"] == quantity], colour)
        style.title(axes, index, QUANTITIES[quantity])
    return figure


def _panel(axes, rows, colour):
    observed = rows.loc[rows["source"] == "observed", "value"].to_numpy(dtype=float)
    spread = np.linspace(-0.22, 0.22, len(observed)) if len(observed) > 1 else np.zeros(1)
    axes.scatter(spread, observed, s=11, color=colour, linewidths=0, zorder=3, gid="pairs")
    ticks = [f"{len(observed)} pairs\nof seeds" if len(observed) > 1 else "1 pair\nof seeds"]
    for place, (source, label) in enumerate(NULLS.items(), start=1):
        null = rows[rows["source"] == source]
        ticks.append(label.replace(" ", "\n"))
        if not len(null):
            axes.annotate(
                "does not\napply", (place, 0), (0, 3), textcoords="offset points", ha="center", va="bottom",
                fontsize=6, color=style.FAINT,
            )  # fmt: skip
            continue
        value, low, high = (float(null[name].iloc[0]) for name in ("value", "low", "high"))
        axes.errorbar(
            place, value, [[value - low], [high - value]], fmt="_", color=style.INK, markersize=9, capsize=2.5,
            elinewidth=0.8, gid=f"null-{source}",
        )  # fmt: skip
    axes.set(xlim=(-0.6, len(NULLS) + 0.6), xticks=range(len(ticks)))
    axes.set_xticklabels(ticks, fontsize=6)
    largest = float(np.nanmax(rows[["value", "high"]].to_numpy(dtype=float), initial=0))
    axes.set_ylim(0, 1.02 if largest > 0.5 else max(0.1, largest * 1.15))
