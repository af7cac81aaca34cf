"""Stability of the key dimensions over seeds, as a forest plot: pairs of seeds beside what chance gives."""

import math

import numpy as np
from matplotlib.lines import Line2D

from deepae.config.vocabulary import NORMALIZATIONS
from deepae.figures import style
from deepae.interpretation.stability import LEFT_OUT, QUANTITIES

TITLE = "Stability · do the key dimensions return under another seed?"
SOURCES = {
    "random": ("random sets of genes", "o"),
    "expression-matched": ("sets of the same expression", "s"),
    "untrained": ("untrained networks", "D"),
    "labels": ("the cells' labels alone", "v"),
}
"""What stands below the pairs of seeds, from top to bottom: median and central 95 %."""
FAMILIES = [
    ("key genes, Jaccard index", ["jaccard-top", "jaccard-top-bottom", "jaccard-either-sign"]),
    ("encoders, principal angles", ["angles-encoder"]),
    ("codes of test cells", ["angles-codes", *LEFT_OUT]),
]
LINE = 0.085
"""Height in inches of one line of marks."""


def group_label(model):
    """Return the label of a saved model: data set, normalisation, and what is shortened or a subset."""
    parts = (model["label"], NORMALIZATIONS[model["normalization"]].label, model["method_label"], model["note"])
    return ", ".join(part for part in parts if part)


@style.house
def draw(groups):
    """Draw a panel for each network, a row for each quantity: pairs of seeds as dots, each null as an interval.

    Parameters
    ----------
    groups : sequence of (str, pandas.DataFrame, str)
        Label, rows of ``stability.tsv`` and colour of each trained network.

    Returns
    -------
    matplotlib.figure.Figure
    """
    full = [group for group in groups if len(group[1])]
    if not full:
        return style.message("Stability compares seeds: no network was trained with two seeds or more.")
    columns = min(3, len(full))
    rows = math.ceil(len(full) / columns)
    places, ticks, span = _layout(full)
    width, left, right, gap = style.TWO_COLUMNS, 1.75, 0.12, 0.2
    panel_width = (width - left - right - (columns - 1) * gap) / columns
    labels = [style.wrap(label, panel_width) for label, _, _ in full]
    empty = [label for label, table, _ in groups if not len(table)]
    notes = [text for label in empty for text in style.wrap(f"not shown: {label} (fewer than two seeds)", width - 0.2)]
    tall, above = span * LINE, 0.1 + 0.12 * max(map(len, labels))
    figure = style.new(width, 4)
    foot = style.legend(figure, _entries(full), width) + 0.12 * len(notes) + 0.08
    height = 0.3 + rows * (above + tall + 0.36) + foot
    figure.set_size_inches(width, height)
    style.head(figure, TITLE, size=8)
    for number, text in enumerate(notes):
        style.write(figure, 0.1, foot - 0.12 * (number + 1), text, fontsize=6, gid="group-note")
    for index, ((_, table, colour), lines) in enumerate(zip(full, labels, strict=True)):
        row, column = divmod(index, columns)
        x = left + column * (panel_width + gap)
        y = height - 0.3 - (row + 1) * (above + tall) - row * 0.36
        axes = style.inches(figure, x, y, panel_width, tall)
        style.note(axes, "\n".join(lines), (0, 1), (0, 3), va="bottom", gid="panel-title")
        for quantity, place in places.items():
            _row(axes, place, table[table["quantity"] == quantity], colour)
        axes.set(xlim=(-0.02, 1.02), ylim=(span, 0))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        axes.grid(axis="x", color="#EBEBEB", linewidth=0.5)
        axes.set_xlabel("similarity (1: the same)", labelpad=2)
        axes.set_yticks([])
        if column == 0:
            for place, text, bold in ticks:
                at, ha, weight = ((-left * 72 + 5, 0), "left", "bold") if bold else ((-4, 0), "right", "normal")
                look = {"ha": ha, "va": "center", "fontweight": weight, "gid": "row"}
                style.note(axes, text, (0, place), at, ("axes fraction", "data"), 6.2, **look)
    figure.found = found(full)
    return figure


def found(groups):
    """Say in words how similar two seeds are in key genes and codes, and what the nulls give."""
    parts = []
    for label, table, _ in groups:
        said = []
        for quantity, name in (("jaccard-top", "key genes (Jaccard)"), *((key, QUANTITIES[key]) for key in LEFT_OUT)):
            rows = table[table["quantity"] == quantity]
            seen = rows.loc[rows["source"] == "observed", "value"].mean()
            null = rows.loc[rows["source"].isin(["expression-matched", "untrained"]), "high"].max()
            if np.isfinite(seen) and np.isfinite(null):
                said.append(f"{name} {seen:.3f} (nulls up to {null:.3f})")
        parts.append(f"{label}: {', '.join(said)}")
    return "Mean over pairs of seeds. " + "; ".join(parts) + "."


def _layout(groups):
    """Return the first line of each quantity, the texts of the axis (line, text, bold) and the number of lines."""
    places, ticks, line = {}, [], 0.3
    for family, quantities in FAMILIES:
        ticks.append((line + 0.5, family, True))
        line += 1.5
        for quantity in quantities:
            used = {source for _, table, _ in groups for source in table.loc[table["quantity"] == quantity, "source"]}
            places[quantity] = line
            ticks.append((line + 0.5, QUANTITIES[quantity], False))
            line += max(1, len(used)) + 0.8
        line += 0.3
    return places, ticks, line


def _entries(groups):
    """Return the legend: artists and texts of what any group has."""
    entries = [(Line2D([], [], marker="o", linestyle="", markersize=3.5, color=groups[0][2]), "a pair of seeds")]
    used = {source for _, table, _ in groups for source in table["source"]}
    for source, (label, mark) in SOURCES.items():
        if source in used:
            look = {"marker": mark, "markersize": 3.5, "markerfacecolor": "white", "markeredgewidth": 0.8}
            entries.append((Line2D([], [], color=style.INK, linewidth=0.8, **look), label))
    return entries


def _row(axes, place, rows, colour):
    """Draw the pairs of seeds on the first line and each null that applies on a line below it."""
    observed = rows.loc[rows["source"] == "observed", "value"].to_numpy(dtype=float)
    if np.isfinite(observed).any():
        line = np.full(len(observed), place + 0.5)
        axes.scatter(observed, line, s=12, color=colour, alpha=0.75, linewidths=0, zorder=3, gid="pairs")
        axes.plot([np.nanmean(observed)] * 2, [place + 0.1, place + 0.9], color=colour, linewidth=1.2, zorder=4)
    for source, (_, mark) in SOURCES.items():
        null = rows[rows["source"] == source]
        if len(null) and np.isfinite(null["value"].iloc[0]):
            place += 1
            value, low, high = (float(null[name].iloc[0]) for name in ("value", "low", "high"))
            axes.errorbar(
                value, place + 0.5, xerr=[[value - low], [high - value]], fmt=mark, color=style.INK,
                markerfacecolor="white", markersize=3, elinewidth=0.8, markeredgewidth=0.7, gid=f"null-{source}",
            )  # fmt: skip
