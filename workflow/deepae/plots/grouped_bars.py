"""Panels of grouped bars over the number of measurements h: the form of Figures 2, 3, 4, S1, 6 and 7.

A bar is the mean over runs, its whisker the standard deviation (ddof 1), a dot one run. Controls are no bars: each is
a line across the group of bars that it is a reference for. A cell of the grid without a result leaves its gap, hatched.
"""

import math
from dataclasses import dataclass

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from deepae.plots import roles, style, summary

GROUP = 0.84
"""Width of a group of bars; groups are one apart."""

GAPS = {
    "failed": ("x", "a run failed"),
    "undefined": ("_", "not defined (constant)"),
    "missing": ("|", "no result yet"),
}
"""Marker and legend of a bar that is not, or not wholly, there."""

BOUNDED = ("pcc", "spearman", "pcc_cell", "pcc_gene")
"""Metrics that end at 1."""

_OUTLINE = [effects.withStroke(linewidth=2.0, foreground="white")]


@dataclass
class Panel:
    """One panel: its title and its cells.

    Attributes
    ----------
    label, note : str
        Name of the data set, and what of it this is.
    metric : str
    cells : dict of (method, h) to deepae.plots.summary.Cell
    top, bottom : float
        Limits of the y axis.
    """

    label: str
    note: str
    metric: str
    cells: dict
    bottom: float = 0.0
    top: float = 1.0


def limits(cells, metric, zero=()):
    """Return the y limits of a panel: bars start at 0, correlations end at 1, errors above the highest value.

    Parameters
    ----------
    cells : iterable of deepae.plots.summary.Cell
        Of both variants of the figure, so that the two have the same axes.
    metric : str
    zero : iterable of deepae.plots.summary.Cell
        The control that predicts nothing. No error above 1.6 times its own sets the scale: a decoder that went astray
        would flatten all other bars. What is cut is marked (`bars`).

    Returns
    -------
    tuple of float
        Bottom, top.
    """
    values = [value for cell in cells for value in cell.values]
    ends = [cell.mean + cell.sd for cell in cells if len(cell.values) > 1]
    lowest = min([0.0, *values])
    if metric in BOUNDED:
        return max(-1.05, 1.1 * lowest), 1.02
    highest = max([0.0, *values, *ends])
    bounds = [1.6 * cell.mean for cell in zero if cell.values]
    if bounds:
        highest = min(highest, max(bounds))
    return 0.0, (1.06 * highest if highest > 0 else 1.0)


def gap(axes, x, width, state):
    """Mark the place of a bar whose runs are not all there: hatched, with the marker of its state."""
    marker, _ = GAPS[state]
    axes.add_patch(
        Rectangle(
            (x - width / 2, 0),
            width,
            1,
            transform=axes.get_xaxis_transform(),
            facecolor="none",
            edgecolor="#D0D0D0",
            hatch="//////",
            linewidth=0,
            zorder=0.5,
            gid=f"gap:{state}",
        )
    )
    axes.plot(
        [x],
        [0.05],
        transform=axes.get_xaxis_transform(),
        marker=marker,
        markersize=3.5,
        markeredgewidth=0.9,
        color=style.INK,
        linestyle="none",
        zorder=6,
        clip_on=False,
    )


def bars(axes, panel, names, controls, measurements, methods, points=8.0):
    """Draw one panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    panel : Panel
    names, controls : list of str
        Methods drawn as bars and as references.
    measurements : list of int
    methods : dict of str to dict
        ``label``, ``colour``.
    points : float
        Width of a bar on paper in points, which sets the size of its dots and whiskers.
    """
    width = GROUP / max(1, len(names))
    for position, name in enumerate(names):
        colour = methods[name]["colour"]
        for group, h in enumerate(measurements):
            cell = panel.cells.get((name, h), summary.Cell())
            x = group - GROUP / 2 + (position + 0.5) * width
            if cell.state != "ok":
                gap(axes, x, width, cell.state)
            if cell.values:
                _bar(axes, cell, x, width, colour, f"{name}:{h}", panel.top, points)
    for name in controls:
        for group, h in enumerate(measurements):
            cell = panel.cells.get((name, h), summary.Cell())
            if cell.values:
                axes.plot(
                    [group - 0.47, group + 0.47],
                    [cell.mean] * 2,
                    color=methods[name]["colour"],
                    linestyle=roles.line(name),
                    linewidth=1.1,
                    zorder=2.5,  # behind whiskers and dots
                    path_effects=_OUTLINE,
                    solid_capstyle="butt",
                    dash_capstyle="butt",
                    gid=f"reference:{name}:{h}",
                )
    axes.set_xlim(-0.55, len(measurements) - 0.45)
    axes.set_xticks(range(len(measurements)), [str(h) for h in measurements])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(panel.bottom, panel.top)
    if panel.bottom < 0:
        axes.axhline(0, color=style.INK, linewidth=0.6, zorder=3)


def _bar(axes, cell, x, width, colour, name, top, points):
    """Draw mean, standard deviation and runs of one cell."""
    axes.bar([x], [cell.mean], width * 0.92, color=colour, linewidth=0, zorder=2, gid=f"bar:{name}")
    if len(cell.values) > 1:
        stroke = min(0.7, 0.16 * points)
        whisker = {"elinewidth": stroke, "capthick": stroke, "capsize": min(1.6, 0.22 * points)}
        drawn = axes.errorbar([x], [cell.mean], [cell.sd], color=style.INK, zorder=3, **whisker)
        drawn.lines[2][0].set_gid(f"sd:{name}")
    spread = np.linspace(-0.26, 0.26, len(cell.values)) * width if len(cell.values) > 1 else np.zeros(1)
    axes.plot(
        x + spread,
        cell.values,
        linestyle="none",
        marker="o",
        markersize=min(2.2, max(1.0, 0.3 * points)),
        # An outlined dot needs some room; on a narrow bar it would be all outline.
        markerfacecolor="white" if points >= 4.5 else style.INK,
        markeredgecolor=style.INK,
        markeredgewidth=0.4 if points >= 4.5 else 0,
        zorder=5,
        gid=f"runs:{name}",
    )
    if cell.mean > top:
        power = 0 if cell.mean < 1e4 else math.floor(math.log10(cell.mean))
        text = f"{cell.mean:.3g}" if not power else f"{cell.mean / 10**power:.1f}e{power}"
        axes.annotate(
            f"↑{text}", (x, top), (0, -1), textcoords="offset points", rotation=90, ha="center", va="top",
            fontsize=6, color="white", zorder=7, gid=f"cut:{name}",
        )  # fmt: skip


@style.house
def draw(
    table, datasets, methods, metrics, variant=roles.PUBLISHED, heading="", measurements=None, average=False, note=""
):
    """Draw panels of grouped bars.

    With one metric there is a panel for each data set, as square an array as can be; with several, a row for each data
    set and a column for each metric.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``: the rows of one block of the grid.
    datasets : dict of str to dict
        The data sets drawn, in order: ``label``, ``note`` (what of it this is). One without rows gets a panel that says
        so.
    methods : dict of str to dict
        The methods drawn, in order: ``label``, ``colour``, ``protocol``. One without any row is left out.
    metrics : sequence of str
    variant : str
        ``published`` or ``corrected``: which baselines stand beside DeepAE.
    heading : str
        Written above the panels, with the variant.
    measurements : sequence of int, optional
        Default: those in the table.
    average : bool
        One panel a metric with the mean over data sets; a dot is then a data set.
    note : str
        Below the heading.

    Returns
    -------
    matplotlib.figure.Figure
    """
    present = set(table["method"])
    names = [name for name in roles.compared(methods, variant) if name in present]
    heading = f"{heading} · {roles.VARIANTS[variant]}" if heading else roles.VARIANTS[variant]
    table = table[table["dataset"].isin(list(datasets))]
    if table.empty or not names:
        reason = "no data set of its kind in this grid" if not datasets else "no results for this figure yet"
        if not table.empty:
            reason = f"no method to draw ({roles.VARIANTS[variant]})"
        return style.message(f"Nothing to draw: {reason}.", heading)
    controls = [name for name in roles.references(methods) if name in present]
    measurements = sorted({int(h) for h in table["measurements"]} if measurements is None else set(measurements))
    panels = _panels(table, datasets, methods, metrics, average)
    if average or len(metrics) > 1:
        columns = len(metrics)
    else:
        columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    return _arrange(panels, columns, names, controls, measurements, methods, heading, note)


def _panels(table, datasets, methods, metrics, average):
    """Return the panels in reading order, with the limits that both variants share."""
    normalizations = list(dict.fromkeys(table["normalization"]))
    where = [(dataset, normalization) for dataset in datasets for normalization in normalizations]
    where = [place for place in where if len(normalizations) == 1 or _has(table, place)]
    found = {metric: summary.cells(table, metric) for metric in metrics}
    panels = []
    if average:
        label = f"mean over {len(where)} data sets" if len(where) > 1 else datasets[where[0][0]]["label"]
        note = "; ".join(_named(datasets[dataset]) for dataset, _ in where) if len(where) > 1 else ""
        for metric in metrics:
            panels.append(Panel(label, note, metric, summary.over_datasets(found[metric], where)))
    else:
        for place in where:
            label = datasets[place[0]]["label"]
            if len(normalizations) > 1:
                label += f", {style.NORMALIZATIONS.get(place[1], place[1])}"
            for metric in metrics:
                cells = {key[2:]: cell for key, cell in found[metric].items() if key[:2] == place}
                panels.append(Panel(label, datasets[place[0]].get("note") or "", metric, cells))
    for panel in panels:
        shown = [cell for (name, _), cell in panel.cells.items() if name in methods]
        zero = [cell for (name, _), cell in panel.cells.items() if name == "zero"]
        panel.bottom, panel.top = limits(shown, panel.metric, zero)
    if not average:
        # Correlations of all data sets are read against each other: one bottom for all.
        for metric in set(BOUNDED) & set(metrics):
            bottom = min(panel.bottom for panel in panels if panel.metric == metric)
            for panel in panels:
                if panel.metric == metric:
                    panel.bottom = bottom
    return panels


def _has(table, place):
    """Return whether the table has rows of a data set and normalisation."""
    return bool(((table["dataset"] == place[0]) & (table["normalization"] == place[1])).any())


def _named(info):
    """Return the name of a data set with its note in brackets."""
    return f"{info['label']} ({info['note']})" if info.get("note") else info["label"]


def _arrange(panels, columns, names, controls, measurements, methods, heading, note):
    """Lay the panels out on a page: sizes in inches, counted from what each line of text needs."""
    bars_a_panel = len(measurements) * len(names)
    single = columns == 1 and bars_a_panel <= 24
    width = style.ONE_COLUMN if single else style.TWO_COLUMNS
    left, right, between = 0.46, 0.06, 0.44
    panel_width = (width - left - right - (columns - 1) * between) / columns
    panel_height = 1.9 if columns == 1 else min(1.7, max(1.15, 0.62 * panel_width))
    rows = math.ceil(len(panels) / columns)
    notes = [style.wrap(panel.note, panel_width) for panel in panels]
    several = len({panel.metric for panel in panels}) > 1
    if several:
        # The note of a data set stands once, above the first of its metrics, and may run over the row.
        full = width - left - right
        notes = [style.wrap(panel.note, full) if i % columns == 0 else [] for i, panel in enumerate(panels)]
    head_lines = style.wrap(heading, width - 0.12, 7.5)
    note_lines = style.wrap(note, width - 0.12)
    head = 0.05 + 0.14 * len(head_lines) + 0.11 * len(note_lines) + 0.05
    titles = [
        max(style.title_height(notes[i]) for i in range(row * columns, min(len(panels), (row + 1) * columns)))
        for row in range(rows)
    ]
    # Only where no panel follows below does the x axis have its label.
    feet = [0.36 if (row + 2) * columns > len(panels) else 0.22 for row in range(rows)]
    figure = style.new(width, 4)
    shown = {name for panel in panels for (name, _), cell in panel.cells.items() if cell.values}
    bottom = style.legend(figure, _entries(panels, names, controls, measurements, methods, shown), width)
    height = head + sum(titles) + rows * panel_height + sum(feet) + bottom
    figure.set_size_inches(width, height)
    figure.text(0.06 / width, 1 - 0.05 / height, "\n".join(head_lines), va="top", fontsize=7.5, gid="heading")
    if note_lines:
        y = 1 - (0.07 + 0.14 * len(head_lines)) / height
        figure.text(0.06 / width, y, "\n".join(note_lines), va="top", fontsize=6, gid="note")
    y = height - head
    for row in range(rows):
        y -= titles[row] + panel_height
        for column in range(columns):
            index = row * columns + column
            if index >= len(panels):
                break
            panel = panels[index]
            x = left + column * (panel_width + between)
            axes = figure.add_axes([x / width, y / height, panel_width / width, panel_height / height])
            _panel(axes, panel, names, controls, measurements, methods)
            label = panel.label if not several or column == 0 else ""
            style.title(axes, index if len(panels) > 1 else None, label, notes[index])
            if column == 0 or several:
                axes.set_ylabel(style.METRICS.get(panel.metric, panel.metric), labelpad=2)
            if index + columns >= len(panels):
                axes.set_xlabel("measurements h", labelpad=2)
        y -= feet[row]
    return figure


def _panel(axes, panel, names, controls, measurements, methods):
    """Draw one panel, or say in it that there is nothing to draw."""
    axes.set_gid(f"panel:{panel.label}:{panel.metric}")
    if not panel.cells:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no results", transform=axes.transAxes, ha="center", va="center", color=style.FAINT)
        return
    inches = axes.get_position().width * axes.figure.get_figwidth()
    points = 72 * inches * GROUP / (len(measurements) + 0.1) / len(names)
    bars(axes, panel, names, controls, measurements, methods, points)
    style.scientific(axes, panel.top)
    axes.grid(axis="y", color="#EBEBEB", linewidth=0.5)


def _entries(panels, names, controls, measurements, methods, shown):
    """Return the legend: bars, references that have a value, what dots and whiskers are, marks that occur."""
    entries = [(Patch(facecolor=methods[name]["colour"]), methods[name]["label"]) for name in names]
    for name in controls:
        if name in shown:
            artist = Line2D([], [], color=methods[name]["colour"], linestyle=roles.line(name), linewidth=1.2)
            entries.append((artist, methods[name]["label"]))
    wanted = [(name, h) for name in names for h in measurements]
    states = {panel.cells.get(key, summary.Cell()).state for panel in panels if panel.cells for key in wanted}
    for state, (marker, text) in GAPS.items():
        if state in states:
            artist = Line2D([], [], color=style.INK, marker=marker, linestyle="none", markersize=3.5)
            entries.append((artist, text))
    return entries
