"""Panels of grouped bars over the number of measurements h: the form of Figures 2, 3, 4, S1, 6 and 7.

A bar is the mean over runs, its whisker the standard deviation (ddof 1), a dot one run. Controls are no bars: each is
a line across the group of bars that it is a reference for. A cell of the grid without a result leaves its gap, hatched.
"""

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepae.config import roles
from deepae.figures import panels, style, summary

GROUP = 0.84
"""Width of a group of bars; groups are one apart."""

_OUTLINE = [effects.withStroke(linewidth=2.0, foreground="white")]


@style.house
def draw(table, datasets, methods, metrics, variant=roles.PUBLISHED, heading="", measurements=None, average=False):
    """Draw panels of grouped bars.

    With one metric there is a panel for each data set, as square an array as can be; with several, a row for each data
    set and a column for each metric. See `deepae.figures.panels.compare` for the parameters.

    Returns
    -------
    matplotlib.figure.Figure
    """
    comparison = panels.compare(table, datasets, methods, metrics, variant, heading, measurements, average)
    if comparison.reason:
        return style.message(f"Nothing to draw: {comparison.reason}.", comparison.heading)
    narrow = len(comparison.measurements) * len(comparison.names) <= 24
    return panels.arrange(comparison, lambda axes, panel: paint(axes, panel, comparison), legend(comparison), narrow)


def paint(axes, panel, comparison):
    """Draw the bars and references of one panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        At its final place: the width of a bar on paper sets the size of its dots.
    panel : deepae.figures.panels.Panel
    comparison : deepae.figures.panels.Comparison
    """
    names, measurements, methods = comparison.names, comparison.measurements, comparison.methods
    width = GROUP / len(names)
    inches = axes.get_position().width * axes.figure.get_figwidth()
    points = 72 * inches * width / (len(measurements) + 0.1)
    for position, name in enumerate(names):
        xs = np.arange(len(measurements)) - GROUP / 2 + (position + 0.5) * width
        cells = [panel.cells.get((name, h), summary.Cell()) for h in measurements]
        _bars(axes, name, measurements, cells, xs, width, methods[name]["colour"], points)
        for h, x, cell in zip(measurements, xs, cells, strict=True):
            if cell.state != "ok":
                panels.gap(axes, x, width, cell.state)
            if cell.values and cell.mean > panel.top:
                panels.beyond(axes, x, panel.top, methods[name]["colour"], f"{name}:{h}")
    for name in comparison.controls:
        for group, h in enumerate(measurements):
            cell = panel.cells.get((name, h), summary.Cell())
            if cell.values:
                axes.plot(
                    [group - 0.47, group + 0.47],
                    [cell.mean] * 2,
                    color=methods[name]["colour"],
                    linestyle=style.line(methods[name]),
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
    if panel.bottom < 0:
        axes.axhline(0, color=style.INK, linewidth=0.6, zorder=3)


def _bars(axes, name, measurements, cells, xs, width, colour, points):
    """Draw means, standard deviations and runs of one method; one artist for all h, which is several times faster."""
    there = [(h, x, cell) for h, x, cell in zip(measurements, xs, cells, strict=True) if cell.values]
    if not there:
        return
    at, means = [x for _, x, _ in there], [cell.mean for _, _, cell in there]
    bars = axes.bar(at, means, width * 0.92, color=colour, linewidth=0, zorder=2)
    for bar, (h, _, _) in zip(bars, there, strict=True):
        bar.set_gid(f"bar:{name}:{h}")
    spread = [(x, cell.mean, cell.sd) for _, x, cell in there if len(cell.values) > 1]
    if spread:
        stroke = min(0.7, 0.16 * points)
        whisker = {"elinewidth": stroke, "capthick": stroke, "capsize": min(1.6, 0.22 * points)}
        drawn = axes.errorbar(*zip(*spread, strict=True), fmt="none", ecolor=style.INK, zorder=3, **whisker)
        drawn.lines[2][0].set_gid(f"sd:{name}")
    roomy = points >= 4.5  # an outlined dot on a narrow bar would be all outline
    axes.plot(
        np.concatenate([x + _beside(len(cell.values)) * width for _, x, cell in there]),
        np.concatenate([cell.values for _, _, cell in there]),
        linestyle="none",
        marker="o",
        markersize=min(2.2, max(1.0, 0.3 * points)),
        markerfacecolor="white" if roomy else style.INK,
        markeredgecolor=style.INK,
        markeredgewidth=0.4 if roomy else 0,
        zorder=5,
        gid=f"runs:{name}",
    )


def _beside(number):
    """Return where the dots of a bar stand, in widths of the bar from its middle."""
    return np.linspace(-0.26, 0.26, number) if number > 1 else np.zeros(1)


def legend(comparison):
    """Return the legend: bars, references that have a value, marks of gaps that occur."""
    methods = comparison.methods
    entries = [(Patch(facecolor=methods[name]["colour"]), methods[name]["label"]) for name in comparison.names]
    for name in comparison.controls_shown():
        artist = Line2D([], [], color=methods[name]["colour"], linestyle=style.line(methods[name]), linewidth=1.2)
        entries.append((artist, methods[name]["label"]))
    return entries + mark_entries(comparison)


def mark_entries(comparison):
    """Return the legend of the marks that occur: of gaps, and of means above their panel."""
    states = comparison.states()
    artists = {
        state: Line2D([], [], color=style.INK, marker=marker, linestyle="none", markersize=3.5)
        for state, (marker, _) in panels.GAPS.items()
        if state in states
    }
    entries = [(artist, comparison.gap_text(state)) for state, artist in artists.items()]
    if len({text for _, text in entries}) < len(entries):
        entries = entries[:1]
    if comparison.beyond():
        artist = Line2D([], [], color=style.FAINT, marker="^", linestyle="none", markersize=4)
        entries.append((artist, "above the axis, see the table"))
    return entries
