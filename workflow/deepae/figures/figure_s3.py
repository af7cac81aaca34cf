"""Figure S3: the first 30 GO terms of every key dimension, how many key genes each has, and its adjusted P."""

import math

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize

from deepae.figures import style

TERMS = 30
ROW = 0.125
"""Height of a bar in inches."""
TITLE, AXIS, GAP = 0.17, 0.28, 0.14
"""Heights in inches: the line above a panel, the axis below its bars, the space after it."""
NAMES, BARS = 1.95, 1.18
"""Widths in inches of the terms' names and of the bars."""
LABEL = 40
"""Letters of a term's name; longer ones lose words in the middle."""
COLOURS = LinearSegmentedColormap.from_list("p", ["#CFE1F2", "#4A90C4", "#08306B"])


def first(tables, background="measured", terms=TERMS):
    """Return the rows to draw of each dimension: those of one background with the lowest adjusted P.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        dimension-<k>.go.tsv, in order.
    background : str
    terms : int

    Returns
    -------
    list of pandas.DataFrame
    """
    chosen = []
    for table in tables:
        rows = table[table["background"] == background]
        rows = rows.sort_values(["p_adjusted", "p", "genes_in_query", "term_id"], ascending=[True, True, False, True])
        chosen.append(rows.head(terms).reset_index(drop=True))
    return chosen


def reason(row):
    """Return why a dimension has no terms, from its row of summary.tsv."""
    if row["reason"]:
        return row["reason"]
    lowest = f"the lowest is {row['lowest_p_adjusted']:.2g}, {shorten(row['lowest_term'], 44)}"
    return f"no term at adjusted P <= 0.01; {lowest}"


def shorten(name, letters=LABEL):
    """Return a term's name in at most so many letters: the fewest words are left out, never the first or the last."""
    if len(name) <= letters:
        return name
    words = name.split()
    cuts = [
        f"{' '.join(words[:start])} … {' '.join(words[end:])}"
        for start in range(1, len(words))
        for end in range(start + 1, len(words))
    ]
    fitting = [cut for cut in cuts if len(cut) <= letters]
    return max(fitting, key=len) if fitting else f"{name[: letters - 1]}…"


@style.house
def draw(sections):
    """Draw one panel of bars for each dimension of each data set, going down the left column and then the right.

    Parameters
    ----------
    sections : list of dict
        `label`, `note`; `tables`, from `first`; `counts`, the enriched terms of each dimension; `reasons`, why a
        dimension has none; `control`, the 95 % quantile of control sets or NaN.

    Returns
    -------
    matplotlib.figure.Figure
        Bars are the key genes in a term, their colour and the number at their end its adjusted P.
    """
    width = style.TWO_COLUMNS
    each = width / 2
    lowest = [table["p_adjusted"].min() for section in sections for table in section["tables"] if len(table)]
    limit = min(max(-math.log10(max(min(lowest), 1e-300)), 3.0), 30.0) if lowest else 3.0
    norm = Normalize(2.0, limit)
    plan, height = [], 0.62
    for section in sections:
        heights = [_height(section, index, each) for index in range(len(section["tables"]))]
        cut = min(range(len(heights) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
        plan.append((section, heights, cut))
        height += 0.3 + max(sum(heights[:cut]), sum(heights[cut:]))
    figure = style.new(width, height)
    at = {"va": "top", "gid": "heading", "fontsize": 8}
    figure.text(0.06 / width, 1 - 0.06 / height, "Figure S3 · GO biological processes of the key genes", **at)
    if lowest:
        _colour_bar(figure, norm, width, height)
    y = height - 0.5
    for section, heights, cut in plan:
        name = " · ".join(part for part in (section["label"], section.get("note", "")) if part)
        figure.text(0.06 / width, y / height, name, va="top", fontsize=7, gid="section", parse_math=False)
        tops = [y - 0.22, y - 0.22]
        for index, tall in enumerate(heights):
            column = int(index >= cut)
            bars = max(len(section["tables"][index]), 1) * ROW
            left, bottom = 0.06 + column * each + NAMES, tops[column] - TITLE - bars
            axes = figure.add_axes([left / width, bottom / height, BARS / width, bars / height])
            _panel(axes, section, index, norm, each)
            tops[column] -= tall
        y = min(tops) - 0.08
    return figure


def _height(section, index, width):
    """Return the height of a panel in inches, with what stands above and below it."""
    bars = len(section["tables"][index]) * ROW
    return TITLE + (bars + AXIS if bars else 0.1 * len(_why(section, index, width))) + GAP


def _why(section, index, width):
    """Return the lines that say why a dimension has no terms."""
    return style.wrap(section["reasons"][index] or "no term at adjusted P <= 0.01", width - 0.15, 6.2)


def _colour_bar(figure, norm, width, height):
    axes = figure.add_axes([(width - 1.7) / width, (height - 0.16) / height, 1.5 / width, 0.08 / height])
    bar = figure.colorbar(ScalarMappable(norm, COLOURS), cax=axes, orientation="horizontal")
    bar.set_label("−log10 adjusted P", fontsize=6.5, labelpad=1)
    bar.ax.tick_params(labelsize=6, length=2, pad=1)
    bar.outline.set_linewidth(0.4)


def _panel(axes, section, index, norm, width):
    table, found = section["tables"][index], section["counts"][index]
    shown = f"first {len(table)} of {found} terms" if found > len(table) else f"{found} term{'s' * (found != 1)}"
    control = section["control"][index]
    beside = "" if np.isnan(control) else f"; 95 % of relabelled: at most {control:.0f}"
    at = {"xycoords": "axes fraction", "textcoords": "offset points"}
    title = {"fontsize": 6.5, "fontweight": "bold", "gid": "panel-title"}
    axes.annotate(f"dimension {index + 1} · {shown}{beside}", (0, 1), (-NAMES * 72, 3), **at, **title)
    axes.spines["left"].set_visible(len(table) > 0)
    if table.empty:
        axes.set_axis_off()
        lines = "\n".join(_why(section, index, width))
        message = {"va": "top", "fontsize": 6.2, "gid": "message", "parse_math": False}
        axes.annotate(lines, (0, 1), (-NAMES * 72, -1), **at, **message)
        return
    p = -np.log10(np.maximum(table["p_adjusted"].to_numpy(dtype=float), 1e-300))
    places = np.arange(len(table))
    axes.barh(places, table["genes_in_query"], height=0.78, color=COLOURS(norm(p)), gid="bars")
    for place, (count, value) in enumerate(zip(table["genes_in_query"], table["p_adjusted"], strict=True)):
        axes.annotate(f"{value:.0e}", (count, place), (2, 0), textcoords="offset points", va="center", fontsize=6)
    axes.set_yticks(places, [shorten(name) for name in table["term"]], fontsize=6, parse_math=False)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0, table["genes_in_query"].max() * 1.3)
    axes.set_xlabel("key genes in the term", fontsize=6.5, labelpad=1)
    axes.locator_params(axis="x", nbins=4, integer=True)
