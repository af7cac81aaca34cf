"""Panels of grouped bars over the number of measurements h: the paper's layout of Figures 2, 3, 4, S1, 6 and 7.

A bar is the mean over runs, its whisker the standard deviation (ddof 1), a dot one run. Controls stand right of the
bars of their h, as open marks. Bars of networks that were stopped early are hatched. Where too few data sets would make
an average, their points stand in place of bars. Missing runs leave their gap, hatched.
"""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepae.figures import panels, style

GROUP = 0.86
"""Width of a group of bars and controls; groups are one apart."""
SLOT = 0.6
"""Width of a control's place, in widths of a bar."""
CONTROLS = "vDs^op*h"
"""Open marks of the controls, in order."""
DATASETS = "osD^vP"
"""Marks of data sets, where each is drawn."""
SHORT = "xxxxx"
"""Hatch of a network that was stopped before its full training."""


@style.house
def draw(comparison):
    """Draw panels of grouped bars of a `deepae.figures.panels.Comparison`.

    With one metric there is a panel for each data set, as square an array as can be; with several, a row for each data
    set and a column for each metric.

    Returns
    -------
    matplotlib.figure.Figure
    """
    narrow = len(comparison.measurements) * len(comparison.names) <= 24
    return panels.arrange(comparison, lambda axes, panel: paint(axes, panel, comparison), legend(comparison), narrow)


def paint(axes, panel, comparison):
    """Draw the bars, or points, and controls of one panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        At its final place: the width of a bar on paper sets the size of its dots.
    panel : deepae.figures.panels.Panel
    comparison : deepae.figures.panels.Comparison
    """
    hs, controls = comparison.measurements, comparison.controls_shown()
    width = GROUP / (len(comparison.names) + SLOT * len(controls))
    inches = axes.get_position().width * axes.figure.get_figwidth()
    points = 72 * inches * width / (len(hs) + 0.1)
    for position, name in enumerate(comparison.names):
        xs = np.arange(len(hs)) - GROUP / 2 + (position + 0.5) * width
        runs = [panel.of(name, h) for h in hs]
        colour = comparison.methods[name]["colour"]
        (_points if comparison.few else _bars)(axes, name, hs, runs, xs, width, colour, points)
        for h, x, one in zip(hs, xs, runs, strict=True):
            if one.state != "ok":
                panels.gap(axes, x, width, one.state)
            if one.values and one.mean > panel.top:
                panels.beyond(axes, x, panel.top, one.mean, colour, f"{name}:{h}")
    first = -GROUP / 2 + len(comparison.names) * width
    for position, name in enumerate(controls):
        x = np.arange(len(hs)) + first + (position + 0.5) * SLOT * width
        means = [panel.of(name, h).mean for h in hs]
        look = _control(comparison, position)
        size = min(4.2, max(2.2, 0.55 * SLOT * points))
        axes.plot(x, means, linestyle="none", markersize=size, zorder=4, gid=f"reference:{name}", **look)
    axes.set_xlim(-0.55, len(hs) - 0.45)
    axes.set_xticks(range(len(hs)), [str(h) for h in hs])
    axes.tick_params(axis="x", length=0)
    if panel.bottom < 0:
        axes.axhline(0, color=style.INK, linewidth=0.6, zorder=3)


def _control(comparison, position):
    """Return the look of a control's mark."""
    colour = comparison.methods[comparison.controls_shown()[position]]["colour"]
    mark = CONTROLS[position % len(CONTROLS)]
    return {"marker": mark, "markerfacecolor": "white", "markeredgecolor": style.darker(colour), "markeredgewidth": 0.9}


def _bars(axes, name, hs, runs, xs, width, colour, points):
    """Draw means, standard deviations and runs of one method."""
    there = [(h, x, one) for h, x, one in zip(hs, xs, runs, strict=True) if one.values]
    if not there:
        return
    at, means = [x for _, x, _ in there], [one.mean for _, _, one in there]
    bars = axes.bar(at, means, width * 0.92, color=colour, linewidth=0, zorder=2)
    for bar, (h, _, one) in zip(bars, there, strict=True):
        bar.set_gid(f"bar:{name}:{h}")
        if one.short:
            bar.set(hatch=SHORT, facecolor="white", edgecolor=colour)
    spread = [(x, one.mean, one.sd) for _, x, one in there if len(one.values) > 1]
    if spread:
        stroke = min(0.7, 0.16 * points)
        whisker = {"elinewidth": stroke, "capthick": stroke, "capsize": min(1.6, 0.22 * points)}
        drawn = axes.errorbar(*zip(*spread, strict=True), fmt="none", ecolor=style.INK, zorder=3, **whisker)
        drawn.lines[2][0].set_gid(f"sd:{name}")
    at = np.concatenate([x + _spread(len(one.values)) * width for _, x, one in there])
    values = np.concatenate([one.values for _, _, one in there])
    # an outlined dot on a narrow bar would be all outline
    face, edge = ("white", 0.4) if points >= 4.5 else (style.INK, 0)
    size = min(2.2, max(1.0, 0.3 * points))
    style.marks(axes, at, values, size, face, style.INK, edge, zorder=5, gid=f"runs:{name}")


def _points(axes, name, hs, runs, xs, width, colour, points):
    """Draw the means of data sets, a mark each."""
    for h, x, one in zip(hs, xs, runs, strict=True):
        for shift, number, value in zip(_spread(len(one.values)), one.sources, one.values, strict=True):
            size = min(5.0, max(2.5, 0.42 * points))
            mark = {"marker": DATASETS[number % len(DATASETS)], "zorder": 3, "gid": f"point:{name}:{h}:{number}"}
            style.marks(axes, [x + shift * width], [value], size, colour, style.darker(colour), 0.5, **mark)


def _spread(number):
    """Return where the dots of a bar stand, in widths of the bar from its middle."""
    return np.linspace(-0.26, 0.26, number) if number > 1 else np.zeros(number)


def legend(comparison):
    """Return the legend: methods, controls that have a value, data sets, marks that occur."""
    methods = comparison.methods
    entries = [(Patch(facecolor=methods[name]["colour"]), methods[name]["label"]) for name in comparison.names]
    for position, name in enumerate(comparison.controls_shown()):
        entries.append(
            (Line2D([], [], linestyle="none", markersize=4, **_control(comparison, position)), methods[name]["label"])
        )
    if comparison.few:
        for number, label in enumerate(comparison.averaged):
            mark = {"marker": DATASETS[number % len(DATASETS)], "color": style.FAINT, "markersize": 4}
            entries.append((Line2D([], [], linestyle="none", **mark), label))
    return entries + mark_entries(comparison)


def mark_entries(comparison):
    """Return the legend of the marks that occur: of gaps, of shortened networks, of means above their panel."""
    states = comparison.states()
    artists = {
        state: Line2D([], [], color=style.INK, marker=marker, linestyle="none", markersize=3.5)
        for state, (marker, _) in panels.GAPS.items()
        if state in states
    }
    entries = [(artist, comparison.gap_text(state)) for state, artist in artists.items()]
    if len({text for _, text in entries}) < len(entries):
        entries = entries[:1]
    shown = comparison.shown()
    if any(runs.short for *_, runs in shown):
        entries.append((Patch(facecolor="white", edgecolor=style.INK, hatch=SHORT, linewidth=0), "training shortened"))
    if any(runs.mean > panel.top for panel, _, _, runs in shown):
        artist = Line2D([], [], color=style.FAINT, marker="^", linestyle="none", markersize=4)
        entries.append((artist, "above the axis: value printed"))
    return entries
