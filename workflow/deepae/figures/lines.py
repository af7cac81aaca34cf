"""Panels of lines over the number of measurements h: the layout of Figures S5 and S6.

A marker is the mean over runs at its h, on a logarithmic axis; its whisker is the standard deviation (ddof 1), a dot
one run. Controls are lines without markers, through their values at the same h. Networks that were stopped early are
dotted and have open markers. Where runs are missing the line is broken, and a mark says why.
"""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from deepae.figures import grouped_bars, panels, style

MARKERS = "osDvPX*<>p"
"""A marker for each method, so that no line needs its colour; the upward triangle says "above the axis"."""


@style.house
def draw(comparison):
    """Draw panels of lines of a `deepae.figures.panels.Comparison`.

    Without a variant the baselines are drawn twice in their colour and marker: as published, dashed with open markers,
    and with unit-norm decoding, solid with filled ones.

    Returns
    -------
    matplotlib.figure.Figure
    """
    present = {comparison.methods[name]["role"] for name in comparison.names}
    if comparison.variant is None and "published" in present:
        note = "Baselines: dashed and open as published, solid and filled with unit-norm decoding"
        spread = [_spread(panel) for panel in comparison.panels if panel.metric not in panels.BOUNDED]
        comparison.notes.insert(0, note + ("; errors on a logarithmic scale" if any(spread) else ""))
    return panels.arrange(comparison, lambda axes, panel: paint(axes, panel, comparison), legend(comparison), True)


def _spread(panel):
    """Give a panel a logarithmic axis if a mean lies far above the others; return whether it has one."""
    means = [one.mean for one in panel.runs.values() if one.values and one.mean > 0]
    panel.log = bool(means) and max(means) > panel.top
    if panel.log:
        panel.bottom, panel.top = 0.8 * min(means), 1.25 * max(means)
    return panel.log


def paint(axes, panel, comparison):
    """Draw the lines of one panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    panel : deepae.figures.panels.Panel
    comparison : deepae.figures.panels.Comparison
    """
    hs = comparison.measurements
    for name in comparison.controls:
        means = [panel.of(name, h).mean for h in hs]
        if np.isfinite(means).any():
            look = style.line(comparison.methods[name]) | {"linewidth": 1.0, "zorder": 2, "gid": f"reference:{name}"}
            axes.plot(hs, means, marker="_" if np.isfinite(means).sum() == 1 else None, **look)
    for name in comparison.names:
        _line(axes, panel, comparison, name)
    axes.set_xscale("log")
    margin = 1.25 if len(hs) > 1 else 2.0
    axes.set_xlim(hs[0] / margin, hs[-1] * margin)
    axes.xaxis.set_major_locator(FixedLocator(hs))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _line(axes, panel, comparison, name):
    """Draw means, standard deviations and runs of one method."""
    hs, colour = comparison.measurements, comparison.methods[name]["colour"]
    runs = [panel.of(name, h) for h in hs]
    look = _look(comparison, name, any(one.short for one in runs))
    look |= {"color": colour, "elinewidth": 0.7, "capsize": 1.2, "capthick": 0.6, "zorder": 4}
    drawn = axes.errorbar(hs, [one.mean for one in runs], [one.sd for one in runs], **look)
    drawn.lines[0].set_gid(f"line:{name}")
    dots = [(h, value) for h, one in zip(hs, runs, strict=True) for value in one.values]
    style.marks(axes, [h for h, _ in dots], [value for _, value in dots], 1.3, colour, zorder=3, gid=f"runs:{name}")
    for h, one in zip(hs, runs, strict=True):
        if one.values and one.mean > panel.top:
            panels.beyond(axes, h, panel.top, one.mean, colour, f"{name}:{h}")
        if one.state != "ok":
            mark = {"marker": panels.GAPS[one.state][0], "transform": axes.get_xaxis_transform(), "clip_on": False}
            style.marks(axes, [h], [0.04], 3.5, colour, width=1, zorder=6, gid=f"gap:{one.state}", **mark)


def _look(comparison, name, short=False):
    """Return line and marker of a method: its own marker, open and dashed where a unit-norm twin is drawn too."""
    family = _family(comparison, name)
    open_ = family != name or any(_family(comparison, other) == name != other for other in comparison.names)
    published = comparison.methods[name]["role"] == "published"
    marker = MARKERS[_families(comparison).index(family) % len(MARKERS)]
    look = {"marker": marker, "markersize": 3.4, "markeredgecolor": comparison.methods[name]["colour"]}
    look |= {"linestyle": "-", "linewidth": 0.9, "markeredgewidth": 0.7}
    if open_ and published:
        look |= {"markerfacecolor": "white", "linestyle": (0, (3, 1.5))}
    return look | ({"linestyle": ":", "fillstyle": "none"} if short else {})


def _family(comparison, name):
    """Return the baseline whose dictionary a method decodes, or the method itself."""
    info = comparison.methods[name]
    return info["base"] if info["role"] == "unit-norm" and info.get("base") in comparison.names else name


def _families(comparison):
    return list(dict.fromkeys(_family(comparison, name) for name in comparison.names))


def legend(comparison):
    """Return the legend: lines, controls that have a value, marks that occur."""
    methods = comparison.methods
    entries = []
    for name in comparison.names:
        artist = Line2D([], [], color=methods[name]["colour"], **_look(comparison, name))
        entries.append((artist, methods[name]["label"]))
    for name in comparison.controls_shown():
        entries.append((Line2D([], [], linewidth=1.2, **style.line(methods[name])), methods[name]["label"]))
    for artist, text in grouped_bars.mark_entries(comparison):
        short = {"color": style.INK, "linestyle": ":", "marker": "o", "fillstyle": "none", "markersize": 3.4}
        entries.append((Line2D([], [], **short) if "shortened" in text else artist, text))
    return entries
