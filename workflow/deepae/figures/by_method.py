"""The companion of a comparison figure: a row for each method, so that what happens can be read off.

A baseline as published is an open circle, joined to the filled one of the same dictionary with unit-norm decoding;
other methods are filled. Dots are runs (seeds); where data sets are averaged, marks are data sets. Controls and
ceilings are vertical lines with their names above. What lies beyond the axis is printed at the arrow.
"""

import numpy as np
from matplotlib.lines import Line2D

from deepae.config import roles
from deepae.config.vocabulary import METRICS
from deepae.figures import grouped_bars, panels, style

PITCH = 0.155
"""Height of a row in inches."""
LETTER = 0.054
"""Width of a letter of a row's label in inches."""
SIDE = ("axes fraction", "data")
"""Places at a side of a panel, at the height of a row."""
WORDS = {"undefined": "not defined", "failed": "failed", "missing": "no result"}


@style.house
def draw(comparison):
    """Draw rows of methods: lay out the panels, labels and legend of a `deepae.figures.panels.Comparison`.

    With one metric a row of panels is a data set and a column an h; with several, a row of panels is a data set and h,
    and a column a metric.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, grid = rows_of(comparison), _grid(comparison)
    columns = max(map(len, grid))
    labels = [comparison.methods[row[0] or row[1]]["label"] for row in rows]
    left = 0.14 + LETTER * max(map(len, labels))
    width, right, between = style.TWO_COLUMNS, 0.12, 0.14
    column = min(2.9, (width - left - right - (columns - 1) * between) / columns)
    width = max(style.ONE_COLUMN, left + right + columns * column + (columns - 1) * between)
    head = panels.head_of(comparison, width)
    names = {
        (line, place): _levels(comparison, *cell, column)
        for line, cells in enumerate(grid)
        for place, cell in enumerate(cells)
    }
    tops = [
        0.2 + 0.105 * max(1 + max(names[line, place].values(), default=-1) for place in range(len(cells)))
        for line, cells in enumerate(grid)
    ]
    several = len(comparison.metrics) > 1
    titles = [style.wrap(_line_title(*cells[0], several), width - 0.3, 7) for cells in grid]
    tall, foot = PITCH * len(rows), 0.3
    figure = style.new(width, 4)
    bottom = style.legend(figure, legend(comparison), width)
    heights = [0.12 * len(title) + top + tall + foot for title, top in zip(titles, tops, strict=True)]
    height = panels.head_height(*head) + sum(heights) + bottom
    figure.set_size_inches(width, height)
    panels.write_head(figure, *head)
    y = height - panels.head_height(*head)
    for line, cells in enumerate(grid):
        style.write(figure, 0.06, y - 0.02, "\n".join(titles[line]), va="top", fontsize=7, gid="row-title")
        y -= heights[line] - foot
        for place, (panel, h) in enumerate(cells):
            x = left + place * (column + between)
            axes = style.inches(figure, x, y, column, tall, gid=f"panel:{line}:{place}")
            _paint(axes, panel, h, comparison, rows, names[line, place])
            style.rows(axes, labels, place == 0)
            title = METRICS[panel.metric].title if several else f"h = {h}"
            above = (0, 72 * tops[line] - 10)
            style.note(axes, title, (0, 1), above, size=7, ha="left", va="baseline", gid="panel-title")
            power = style.scientific(axes.xaxis, panel.top, 4)
            axes.set_xlabel(METRICS[panel.metric].label + power, labelpad=1)
        y -= foot
    return figure


def rows_of(comparison):
    """Return the rows: (method as published or on its own, the same with unit-norm decoding or None)."""
    methods, names = comparison.methods, comparison.names
    twin = {methods[name]["base"]: name for name in roles.having(methods, "unit-norm") if name in names}
    rows = [(name, twin.get(name)) for name in names if methods[name]["role"] != "unit-norm"]
    alone = [name for name in names if methods[name]["role"] == "unit-norm" and methods[name]["base"] not in names]
    return rows + [(None, name) for name in alone]


def _grid(comparison):
    """Return the lines of panels: (panel, h) each."""
    if len(comparison.metrics) == 1:
        return [[(panel, h) for h in comparison.measurements] for panel in comparison.panels]
    step = len(comparison.metrics)
    groups = [comparison.panels[start : start + step] for start in range(0, len(comparison.panels), step)]
    return [[(panel, h) for panel in group] for group in groups for h in comparison.measurements]


def _line_title(panel, h, several):
    return style.joined(panel.label, panel.note, f"h = {h}" if several else "")


def _levels(comparison, panel, h, column):
    """Return for each control with a value how many names stand below its own, so that no two meet."""
    low, high = panel.bottom, panel.top
    there = [(panel.of(name, h).mean, name) for name in comparison.controls if panel.of(name, h).values]
    ends, levels = [], {}
    for value, name in sorted(there):
        if not low <= value <= high:
            continue
        half = 0.5 * 0.052 * len(comparison.methods[name]["label"]) + 0.03  # inches at 6 points
        x = column * (value - low) / (high - low)
        x = min(max(x, half), column - half)
        level = next((number for number, end in enumerate(ends) if end <= x - half), len(ends))
        ends[level : level + 1] = [x + half]
        levels[name] = level
    return levels


def _paint(axes, panel, h, comparison, rows, levels):
    """Draw one panel: controls as lines, a row for each method."""
    methods = comparison.methods
    axes.set_xlim(panel.bottom, panel.top)
    for y in range(len(rows)):
        axes.axhline(y, color="#EBEBEB", linewidth=0.5, zorder=0)
    for name, level in levels.items():
        look, value = style.line(methods[name]), panel.of(name, h).mean
        axes.axvline(value, linewidth=0.9, zorder=1, gid=f"reference:{name}:{h}", **look)
        _name(axes, value, level, methods[name]["label"], look["color"])
    for y, row in enumerate(rows):
        _row(axes, y, panel, h, comparison, row)


def _name(axes, value, level, label, colour):
    """Write the name of a control above its line, inside the width of the panel."""
    low, high = axes.get_xlim()
    share = (value - low) / (high - low)
    half = (0.5 * 0.052 * len(label) + 0.02) / (axes.get_position().width * axes.figure.get_figwidth())
    share = min(max(share, half), 1 - half) if half < 0.5 else 0.5
    look = {"ha": "center", "va": "baseline", "color": colour, "gid": "control-name"}
    style.note(axes, label, (share, 1), (0, 2 + 7.5 * level), **look)


def _row(axes, y, panel, h, comparison, row):
    """Draw the one or two methods of a row and the line that joins them."""
    published, other = (panel.of(name, h) if name else None for name in row)
    ends = [one.mean for one in (published, other) if one and one.values]
    colour = comparison.methods[row[0] or row[1]]["colour"]
    if len(ends) == 2 and not comparison.few:
        look = {"color": colour, "linewidth": 1.3, "zorder": 2, "gid": f"joined:{row[0]}:{h}"}
        axes.plot(np.clip(ends, panel.bottom, panel.top), [y, y], **look)
    if comparison.few and published and other:
        _join_data_sets(axes, y, published, other, row[0], h, colour)
    words = []
    for name, runs in zip(row, (published, other), strict=True):
        if name is None:
            continue
        open_ = comparison.methods[name]["role"] == "published"
        if comparison.few:
            _data_sets(axes, y, runs, name, h, colour, open_)
        elif runs.values:
            _mean(axes, y, panel, runs, name, h, colour, open_)
        if runs.state != "ok":
            kind = {"published": "published: ", "unit-norm": "unit-norm: "}.get(comparison.methods[name]["role"], "")
            kind = "" if published and other and published.state == other.state else kind
            words.append(kind + (comparison.gap_text(runs.state) if comparison.average else WORDS[runs.state]))
        elif runs.short:
            words.append("training shortened")
    if words:
        _say(axes, y, "; ".join(dict.fromkeys(words)), ends, f"gap:{row[0] or row[1]}")


def _say(axes, y, text, ends, name):
    """Write why a row lacks something, on the side of the panel where its marks are not."""
    low, high = axes.get_xlim()
    right = bool(ends) and min(ends) < (low + high) / 2
    at, shift, ha = ((1.0, y), (-3, 0), "right") if right else ((0.0, y), (3, 0), "left")
    look = {"va": "center", "color": style.INK, "zorder": 3, "bbox": panels.BEHIND, "gid": name}
    style.note(axes, text, at, shift, SIDE, ha=ha, **look)


def _mean(axes, y, panel, runs, name, h, colour, open_):
    """Draw the mean of some runs and a dot for each; beyond the axis an arrow with the value."""
    inside = [value for value in runs.values if panel.bottom <= value <= panel.top]
    face = "white" if open_ else colour
    where = {"zorder": 4, "gid": f"runs:{name}:{h}"}
    style.marks(axes, inside, [y + 0.27] * len(inside), 1.7, face, colour, 0.4, **where)
    if runs.mean > panel.top:
        _arrow(axes, y, runs.mean, colour, f"{name}:{h}")
        return
    look = {"facecolor": "white" if runs.short else face, "edgecolor": colour, "linewidth": 0.9}
    mark = axes.scatter([runs.mean], [y], s=20, marker="o", zorder=5, gid=f"mean:{name}:{h}", **look)
    if runs.short:
        mark.set_hatch(grouped_bars.SHORT)


def _steps(runs):
    """Return how far from the middle of its row each data set stands."""
    return {number: 0.0 if len(runs.sources) == 1 else 0.13 * (-1) ** number for number in runs.sources}


def _join_data_sets(axes, y, published, other, name, h, colour):
    """Join the two decodings of each data set."""
    ends = dict(zip(published.sources, published.values, strict=True))
    for number, value in zip(other.sources, other.values, strict=True):
        if number in ends:
            at = [y + _steps(other)[number]] * 2
            look = {"color": colour, "linewidth": 0.8, "zorder": 2, "gid": f"joined:{name}:{h}:{number}"}
            axes.plot([ends[number], value], at, **look)


def _data_sets(axes, y, runs, name, h, colour, open_):
    """Draw the means of data sets, a mark each."""
    for number, value in zip(runs.sources, runs.values, strict=True):
        mark = grouped_bars.DATASETS[number % len(grouped_bars.DATASETS)]
        look = {"facecolor": "white" if open_ else colour, "edgecolor": colour, "linewidth": 0.8}
        place = [value], [y + _steps(runs)[number]]
        axes.scatter(*place, s=14, marker=mark, zorder=5, gid=f"point:{name}:{h}:{number}", **look)


def _arrow(axes, y, value, colour, name):
    """Mark a mean right of the panel: an arrow at its edge and the value beside it."""
    mark = {"marker": ">", "zorder": 6, "clip_on": False, "gid": f"beyond:{name}"}
    style.marks(axes, [axes.get_xlim()[1]], [y], 3.6, colour, style.INK, 0.4, **mark)
    look = {"ha": "right", "va": "center", "zorder": 6, "bbox": panels.BEHIND, "gid": f"beyond-value:{name}"}
    style.note(axes, style.short_number(value), (1, y), (-5, 0), SIDE, **look)


def legend(comparison):
    """Return the legend: open and filled circles, dots, data sets, shortened networks, arrows."""
    present = {comparison.methods[name]["role"] for name in comparison.names}
    look = {"linestyle": "none", "color": style.INK, "markersize": 4.2, "markeredgewidth": 0.9}
    entries = []
    if "published" in present:
        entries.append((Line2D([], [], marker="o", markerfacecolor="white", **look), "baseline as published"))
    if "unit-norm" in present:
        entries.append((Line2D([], [], marker="o", **look), "same dictionary, unit-norm decoding"))
    if comparison.few:
        for number, label in enumerate(comparison.averaged):
            mark = grouped_bars.DATASETS[number % len(grouped_bars.DATASETS)]
            entries.append((Line2D([], [], linestyle="none", marker=mark, color=style.FAINT, markersize=4), label))
    else:
        text = "one data set" if comparison.average else "one run"
        entries.append((Line2D([], [], linestyle="none", marker="o", color=style.INK, markersize=1.7), text))
    if comparison.controls_shown():
        entries.append((Line2D([], [], color=style.INK, linewidth=0.9), "control or ceiling, named above"))
    return entries + [entry for entry in grouped_bars.mark_entries(comparison) if "shortened" in entry[1]]
