"""Panels of a comparison: what stands in each, limits shared by both variants of a figure, their place on paper."""

import math
from dataclasses import dataclass

from matplotlib.patches import Rectangle

from deepae.config import roles
from deepae.config.vocabulary import BOUNDED
from deepae.figures import style, summary

GAPS = {
    "undefined": ("_", "not defined (constant)"),
    "failed": ("x", "a run failed"),
    "missing": ("|", "no result yet"),
}
"""Marker and legend of a cell of the grid that is not, or not wholly, there."""


@dataclass
class Panel:
    """One panel: its title and its cells.

    Attributes
    ----------
    label, note : str
        Name of the data set, and what of it this is.
    metric : str
    cells : dict of (method, h) to deepae.figures.summary.Cell
    bottom, top : float
        Limits of the y axis.
    """

    label: str
    note: str
    metric: str
    cells: dict
    bottom: float = 0.0
    top: float = 1.0


@dataclass
class Comparison:
    """What a comparison figure draws.

    Attributes
    ----------
    panels : list of Panel
        In reading order, a row for each data set where there are several metrics.
    names, controls : list of str
        Methods compared, and those drawn as references.
    measurements : list of int
    methods : dict of str to dict
        ``label``, ``colour``, ``protocol``.
    heading : str
    average : bool
        Whether a cell is the mean over data sets.
    reason : str
        Why there is nothing to draw; empty otherwise.
    """

    panels: list
    names: list
    controls: list
    measurements: list
    methods: dict
    heading: str
    average: bool = False
    reason: str = ""

    @property
    def metrics(self):
        """The metrics of the panels, each once."""
        return list(dict.fromkeys(panel.metric for panel in self.panels))

    def states(self):
        """Return the states of all cells drawn, of panels that have any."""
        keys = [(name, h) for name in self.names for h in self.measurements]
        return {panel.cells.get(key, summary.Cell()).state for panel in self.panels if panel.cells for key in keys}

    def controls_shown(self):
        """Return the controls that have a value in some panel."""
        shown = {name for panel in self.panels for (name, _), cell in panel.cells.items() if cell.values}
        return [name for name in self.controls if name in shown]

    def beyond(self):
        """Return whether some mean lies above its panel."""
        return any(
            panel.cells.get((name, h), summary.Cell()).mean > panel.top
            for panel in self.panels
            for name in self.names
            for h in self.measurements
        )

    def gap_text(self, state):
        """Return what the legend says of a gap."""
        return "a data set is missing here" if self.average and state != "undefined" else GAPS[state][1]


def compare(table, datasets, methods, metrics, variant, heading, measurements=None, average=False, tight=False):
    """Sort a block's rows into panels.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets : dict of str to dict
        Data sets drawn, in order: ``label``, ``note``. One without rows has a panel that says so.
    methods : dict of str to dict
        Methods drawn, in order: ``label``, ``colour``, ``protocol``. One without any row is left out.
    metrics : sequence of str
    variant : str
        ``published`` or ``corrected``.
    heading : str
    measurements : sequence of int, optional
        Default: those in the table.
    average : bool
        One panel a metric, the mean over data sets.
    tight : bool
        Correlations need not begin at 0 (lines instead of bars).

    Returns
    -------
    Comparison
    """
    heading = style.DOT.join(part for part in (heading, roles.VARIANTS[variant]) if part)
    table = table[table["dataset"].isin(list(datasets))]
    present = set(table["method"])
    names = [name for name in roles.compared(methods, variant) if name in present]
    if variant == roles.CORRECTED and not any(methods[name]["role"] == "unit-norm" for name in names):
        names = []
    controls = [name for name in roles.references(methods) if name in present]
    hs = sorted({int(h) for h in (table["measurements"] if measurements is None else measurements)})
    result = Comparison([], names, controls, hs, methods, heading, average)
    if not datasets:
        result.reason = "no data set of its kind in this grid"
    elif table.empty:
        result.reason = "no results for this figure yet"
    elif not names:
        corrected = variant == roles.CORRECTED
        missing = "baselines with unit-norm decoding" if corrected else "method to compare"
        result.reason = f"this grid has no {missing}"
    else:
        result.panels = _panels(table, datasets, metrics, average)
        _set_limits(result, tight)
    return result


def limits(cells, metric, zero=(), tight=False):
    """Return the y limits of a panel: bars start at 0, correlations end at 1, errors above the highest value.

    Parameters
    ----------
    cells : iterable of deepae.figures.summary.Cell
        Of both variants of the figure, so that the two have the same axes.
    metric : str
    zero : iterable of deepae.figures.summary.Cell
        The control that predicts nothing. No error above 1.6 times its own sets the scale: a decoder that went astray
        would flatten everything else. What is cut is marked.
    tight : bool
        Let a correlation's axis begin below its lowest value instead of at 0.

    Returns
    -------
    tuple of float
        Bottom, top.
    """
    values = [value for cell in cells for value in cell.values]
    ends = [cell.mean + cell.sd for cell in cells if len(cell.values) > 1]
    if metric in BOUNDED:
        lowest = min([0.0, *values])
        if tight and values:
            lowest = max(-1.0, math.floor(10 * (min(values) - 0.02)) / 10)
            return (0.0 if 0 <= lowest < 0.2 else lowest), 1.02
        return max(-1.05, 1.1 * lowest), 1.02
    highest = max([0.0, *values, *ends])
    bounds = [1.6 * cell.mean for cell in zero if cell.values]
    if bounds:
        highest = min(highest, max(bounds))
    return 0.0, (1.06 * highest if highest > 0 else 1.0)


def _panels(table, datasets, metrics, average):
    """Return the panels in reading order."""
    normalizations = list(dict.fromkeys(table["normalization"]))
    rows = set(zip(table["dataset"], table["normalization"], strict=True))
    several = len(normalizations) > 1
    where = [(name, kind) for name in datasets for kind in normalizations if not several or (name, kind) in rows]
    found = {metric: summary.cells(table, metric) for metric in metrics}
    if average:
        # The notes say what went in, so a data set without rows is named here too; its absence marks the bars.
        label = f"mean over {len(where)} data sets" if len(where) > 1 else "one data set"
        note = "; ".join(_named(datasets[name]) for name, _ in where)
        return [Panel(label, note, metric, summary.over_datasets(found[metric], where)) for metric in metrics]
    panels = []
    for name, kind in where:
        label = datasets[name]["label"]
        if several:
            label += f", {style.NORMALIZATIONS.get(kind, kind)}"
        for metric in metrics:
            cells = {key[2:]: cell for key, cell in found[metric].items() if key[:2] == (name, kind)}
            panels.append(Panel(label, datasets[name].get("note") or "", metric, cells))
    return panels


def _named(info):
    """Return the name of a data set with its note in brackets."""
    return f"{info['label']} ({info['note']})" if info.get("note") else info["label"]


def _named_line(panel):
    """Return the title of a row of panels."""
    return style.DOT.join(part for part in (panel.label, panel.note) if part)


def _set_limits(comparison, tight):
    """Set the limits of each panel; correlations are read across panels, so they share one bottom."""
    for panel in comparison.panels:
        shown = [cell for (name, _), cell in panel.cells.items() if name in comparison.methods]
        zero = [cell for (name, _), cell in panel.cells.items() if name == "zero"]
        panel.bottom, panel.top = limits(shown, panel.metric, zero, tight)
    for metric in set(BOUNDED) & set(comparison.metrics):
        same = [panel for panel in comparison.panels if panel.metric == metric and panel.cells]
        for panel in same:
            panel.bottom = min(other.bottom for other in same)


def gap(axes, x, width, state):
    """Mark the place of a cell whose runs are not all there: hatched, with the marker of its state."""
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
        marker=GAPS[state][0],
        markersize=3.5,
        markeredgewidth=0.9,
        color=style.INK,
        linestyle="none",
        zorder=6,
        clip_on=False,
    )


def beyond(axes, x, top, colour, name):
    """Mark a mean that lies above the panel: a triangle at its upper edge."""
    axes.plot(
        [x],
        [top],
        marker="^",
        markersize=4,
        markerfacecolor=colour,
        markeredgecolor="white",
        markeredgewidth=0.5,
        linestyle="none",
        zorder=7,
        clip_on=False,
        gid=f"beyond:{name}",
    )


def columns_for(comparison):
    """Return how many panels stand side by side."""
    if comparison.average or len(comparison.metrics) > 1:
        return len(comparison.metrics)
    return {1: 1, 2: 2, 4: 2}.get(len(comparison.panels), 3)


def arrange(comparison, paint, entries, narrow):
    """Lay the panels out on a page; sizes are in inches, counted from what each line of text needs.

    Parameters
    ----------
    comparison : Comparison
    paint : callable
        Called with axes and panel, for panels that have cells.
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
    left, right, between = 0.46, 0.06, 0.44
    panel_width = (width - left - right - (columns - 1) * between) / columns
    panel_height = 1.9 if columns == 1 else min(1.7, max(1.15, 0.62 * panel_width))
    rows = math.ceil(len(panels) / columns)
    several = len(comparison.metrics) > 1
    if several:
        # A row of panels belongs to one data set: its name and note stand above the row, the metric above each panel.
        lines = [style.wrap(_named_line(panel), width - left - right, 7) for panel in panels]
        notes = [[] for _ in panels]
        panel_height = min(panel_height, 1.3)
    else:
        lines = [[] for _ in panels]
        notes = [style.wrap(panel.note, panel_width) for panel in panels]
    head_lines = style.wrap(comparison.heading, width - 0.12, 7.5)
    head = 0.1 + 0.14 * len(head_lines)
    titles = [
        max(style.title_height(note) for note in notes[row * columns : (row + 1) * columns])
        + 0.13 * len(lines[row * columns])
        + (0.06 if several and row else 0)
        for row in range(rows)
    ]
    # Only where no panel follows below does the x axis have its label.
    feet = [0.36 if (row + 2) * columns > len(panels) else 0.22 for row in range(rows)]
    figure = style.new(width, 4)
    bottom = style.legend(figure, entries, width)
    height = head + sum(titles) + rows * panel_height + sum(feet) + bottom
    figure.set_size_inches(width, height)
    figure.text(0.06 / width, 1 - 0.05 / height, "\n".join(head_lines), va="top", fontsize=7.5, gid="heading")
    y = height - head
    for row in range(rows):
        if several:
            top = (y - (0.06 if row else 0)) / height
            figure.text(left / width, top, "\n".join(lines[row * columns]), va="top", fontsize=7, gid="row-title")
        y -= titles[row] + panel_height
        for index in range(row * columns, min(len(panels), (row + 1) * columns)):
            panel, column = panels[index], index % columns
            x = left + column * (panel_width + between)
            axes = figure.add_axes([x / width, y / height, panel_width / width, panel_height / height])
            axes.set_gid(f"panel:{index}")
            if panel.cells:
                paint(axes, panel)
                axes.set_ylim(panel.bottom, panel.top)
                style.scientific(axes, panel.top)
                axes.grid(axis="y", color="#EBEBEB", linewidth=0.5)
            else:
                axes.set_xticks([])
                axes.set_yticks([])
                axes.text(0.5, 0.5, "no results", transform=axes.transAxes, ha="center", color=style.FAINT)
            label = style.METRICS.get(panel.metric, panel.metric) if several else panel.label
            style.title(axes, index if len(panels) > 1 else None, label, notes[index])
            if column == 0 or several:
                axes.set_ylabel(style.SHORT.get(panel.metric, panel.metric), labelpad=2)
            if index + columns >= len(panels):
                axes.set_xlabel("measurements h", labelpad=2)
        y -= feet[row]
    return figure
