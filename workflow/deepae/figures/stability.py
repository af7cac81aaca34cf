"""Stability of the key dimensions over seeds: every pair of seeds, beside what chance and an untrained network give."""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from deepae.figures import style
from deepae.interpretation.stability import QUANTITIES

NULLS = {"random": "random sets", "expression-matched": "expression-matched sets", "untrained": "untrained network"}
MARKS = {"random": "o", "expression-matched": "s", "untrained": "D"}
AXES = {
    "jaccard-top": "matched Jaccard",
    "jaccard-top-bottom": "matched Jaccard",
    "jaccard-either-sign": "matched Jaccard",
    "angles-encoder": "mean cosine",
    "angles-codes": "mean cosine",
    "cka-codes": "CKA",
}
TITLES = {
    "jaccard-top": "key genes: top with top",
    "jaccard-top-bottom": "key genes: top with bottom",
    "jaccard-either-sign": "key genes: either sign",
    "angles-encoder": "encoders: principal angles",
    "angles-codes": "codes: principal angles",
    "cka-codes": "codes: linear CKA",
}


def group_label(kept):
    """Return the label of a kept model: data set, normalisation, and what is shortened or a subset."""
    parts = (kept["label"], style.NORMALIZATIONS[kept["normalization"]], kept["method_label"], kept["note"])
    return ", ".join(part for part in parts if part)


@style.house
def draw(groups):
    """Draw a panel for each quantity: pairs of seeds as dots, each null as its median and central 95 %.

    Parameters
    ----------
    groups : sequence of (str, pandas.DataFrame, str)
        Label, rows of ``stability.tsv`` and colour of each trained network. Groups stand side by side in each panel
        under a number that the lines below the panels explain.

    Returns
    -------
    matplotlib.figure.Figure
    """
    full = [group for group in groups if len(group[1])]
    if not full:
        return style.message("Stability compares seeds: no network was trained with two seeds or more.")
    columns = 3 if len(full) <= 2 else 2 if len(full) <= 4 else 1
    rows = math.ceil(len(QUANTITIES) / columns)
    width, panel_height, title, ticks = style.TWO_COLUMNS, 1.25, 0.3, 0.25
    lines = [text for number, group in enumerate(full, start=1) for text in style.wrap(f"{number}  {group[0]}", width)]
    empty = [label for label, table, _ in groups if not len(table)]
    lines += [text for label in empty for text in style.wrap(f"not shown: {label} (fewer than two seeds)", width)]
    notes = 0.12 * len(lines) + 0.1
    entries = [(Line2D([], [], marker="o", linestyle="", markersize=3.5, color=full[0][2]), "a pair of seeds")]
    entries += [
        (
            Line2D([], [], marker=MARKS[source], markersize=4, color=style.INK, markerfacecolor="white", linewidth=0.8),
            label,
        )
        for source, label in NULLS.items()
    ]
    height = rows * (panel_height + title + ticks) + notes + 0.3
    figure = style.new(width, height)
    style.legend(figure, entries, width)
    for row, text in enumerate(lines):
        at = ((0.1) / width, (0.3 + notes - 0.12 * (row + 1)) / height)
        figure.text(*at, text, fontsize=6, va="baseline", gid="group-note")
    left, gap = 0.55, 0.55
    panel_width = (width - left - 0.08 - (columns - 1) * gap) / columns
    for index, quantity in enumerate(QUANTITIES):
        row, column = divmod(index, columns)
        x, y = left + column * (panel_width + gap), height - (row + 1) * (panel_height + title + ticks) + ticks
        axes = figure.add_axes((x / width, y / height, panel_width / width, panel_height / height))
        for number, (_, table, colour) in enumerate(full, start=1):
            _group(axes, number, table[table["quantity"] == quantity], colour)
        axes.set(xlim=(0.45, len(full) + 0.55), xticks=range(1, len(full) + 1), ylabel=AXES[quantity])
        largest = max(
            float(
                np.nanmax(table.loc[table["quantity"] == quantity, ["value", "high"]].to_numpy(dtype=float), initial=0)
            )
            for _, table, _ in full
        )
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.set_ylim(0, 1.03 if largest > 0.5 else max(0.05, largest * 1.15))
        style.title(axes, index, TITLES[quantity])
    return figure


def _group(axes, number, rows, colour):
    """Draw the pairs of seeds left of the group's place, and the nulls that apply right of it."""
    observed = rows.loc[rows["source"] == "observed", "value"].to_numpy(dtype=float)
    spread = np.linspace(-0.1, 0.1, len(observed)) if len(observed) > 1 else np.zeros(len(observed))
    axes.scatter(number - 0.25 + spread, observed, s=10, color=colour, linewidths=0, zorder=3, gid="pairs")
    for place, source in enumerate(NULLS):
        null = rows[rows["source"] == source]
        if len(null):
            value, low, high = (float(null[name].iloc[0]) for name in ("value", "low", "high"))
            axes.errorbar(
                number + 0.05 + 0.15 * place,
                value,
                [[value - low], [high - value]],
                fmt=MARKS[source],
                color=style.INK,
                markerfacecolor="white",
                markersize=3.5,
                capsize=2,
                elinewidth=0.8,
                markeredgewidth=0.8,
                gid=f"null-{source}",
            )
