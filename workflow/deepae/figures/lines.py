"""Panels of lines over the number of measurements h: the form of Figures S5 and S6.

A marker is the mean over runs, its whisker the standard deviation (ddof 1), a dot one run. The steps of h stand at
equal distances, each in a band of its own, in which the methods stand beside each other. Controls are lines without
markers. Where a cell of the grid has no result the line is broken, and a mark says why.
"""

import numpy as np
from matplotlib.lines import Line2D

from deepae.config import roles
from deepae.figures import grouped_bars, panels, style, summary

MARKERS = "osDvPX*<>p"
"""A marker for each method, so that no line needs its colour; the upward triangle says "above the axis"."""

SPREAD = 0.5
"""Width over which the methods of one h are spread; steps of h are one apart."""

BAND = "#F0F0F0"
"""Behind every other step of h: what stands in one band was measured at one h."""


@style.house
def draw(table, datasets, methods, metrics, variant=roles.PUBLISHED, heading="", measurements=None):
    """Draw panels of lines; see `deepae.figures.panels.compare` for the parameters.

    Returns
    -------
    matplotlib.figure.Figure
    """
    comparison = panels.compare(table, datasets, methods, metrics, variant, heading, measurements, tight=True)
    if comparison.reason:
        return style.message(f"Nothing to draw: {comparison.reason}.", comparison.heading)
    return panels.arrange(comparison, lambda axes, panel: paint(axes, panel, comparison), legend(comparison), True)


def paint(axes, panel, comparison):
    """Draw the lines of one panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    panel : deepae.figures.panels.Panel
    comparison : deepae.figures.panels.Comparison
    """
    hs = comparison.measurements
    names = comparison.names
    steps = np.linspace(-SPREAD / 2, SPREAD / 2, len(names)) if len(names) > 1 else np.zeros(1)
    for name in comparison.controls:
        means = [panel.cells.get((name, h), summary.Cell()).mean for h in hs]
        if np.isfinite(means).any():
            axes.plot(
                range(len(hs)),
                means,
                color=comparison.methods[name]["colour"],
                linestyle=style.line(comparison.methods[name]),
                linewidth=1.1,
                marker="_" if np.isfinite(means).sum() == 1 else None,
                zorder=2,
                gid=f"reference:{name}",
            )
    for position, name in enumerate(names):
        colour = comparison.methods[name]["colour"]
        cells = [panel.cells.get((name, h), summary.Cell()) for h in hs]
        x = np.arange(len(hs)) + steps[position]
        axes.errorbar(
            x,
            [cell.mean for cell in cells],
            [cell.sd for cell in cells],
            color=colour,
            marker=MARKERS[position % len(MARKERS)],
            markersize=3.2,
            markeredgecolor="white",
            markeredgewidth=0.3,
            linewidth=0.9,
            elinewidth=0.7,
            capsize=1.2,
            capthick=0.6,
            zorder=4,
        ).lines[0].set_gid(f"line:{name}")
        there = [(at, cell) for at, cell in zip(x, cells, strict=True) if cell.values]
        axes.plot(
            [place for at, cell in there for place in at + np.linspace(-0.05, 0.05, len(cell.values))],
            [value for _, cell in there for value in cell.values],
            linestyle="none",
            marker="o",
            markersize=1.3,
            markerfacecolor=colour,
            markeredgewidth=0,
            zorder=3,
            gid=f"runs:{name}",
        )
        for at, h, cell in zip(x, hs, cells, strict=True):
            if cell.values and cell.mean > panel.top:
                panels.beyond(axes, at, panel.top, colour, f"{name}:{h}")
            if cell.state != "ok":
                panels.gap(axes, at, SPREAD / len(names), cell.state)
    for at in range(1, len(hs), 2):
        axes.axvspan(at - 0.5, at + 0.5, color=BAND, linewidth=0, zorder=0)
    axes.set_xlim(-0.5, len(hs) - 0.5)
    axes.set_xticks(range(len(hs)), [str(h) for h in hs])


def legend(comparison):
    """Return the legend: lines, references that have a value, marks of gaps that occur."""
    methods = comparison.methods
    entries = []
    for position, name in enumerate(comparison.names):
        marker = MARKERS[position % len(MARKERS)]
        artist = Line2D([], [], color=methods[name]["colour"], marker=marker, markersize=3.2, linewidth=0.9)
        entries.append((artist, methods[name]["label"]))
    for name in comparison.controls_shown():
        artist = Line2D([], [], color=methods[name]["colour"], linestyle=style.line(methods[name]), linewidth=1.2)
        entries.append((artist, methods[name]["label"]))
    return entries + grouped_bars.mark_entries(comparison)
