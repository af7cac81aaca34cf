"""The ablation: what each switch alone does to EM, EM over zero's EM, MAE and PCC."""

import math

import numpy as np
from matplotlib.lines import Line2D

from deepae.analysis import ablation
from deepae.config.vocabulary import NORMALIZATIONS
from deepae.figures import style

TITLES = {"em": "EM, % change", "em_over_zero": "EM / zero's EM, diff.", "mae": "MAE, % change", "pcc": "PCC, diff."}
MARKERS = "osD^v"


@style.house
def draw(table, datasets, methods):
    """Draw the ablation.

    The table has the bases, their ablations and ``zero``; see `deepae.figures.comparison.draw` for the parameters.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each switch, a column for each metric; marker: mean effect over seeds, whisker: standard deviation
        (ddof 1) of the paired effects, dots: seeds. The line at 0 is the method under the paper's protocol.
    """
    summary, runs = ablation.effects(table[table["dataset"].isin(list(datasets))], methods)
    if summary.empty:
        return style.message("Nothing to draw: no method of this grid changes one switch of another.", "Ablation")
    settings = list(
        dict.fromkeys(zip(summary["dataset"], summary["normalization"], summary["measurements"], strict=True))
    )
    names = list(dict.fromkeys(summary["method"]))
    names.sort(key=lambda name: list(methods).index(methods[name]["base"]))
    places, groups = _rows(names, methods)
    depth = max(places.values()) + 0.6
    pitch = 0.145 if len(settings) == 1 else 0.1 * len(settings)  # inches a row
    width = style.TWO_COLUMNS
    left, right, between = 2.25, 0.12, 0.26
    column = (width - left - right - 3 * between) / 4
    lines = [line for setting in settings for line in style.wrap(_setting(setting, datasets), width - 0.12, 7.5)]
    head, foot = 0.14 * (1 + len(lines)) + 0.3, 0.3
    figure = style.new(width, 4)
    entries = []
    if len(settings) > 1:
        for marker, setting in zip(MARKERS, settings, strict=False):
            artist = Line2D([], [], color=style.INK, marker=marker, linestyle="none", markersize=4)
            entries.append((artist, _setting(setting, datasets, short=True)))
    if not np.isfinite(summary["effect"]).all():
        entries.append((Line2D([], [], color=style.INK, marker="x", linestyle="none", markersize=3.5), "no value"))
    bottom = style.legend(figure, entries, width)
    height = head + pitch * depth + foot + bottom
    figure.set_size_inches(width, height)
    title = style.joined("Ablation", "one switch at a time on top of the paper's protocol")
    style.head(figure, "\n".join([title, *lines]))
    for position, metric in enumerate(ablation.METRICS):
        x = left + position * (column + between)
        axes = style.inches(figure, x, bottom + foot, column, pitch * depth, gid=f"panel:{metric}")
        style.title(axes, position, TITLES[metric])
        for number, (_, first, last) in enumerate(groups):
            if number % 2 == 0:
                axes.axhspan(first - 1.5, last + 0.5, color="#F4F4F4", linewidth=0, zorder=0)
        axes.axvline(0, color=style.INK, linewidth=0.7, zorder=1)
        for index, setting in enumerate(settings):
            shift = (index - (len(settings) - 1) / 2) * 0.8 / len(settings)
            _effects(axes, metric, setting, index, shift, summary, runs, places, methods)
        axes.set_ylim(depth, -0.6)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        _x_axis(axes, metric, summary)
    _labels(figure, groups, places, methods, left, [bottom + foot, pitch * depth, depth])
    return figure


def _rows(names, methods):
    """Give each ablation a row, below a row for its base. Return the rows and ``(base, first, last)`` of each group."""
    places, groups, row = {}, [], 0
    for base in dict.fromkeys(methods[name]["base"] for name in names):
        first = row + 1
        for name in [name for name in names if methods[name]["base"] == base]:
            row += 1
            places[name] = row
        groups.append((base, first, row))
        row += 1
    return places, groups


def _effects(axes, metric, setting, index, shift, summary, runs, places, methods):
    """Draw the effects of one data set, normalisation and h on one metric."""
    here = _of(summary, metric, setting)
    for name, effect, sd in zip(here["method"], here["effect"], here["sd"], strict=True):
        y, colour = places[name] + shift, methods[name]["colour"]
        if not math.isfinite(effect):
            style.marks(axes, [0], [y], 3.5, style.INK, width=1, marker="x", gid=f"gap:{name}:{metric}")
            continue
        look = {"color": colour, "marker": MARKERS[index % len(MARKERS)], "markersize": 4 if shift == 0 else 3.2}
        xerr = [[sd], [sd]] if math.isfinite(sd) else None
        drawn = axes.errorbar([effect], [y], xerr=xerr, elinewidth=0.8, capsize=1.5, zorder=3, **look)
        drawn.lines[0].set_gid(f"effect:{name}:{metric}:{index}")
        one = _of(runs, metric, setting)
        values = one.loc[one["method"] == name, "effect"]
        where = {"zorder": 4, "gid": f"runs:{name}:{metric}:{index}"}
        style.marks(axes, values, [y] * len(values), 1.5, "white", style.INK, 0.35, **where)


def _of(frame, metric, setting):
    """Return the rows of one metric, data set, normalisation and h."""
    same = (frame["dataset"] == setting[0]) & (frame["normalization"] == setting[1])
    return frame[same & (frame["measurements"] == setting[2]) & (frame["metric"] == metric)]


def _x_axis(axes, metric, summary):
    """Scale a column by its effects, with 0 always in view."""
    here = summary[summary["metric"] == metric]
    ends = np.concatenate([here["effect"] - here["sd"].fillna(0), here["effect"] + here["sd"].fillna(0), [0]])
    ends = ends[np.isfinite(ends)]
    margin = 0.1 * (ends.max() - ends.min()) or 0.01
    axes.set_xlim(ends.min() - margin, ends.max() + margin)
    axes.xaxis.set_major_locator(style.few(3))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    axes.grid(axis="x", color="#E4E4E4", linewidth=0.5)
    axes.set_xlabel({"em": "%", "mae": "%"}.get(metric, "switched − paper"), labelpad=1)


def _labels(figure, groups, places, methods, left, frame):
    """Write the switches beside their rows and the base method above its group; `frame`: bottom, height, rows."""
    low, tall, depth = frame

    def at(row):
        return low + tall * (depth - row) / (depth + 0.6)

    for base, first, _ in groups:
        look = {"va": "center", "fontsize": 7, "fontweight": "bold", "gid": f"base:{base}"}
        style.write(figure, 0.06, at(first - 1), methods[base]["label"], **look)
    for name, row in places.items():
        look = {"ha": "right", "va": "center", "fontsize": 6.5, "gid": f"switch:{name}"}
        style.write(figure, left - 0.08, at(row), methods[name]["switch"], **look)


def _setting(setting, datasets, short=False):
    """Return what a data set, normalisation and h are called."""
    dataset, normalization, h = setting
    info = datasets[dataset]
    note = "" if short else info.get("note")
    return style.joined(info["label"], note, NORMALIZATIONS[normalization].label, f"h = {h}")
