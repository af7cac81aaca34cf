"""Scores of a few methods along one axis: training cells, noise, bits, updates, normalisation, group of cells."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from deepae.analysis.intervals import ratio_interval, t_interval
from deepae.analysis.runs import usable
from deepae.config.axes import NOISELESS
from deepae.config.outputs import FIGURES, heading
from deepae.config.vocabulary import METRICS, NORMALIZATIONS
from deepae.figures import style

NOTHING = "Nothing to draw: the block has runs at fewer than two places of this axis."
TRAINING_ERROR = "mae_train"
MARKERS = "os^Dv<>P"
LINES = ("-", (0, (3.5, 1.2)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))
WIDE, TALL, LEFT, GAP = 1.75, 1.25, 0.55, 0.52  # inches
BEHIND = ["dataset", "normalization", "facet", "method", "series", "measurements", "seed", "n_train", "n_test", "x"]


class Axis(NamedTuple):
    """An axis.

    Attributes
    ----------
    label : str
    value : callable
        Takes a method's entry and its rows of the table; returns their place on the axis, NaN for none.
    names : dict of float to str
        Of categories, by their place; empty: a logarithmic axis.
    by_h : bool
        Whether each h has a panel, or else a line style.
    """

    label: str
    value: object
    names: dict = {}
    by_h: bool = True


def _noise(entry, rows):
    noise = entry.get("noise", NOISELESS if entry.get("trained") else np.nan)
    return np.inf if noise == NOISELESS else noise


def _other(entry, rows):
    split = entry.get("split", {})
    return float(split["trained_on"] != split["tested_on"]) if "tested_on" in split else np.nan


def _under(entry, rows):
    known = {name: float(place) for place, name in enumerate(NORMALIZATIONS)}
    return known[entry["trained_under"]] if "trained_under" in entry else rows["normalization"].map(known)


AXES = {
    "learning-curve": Axis("training cells", lambda entry, rows: rows["n_train"]),
    "noise": Axis("noise: signal over noise (SNR)", _noise, {np.inf: "none"}),
    "rate-distortion": Axis(
        "bits of a cell's code",
        # a method of lower rank than h sends fewer numbers
        lambda entry, rows: entry.get("bits", np.nan) * rows[["measurements", "rank"]].astype(float).min(axis=1),
        by_h=False,
    ),
    "training-length": Axis("updates", lambda entry, rows: entry.get("iterations", np.nan)),
    "held-out-group": Axis("trained on", _other, {0.0: "this group", 1.0: "the other group"}),
    "cross-normalization": Axis("trained under", _under, {float(i): name for i, name in enumerate(NORMALIZATIONS)}),
}
"""By the name of the figure."""


def along(name, table, methods):
    """Return the rows of a block with the columns `series` (the method without the axis' value), `x` and `facet`.

    `x` is NaN for methods that the axis leaves as they are; `facet` is the group of cells that is tested, if any.
    """
    parts = []
    for method, rows in table.groupby("method", sort=False):
        entry = methods.get(method)
        if entry:
            group = entry.get("split", {}).get("tested_on", "")
            label = entry.get("series", entry["label"])
            parts.append(rows.assign(series=label, x=AXES[name].value(entry, rows), facet=group))
    if not parts:
        return table.iloc[:0].assign(series="", x=np.nan, facet="")
    found = pd.concat(parts)
    return found.assign(x=found["x"].astype(float))


@style.house
def draw(name, table, datasets, methods, trained=None):
    """Draw one of these figures; see `deepae.figures.comparison.draw` for the other parameters.

    Parameters
    ----------
    trained : pandas.DataFrame, optional
        `deepae.analysis.overfitting.overfitting`: errors of networks on their training cells.

    Returns
    -------
    matplotlib.figure.Figure
        A row of panels for each data set and tested group, a panel for each metric and h (each metric alone for
        rate-distortion, where line styles are h). A dot is a run, a line joins the means over runs; methods that the
        axis leaves as they are are grey lines. `found` says what changes along the axis, `behind` are the rows.
    """
    metrics = FIGURES[name].metrics
    if trained is not None and len(table):
        keys = ["dataset", "normalization", "method", "measurements", "seed"]
        table = table.merge(trained[[*keys, TRAINING_ERROR]], how="left", on=keys)
        metrics = (*metrics, TRAINING_ERROR)
    rows = along(name, usable(table, metrics, methods), methods) if len(table) else table.assign(x=[], facet=[])
    rows = rows[rows["dataset"].isin(list(datasets))]
    references, rows = rows[rows["x"].isna()], rows[rows["x"].notna()]
    if rows["x"].nunique() < 2 or rows[list(metrics)].isna().all(axis=None):
        return style.message(NOTHING, heading(name))
    figure = _arrange(name, rows, references, datasets, methods, metrics)
    figure.behind = rows[[*BEHIND, *metrics]]
    figure.found = found(name, rows, datasets)
    return figure


def _arrange(name, rows, references, datasets, methods, metrics):
    """Lay out panels and legend, and draw each panel."""
    hs = sorted(set(rows["measurements"]))
    shown = list(dict.fromkeys(zip(rows["dataset"], rows["facet"], strict=True)))
    shown.sort(key=lambda item: list(datasets).index(item[0]))
    columns = [(metric, h) for metric in metrics for h in (hs if AXES[name].by_h else [None])]
    looks = _looks(rows, methods)
    width = max(LEFT + len(columns) * (WIDE + GAP), 4.4)
    head, below = 0.12, 0.42
    figure = style.new(width, 4)
    entries = [
        (Line2D([], [], color=colour, linestyle=line, marker=marker, markersize=3, linewidth=1), label)
        for label, (colour, marker, line) in looks.items()
    ]
    if not AXES[name].by_h:
        entries += [
            (Line2D([], [], color=style.INK, linestyle=LINES[i % 4], linewidth=1), f"h = {h}") for i, h in enumerate(hs)
        ]
    for method in dict.fromkeys(references["method"]):
        entries.append((Line2D([], [], linewidth=0.9, **style.line(methods[method])), methods[method]["label"]))
    bottom = style.legend(figure, entries, width)
    height = head + len(shown) * (TALL + below + 0.28) + bottom
    figure.set_size_inches(width, height)
    style.head(figure, heading(name))
    for row, (dataset, facet) in enumerate(shown):
        y = height - head - (row + 1) * (TALL + 0.28) - row * below
        here = (rows["dataset"] == dataset) & (rows["facet"] == facet)
        for place, (metric, h) in enumerate(columns):
            gid = f"panel:{dataset}:{metric}:{h}"
            axes = style.inches(figure, LEFT + place * (WIDE + GAP), y, WIDE, TALL, gid=gid)
            words = [datasets[dataset]["label"], facet and f"tested on {facet}", "" if h is None else f"h = {h}"]
            style.title(axes, row * len(columns) + place, ", ".join(filter(None, words)))
            _panel(axes, rows[here & ((rows["measurements"] == h) | (h is None))], metric, looks, hs, name)
            _references(axes, references[(references["dataset"] == dataset) & (references["measurements"] == h)],
                        metric, methods)  # fmt: skip
    return figure


def _looks(rows, methods):
    """Colour, marker and line of each method, in the order of the table; a colour that is taken gets another line."""
    found = {}
    for entry in methods.values():
        label, colour = entry.get("series", entry["label"]), style.darker(entry["colour"])
        if label not in found and label in set(rows["series"]):
            same = sum(taken == colour for taken, _, _ in found.values())
            found[label] = (colour, MARKERS[len(found) % len(MARKERS)], LINES[same % 4])
    return found


def _references(axes, rows, metric, methods):
    """Draw what the axis leaves as it is: the mean over runs."""
    for method, one in rows.dropna(subset=[metric]).groupby("method", sort=False):
        look = {"linewidth": 0.9, "zorder": 1, "gid": f"reference:{method}:{metric}"}
        axes.axhline(one[metric].mean(), **look, **style.line(methods[method]))


def _panel(axes, rows, metric, looks, hs, name):
    """Draw the runs and the means of each method."""
    axis, ticks = AXES[name], sorted(set(rows["x"]))
    # categories where a value is infinite or values are few; else a log axis, on which doubling is a step
    order = sorted(ticks, reverse=name == "noise")
    place = {x: order.index(x) if axis.names else x for x in ticks}
    for number, (label, (colour, marker, line)) in enumerate(looks.items()):
        aside = 0.05 * (number - (len(looks) - 1) / 2) if axis.names else 0.0
        for at, h in enumerate(hs):
            one = rows[(rows["series"] == label) & (rows["measurements"] == h)].dropna(subset=[metric])
            if one.empty:
                continue
            means = one.groupby("x")[metric].mean().reindex(order).dropna()
            line = line if axis.by_h else LINES[at % 4]
            look = {"color": colour, "linestyle": line, "linewidth": 0.9, "marker": marker, "markersize": 2.8}
            axes.plot([place[x] + aside for x in means.index], means, gid=f"mean:{label}:{h}:{metric}", **look)
            where = {"alpha": 0.5, "gid": f"runs:{label}:{h}:{metric}"}
            style.marks(axes, [place[x] + aside for x in one["x"]], one[metric], 1.4, colour, **where)
    if axis.names:
        axes.set_xticks([place[x] for x in order], [axis.names.get(x, f"{x:g}") for x in order])
        axes.set_xlim(-0.4, len(order) - 0.6)
    else:
        axes.set_xscale("log", base=2)
        kept = ticks if len(ticks) < 7 else ticks[:: -(-len(ticks) // 6)]
        axes.set_xticks(kept, [f"{x:g}" for x in kept])
        axes.minorticks_off()
    axes.yaxis.set_major_locator(style.few(4))
    axes.grid(axis="y", color="#E8E8E8", linewidth=0.5)
    axes.set_xlabel(axis.label, labelpad=1)
    axes.set_ylabel("MAE, training cells" if metric == TRAINING_ERROR else METRICS[metric].label, labelpad=1)


def found(name, rows, datasets):
    """Say how the first metric of each method changes along the axis, with intervals over seeds, at the largest h."""
    metric = FIGURES[name].metrics[0]
    parts = []
    for (dataset, facet, normalization), here in rows.groupby(["dataset", "facet", "normalization"], sort=False):
        h = max(here["measurements"])
        here = here[here["measurements"] == h]
        texts = [_said(name, label, one, metric, normalization) for label, one in here.groupby("series", sort=False)]
        texts = [text for text in texts if text]
        if texts:
            where = ", ".join(filter(None, [datasets[dataset]["label"], facet and f"tested on {facet}", f"h = {h}"]))
            parts.append(f"{where}: {'; '.join(texts)}")
    what = "in brackets the change and its 95 % interval, paired over seeds"
    return f"{METRICS[metric].label} along the axis ({AXES[name].label}); {what}. {'. '.join(parts)}." if parts else ""


def _said(name, label, rows, metric, normalization):
    """Say how one method changes: between which ends of the axis depends on the figure."""
    wide = rows.pivot_table(index="seed", columns="x", values=metric)
    means = wide.mean().dropna()
    if len(means) < 2:
        return ""
    start, ends = means.index[0], [means.index[-1]]
    if name == "noise":
        start, ends = means.index[-1], [means.index[0]]
    elif name == "training-length":
        start = means.idxmin() if METRICS[metric].direction < 0 else means.idxmax()
    elif name == "cross-normalization":
        start = float(list(NORMALIZATIONS).index(normalization))
        ends = [x for x in means.index if x != start]
    if start not in means.index:
        return ""
    names = AXES[name].names
    texts = [
        f"{names.get(end, f'{end:g}')} {_number(means[end])} ({_change(wide[start], wide[end], metric)})"
        for end in ends if end != start
    ]  # fmt: skip
    best = "best on the test cells at " if name == "training-length" else ""
    return f"{label} {best}{names.get(start, f'{start:g}')} {_number(means[start])}" + "".join(f", {t}" for t in texts)


def _number(value):
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"


def _change(start, end, metric):
    """Return a change over seeds and its interval: of an error in percent, else as it is."""
    ratio = METRICS[metric].ratio
    _, *found, reason = ratio_interval(end / start) if ratio else t_interval(end - start)
    mean, low, high = (100 * (value - 1) for value in found) if ratio else found
    form = (lambda value: f"{value:+.1f}".replace("-", "−")) if ratio else _signed
    unit = " %" if ratio else ""
    return f"{form(mean)}{unit}" + ("" if reason else f", {form(low)} to {form(high)}")


def _signed(value):
    return f"{value:+.3f}".replace("-", "−")
