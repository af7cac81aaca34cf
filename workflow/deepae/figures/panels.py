"""Panels of a comparison: what stands in each, limits shared by a figure and its companion, their place on paper."""

import math
from dataclasses import dataclass, field

from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullLocator

from deepae.analysis.runs import twins
from deepae.config import roles
from deepae.config.vocabulary import BOUNDED, METRICS, NORMALIZATIONS
from deepae.figures import style, summary

GAPS = {
    "undefined": ("_", "not defined (constant)"),
    "failed": ("x", "a run failed"),
    "missing": ("|", "no result yet"),
}
"""Marker and legend of runs that are not, or not all, there."""

BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
"""Behind a number that is printed in a panel."""

FEW = 5
"""Below so many data sets an average is not drawn, the data sets are."""


@dataclass
class Panel:
    """One panel: its title and its runs.

    Attributes
    ----------
    label, note : str
        Name of the data set, and what of it this is.
    metric : str
    runs : dict of (method, h) to deepae.figures.summary.Runs
    bottom, top : float
        Limits of the axis of values.
    log : bool
        Whether it is logarithmic.
    """

    label: str
    note: str
    metric: str
    runs: dict
    bottom: float = 0.0
    top: float = 1.0
    log: bool = False

    def of(self, name, h):
        """Return the runs of a method and h."""
        return self.runs.get((name, h), summary.Runs())


@dataclass
class Comparison:
    """What a comparison figure draws.

    Attributes
    ----------
    panels : list of Panel
        In reading order, a row for each data set where there are several metrics.
    names, controls : list of str
        Methods compared, and those that others are read against.
    measurements : list of int
    methods : dict of str to dict
        ``label``, ``colour``, ``protocol``, ``role``.
    variant : str or None
        Decoding of the baselines; None: both.
    heading : str
    average : bool
        Whether runs stand for data sets, with the mean over their seeds as values.
    averaged : list of str
        Labels of these data sets.
    notes : list of str
        What stands below the heading.
    reason : str
        Why there is nothing to draw; empty otherwise.
    """

    panels: list
    names: list
    controls: list
    measurements: list
    methods: dict
    variant: str | None
    heading: str
    average: bool = False
    averaged: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    reason: str = ""

    @property
    def metrics(self):
        """The metrics of the panels, each once."""
        return list(dict.fromkeys(panel.metric for panel in self.panels))

    @property
    def few(self):
        """Whether there are too few data sets for an average: each is drawn."""
        return self.average and len(self.averaged) < FEW

    def shown(self):
        """Return the runs of all methods compared, of panels that have any."""
        keys = [(name, h) for name in self.names for h in self.measurements]
        return [(panel, *key, panel.of(*key)) for panel in self.panels if panel.runs for key in keys]

    def states(self):
        """Return the states of all runs drawn."""
        return {runs.state for _, _, _, runs in self.shown()}

    def controls_shown(self):
        """Return the controls that have a value in some panel."""
        there = {name for panel in self.panels for (name, _), runs in panel.runs.items() if runs.values}
        return [name for name in self.controls if name in there]

    def gap_text(self, state):
        """Return what the legend says of a gap."""
        return "a data set is missing here" if self.average and state != "undefined" else GAPS[state][1]


def compare(table, datasets, methods, metrics, variant, heading, average=False, tight=False, kind=""):
    """Sort a block's rows into panels.

    Parameters
    ----------
    table, datasets, methods, variant
        As `deepae.figures.comparison.draw`. A data set without rows has a panel that says so, a method without any row
        is left out.
    metrics : sequence of str
    heading : str
    average : bool
        One panel a metric, over the data sets.
    tight : bool
        Correlations need not begin at 0 (lines and rows instead of bars).
    kind : str
        Of the data sets, in words, for the message that there is none.

    Returns
    -------
    Comparison
    """
    heading = style.joined(heading, roles.VARIANTS.get(variant, ""))
    table = table[table["dataset"].isin(list(datasets))]
    present = set(table["method"])
    names = [name for name in roles.compared(methods, variant) if name in present]
    controls = [name for name in roles.references(methods) if name in present]
    hs = sorted({int(h) for h in table["measurements"]})
    result = Comparison([], names, controls, hs, methods, variant, heading, average)
    if not datasets:
        result.reason = f"no data set of this kind{f' ({kind})' if kind else ''} in this grid"
    elif table.empty:
        result.reason = "no results for this figure yet"
    elif not names:
        result.reason = "this grid has no method to compare"
    else:
        _add_panels(result, table, datasets, metrics)
        _set_limits(result, tight)
        result.notes += _same(table, names, methods, datasets)
    return result


def limits(runs, metric, zero=(), tight=False):
    """Return the limits of a panel: bars start at 0, correlations end at 1, errors above the highest value.

    Parameters
    ----------
    runs : iterable of deepae.figures.summary.Runs
        Of both variants of the figure, so that the two have the same axes.
    metric : str
    zero : iterable of deepae.figures.summary.Runs
        The control that predicts nothing. No error above 1.6 times its own sets the scale: a decoder that went astray
        would flatten everything else. What is cut is marked.
    tight : bool
        Let a correlation's axis begin below its lowest value instead of at 0.

    Returns
    -------
    tuple of float
        Bottom, top.
    """
    values = [value for one in runs for value in one.values]
    ends = [one.mean + one.sd for one in runs if len(one.values) > 1]
    if metric in BOUNDED:
        lowest = min([0.0, *values])
        if tight and values:
            lowest = max(-1.0, math.floor(10 * (min(values) - 0.02)) / 10)
            return (0.0 if 0 <= lowest < 0.2 else lowest), 1.02
        return max(-1.05, 1.1 * lowest), 1.02
    highest = max([0.0, *values, *ends])
    bounds = [1.6 * one.mean for one in zero if one.values]
    if bounds:
        highest = min(highest, max(bounds))
    return 0.0, (1.06 * highest if highest > 0 else 1.0)


def _add_panels(comparison, table, datasets, metrics):
    """Add the panels in reading order."""
    normalizations = list(dict.fromkeys(table["normalization"]))
    rows = set(zip(table["dataset"], table["normalization"], strict=True))
    several = len(normalizations) > 1
    where = [(name, kind) for name in datasets for kind in normalizations if not several or (name, kind) in rows]
    found = {metric: summary.collect(table, metric, comparison.methods) for metric in metrics}
    if comparison.average:
        # The notes say what went in, so a data set without rows is named here too; its absence marks the bars.
        comparison.averaged = [datasets[name]["label"] for name, _ in where]
        label = {1: "one data set"}.get(
            len(where), f"{'the' if comparison.few else 'mean over'} {len(where)} data sets"
        )
        comparison.notes.append(_went_in([datasets[name] for name, _ in where]))
        for metric in metrics:
            comparison.panels.append(Panel(label, "", metric, summary.over_datasets(found[metric], where)))
        return
    for name, kind in where:
        label = datasets[name]["label"]
        if several:
            label += f", {NORMALIZATIONS[kind].label}"
        for metric in metrics:
            runs = {key[2:]: one for key, one in found[metric].items() if key[:2] == (name, kind)}
            comparison.panels.append(Panel(label, datasets[name].get("note") or "", metric, runs))


def _went_in(datasets):
    """Name data sets, each with its note in brackets; a note that all have stands once, at the end."""
    notes = {info.get("note") or "" for info in datasets}
    if len(notes) == 1:
        return style.joined(", ".join(info["label"] for info in datasets), *notes)
    return "; ".join(f"{info['label']} ({info['note']})" if info.get("note") else info["label"] for info in datasets)


def _same(table, names, methods, datasets):
    """Say which methods gave the same predictions: they are one dictionary, drawn twice."""
    shown = table[table["method"].isin(names)]
    if not {"em", "mae", "mse", "iterations", "protocol"} <= set(shown):
        return []
    where = {}
    for (dataset, _, h, name), other in twins(shown).items():
        where.setdefault((name, other), {}).setdefault(datasets[dataset]["label"], []).append(int(h))
    texts = []
    for (name, other), found in where.items():
        if methods[name]["role"] == "unit-norm" and (methods[name].get("base"), methods[other].get("base")) in where:
            continue  # said of the dictionaries already
        run = shown[shown["method"] == name].groupby("dataset")["measurements"].nunique()
        every = {datasets[dataset]["label"]: count for dataset, count in run.items()}
        together = {}  # what is the same at the same h is said once
        for label, hs in found.items():
            at = "every h" if len(hs) == every[label] else f"h = {', '.join(map(str, sorted(hs)))}"
            together.setdefault(at, []).append(label)
        places = [
            f"{'all data sets' if len(labels) == len(every) > 2 else ', '.join(labels)}, {at}"
            for at, labels in together.items()
        ]
        texts.append(f"{methods[name]['label']} is the same as {methods[other]['label']}: {'; '.join(places)}")
    return texts


def _set_limits(comparison, tight):
    """Set the limits of each panel; correlations are read across panels, so they share one bottom."""
    for panel in comparison.panels:
        shown = [one for (name, _), one in panel.runs.items() if name in comparison.methods]
        zero = [one for (name, _), one in panel.runs.items() if name == "zero"]
        panel.bottom, panel.top = limits(shown, panel.metric, zero, tight)
    for metric in set(BOUNDED) & set(comparison.metrics):
        same = [panel for panel in comparison.panels if panel.metric == metric and panel.runs]
        for panel in same:
            panel.bottom = min(other.bottom for other in same)


def gap(axes, x, width, state):
    """Mark the place of runs that are not all there: hatched, with the marker of their state."""
    place = {"transform": axes.get_xaxis_transform(), "zorder": 0.5, "gid": f"gap:{state}"}
    look = {"facecolor": "none", "edgecolor": "#D0D0D0", "hatch": "//////", "linewidth": 0}
    axes.add_patch(Rectangle((x - width / 2, 0), width, 1, **place, **look))
    mark = {"marker": GAPS[state][0], "transform": axes.get_xaxis_transform(), "zorder": 6, "clip_on": False}
    style.marks(axes, [x], [0.05], 3.5, style.INK, width=0.9, **mark)


def beyond(axes, x, top, value, colour, name):
    """Mark a mean that lies above the panel: a triangle at its upper edge, and its value below it."""
    mark = {"marker": "^", "zorder": 7, "clip_on": False, "gid": f"beyond:{name}"}
    style.marks(axes, [x], [top], 4, colour, style.INK, 0.4, **mark)
    look = {"rotation": 90, "ha": "center", "va": "top", "color": style.INK, "zorder": 8, "bbox": BEHIND}
    style.note(axes, style.short_number(value), (x, top), (0, -5), "data", gid=f"beyond-value:{name}", **look)


def columns_for(comparison):
    """Return how many panels stand side by side."""
    if comparison.average or len(comparison.metrics) > 1:
        return len(comparison.metrics)
    return {1: 1, 2: 2, 4: 2}.get(len(comparison.panels), 3)


def head_of(comparison, width):
    """Return the lines of the heading and of the notes below it, for a figure of this width in inches."""
    notes = [line for note in comparison.notes for line in style.wrap(note, width - 0.12)]
    return style.wrap(comparison.heading, width - 0.12, 7.5), notes


def write_head(figure, lines, notes):
    """Write the heading and the notes below it."""
    style.head(figure, "\n".join(lines))
    y = figure.get_figheight() - 0.08 - 0.14 * len(lines)
    if notes:
        style.write(figure, 0.06, y, "\n".join(notes), va="top", fontsize=6, color=style.INK, gid="panel-note")


def head_height(lines, notes):
    """Return the height of heading and notes in inches."""
    return 0.1 + 0.14 * len(lines) + 0.11 * len(notes)


def arrange(comparison, paint, entries, narrow):
    """Lay the panels out on a page; sizes are in inches, counted from what each line of text needs.

    Parameters
    ----------
    comparison : Comparison
    paint : callable
        Called with axes and panel, for panels that have runs.
    entries : list of (artist, str)
        The legend.
    narrow : bool
        Whether a single panel fits one column of a page.

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels, columns = comparison.panels, columns_for(comparison)
    width = style.ONE_COLUMN if columns == 1 and narrow else style.TWO_COLUMNS
    left, right, between = 0.5, 0.06, 0.48
    panel_width = (width - left - right - (columns - 1) * between) / columns
    panel_height = 1.9 if columns == 1 else min(1.7, max(1.15, 0.62 * panel_width))
    rows = math.ceil(len(panels) / columns)
    several = len(comparison.metrics) > 1
    if several:
        # A row of panels belongs to one data set: its name and note stand above the row, the metric above each panel.
        lines = [style.wrap(style.joined(panel.label, panel.note), width - left - right, 7) for panel in panels]
        notes = [[] for _ in panels]
        panel_height = min(panel_height, 1.3)
    else:
        lines = [[] for _ in panels]
        notes = [style.wrap(panel.note, panel_width) for panel in panels]
    for row in range(rows):  # titles of a row stand at one height
        here = slice(row * columns, (row + 1) * columns)
        most = max(map(len, notes[here]))
        notes[here] = [note + [""] * (most - len(note)) for note in notes[here]]
    texts = head_of(comparison, width)
    head = head_height(*texts)
    titles = [
        style.title_height(notes[row * columns]) + 0.13 * len(lines[row * columns]) + (0.06 if several and row else 0)
        for row in range(rows)
    ]
    # Only where no panel follows below does the x axis have its label.
    feet = [0.36 if (row + 2) * columns > len(panels) else 0.22 for row in range(rows)]
    figure = style.new(width, 4)
    bottom = style.legend(figure, entries, width)
    height = head + sum(titles) + rows * panel_height + sum(feet) + bottom
    figure.set_size_inches(width, height)
    write_head(figure, *texts)
    y = height - head
    for row in range(rows):
        if several:
            text = "\n".join(lines[row * columns])
            style.write(figure, left, y - (0.06 if row else 0), text, va="top", fontsize=7, gid="row-title")
        y -= titles[row] + panel_height
        for index in range(row * columns, min(len(panels), (row + 1) * columns)):
            x = left + index % columns * (panel_width + between)
            axes = style.inches(figure, x, y, panel_width, panel_height, gid=f"panel:{index}")
            _fill(axes, panels[index], paint, several or index % columns == 0)
            label = METRICS[panels[index].metric].title if several else panels[index].label
            style.title(axes, index if len(panels) > 1 else None, label, notes[index])
            if index + columns >= len(panels):
                axes.set_xlabel("measurements h", labelpad=2)
        y -= feet[row]
    return figure


def _fill(axes, panel, paint, labelled):
    """Draw a panel, or say that there is nothing to draw in it."""
    if not panel.runs:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no results", transform=axes.transAxes, ha="center", color=style.FAINT)
        return
    paint(axes, panel)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(panel.bottom, panel.top)
    power = "" if panel.log else style.scientific(axes.yaxis, panel.top)
    axes.grid(axis="y", color="#EBEBEB", linewidth=0.5)
    if labelled or power:
        axes.set_ylabel(METRICS[panel.metric].label + power, labelpad=2)
