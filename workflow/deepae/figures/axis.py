"""Learning curve, noise, rate-distortion: scores of a few methods along one axis of the contest."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from deepae.analysis.runs import usable
from deepae.config.outputs import FIGURES, heading
from deepae.config.vocabulary import METRICS
from deepae.figures import style

NOTHING = "Nothing to draw: the block has no run along this axis."
LABELS = {
    "learning-curve": "training cells",
    "noise": "SNR of the measurements",
    "rate-distortion": "bits of a cell's code",
}
MARKERS = "os^Dv"
LINES = ("-", (0, (3.5, 1.2)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))
WIDE, TALL, LEFT, GAP = 1.75, 1.25, 0.55, 0.52  # inches


def along(name, table, methods):
    """Return the rows of a block with the columns `series` (the method without the axis' value) and `x`.

    `x` is the number of training cells, the SNR (infinite: no noise) or h times the bits of a number.
    """
    series = {method: entry.get("series", entry["label"]) for method, entry in methods.items()}
    table = table.assign(series=table["method"].map(series))
    if name == "learning-curve":
        x = table["n_train"]
    elif name == "noise":
        values = {method: entry.get("noise") for method, entry in methods.items()}
        x = table["method"].map(lambda method: np.inf if values.get(method) == "none" else values.get(method))
    else:
        bits = {method: entry.get("bits") for method, entry in methods.items()}
        x = table["method"].map(bits) * table["measurements"]
    table = table.assign(x=pd.to_numeric(x, errors="coerce"))
    return table[table["x"].notna() & table["series"].notna()]


@style.house
def draw(name, table, datasets, methods):
    """Draw one of these figures; see `deepae.figures.comparison.draw` for the parameters.

    Returns
    -------
    matplotlib.figure.Figure
        A row of panels for each data set, a panel for each metric and h (each metric alone for rate-distortion, where
        line styles are h). A dot is a run, a line joins the means over runs. `found` says what changes along the axis.
    """
    metrics = FIGURES[name].metrics
    rows = along(name, usable(table, metrics, methods), methods) if len(table) else table
    rows = rows[rows["dataset"].isin(list(datasets))]
    if not len(rows) or rows[list(metrics)].isna().all(axis=None):
        return style.message(NOTHING, heading(name))
    hs = sorted(set(rows["measurements"]))
    shown = [dataset for dataset in datasets if dataset in set(rows["dataset"])]
    columns = [(m, None) for m in metrics] if name == "rate-distortion" else [(m, h) for m in metrics for h in hs]
    looks = _looks(rows, methods)
    width = max(LEFT + len(columns) * (WIDE + GAP), 4.4)
    head, below = 0.3, 0.42
    figure = style.new(width, 4)
    entries = [
        (Line2D([], [], color=colour, marker=marker, markersize=3, linewidth=1), label)
        for label, (colour, marker) in looks.items()
    ]
    if name == "rate-distortion":
        entries += [
            (Line2D([], [], color=style.INK, linestyle=LINES[i % 4], linewidth=1), f"h = {h}") for i, h in enumerate(hs)
        ]
    bottom = style.legend(figure, entries, width)
    height = head + len(shown) * (TALL + below + 0.28) + bottom
    figure.set_size_inches(width, height)
    style.head(figure, heading(name))
    for row, dataset in enumerate(shown):
        y = height - head - (row + 1) * (TALL + 0.28) - row * below
        for place, (metric, h) in enumerate(columns):
            gid = f"panel:{dataset}:{metric}:{h}"
            axes = style.inches(figure, LEFT + place * (WIDE + GAP), y, WIDE, TALL, gid=gid)
            here = rows[(rows["dataset"] == dataset) & ((rows["measurements"] == h) | (h is None))]
            label = datasets[dataset]["label"] + ("" if h is None else f", h = {h}")
            style.title(axes, row * len(columns) + place, label)
            _panel(axes, here, metric, looks, hs, name)
    figure.found = found(name, rows, datasets, looks)
    return figure


def _looks(rows, methods):
    """Colour and marker of each method, in the order of the table."""
    found = {}
    for entry in methods.values():
        label = entry.get("series", entry["label"])
        if label not in found and label in set(rows["series"]):
            found[label] = (style.darker(entry["colour"]), MARKERS[len(found) % len(MARKERS)])
    return found


def _panel(axes, rows, metric, looks, hs, name):
    """Draw the runs and the means of each method."""
    ticks = sorted(set(rows["x"]))
    # categories where a value is infinite or values are few; else a log axis, on which doubling is a step
    place = {x: -i for i, x in enumerate(ticks)} if name == "noise" else {x: x for x in ticks}
    for label, (colour, marker) in looks.items():
        for number, h in enumerate(hs):
            one = rows[(rows["series"] == label) & (rows["measurements"] == h)].dropna(subset=[metric])
            if one.empty:
                continue
            means = one.groupby("x")[metric].mean()
            line = LINES[number % 4] if name == "rate-distortion" else "-"
            look = {"color": colour, "linestyle": line, "linewidth": 0.9, "marker": marker, "markersize": 2.8}
            axes.plot([place[x] for x in means.index], means, gid=f"mean:{label}:{h}:{metric}", **look)
            where = {"alpha": 0.5, "gid": f"runs:{label}:{h}:{metric}"}
            style.marks(axes, [place[x] for x in one["x"]], one[metric], 1.4, colour, **where)
    if name == "noise":
        axes.set_xticks([place[x] for x in ticks], ["none" if np.isinf(x) else f"{x:g}" for x in ticks])
    else:
        axes.set_xscale("log", base=2)
        kept = ticks if len(ticks) < 7 else ticks[:: -(-len(ticks) // 6)]
        axes.set_xticks(kept, [f"{x:g}" for x in kept])
        axes.minorticks_off()
    axes.yaxis.set_major_locator(style.few(4))
    axes.grid(axis="y", color="#E8E8E8", linewidth=0.5)
    axes.set_xlabel(LABELS[name] if name != "noise" else "noise: signal over noise (SNR)", labelpad=1)
    axes.set_ylabel(METRICS[metric].label, labelpad=1)


def _signed(value):
    return f"{value:+.3f}".replace("-", "−")


def found(name, rows, datasets, looks):
    """Say how the first metric of each method changes from one end of the axis to the other, and on how many seeds."""
    metric = FIGURES[name].metrics[0]
    parts = []
    for dataset in dict.fromkeys(rows["dataset"]):
        h = max(rows["measurements"][rows["dataset"] == dataset])
        texts = []
        for label in looks:
            one = rows[(rows["series"] == label) & (rows["dataset"] == dataset) & (rows["measurements"] == h)]
            one = one.dropna(subset=[metric])
            means = one.groupby("x")[metric].mean()
            if len(means) > 1:
                wide = one.pivot_table(index="seed", columns="x", values=metric)
                change = (wide[means.index[-1]] - wide[means.index[0]]).dropna()
                spread = f" (runs {_signed(change.min())} to {_signed(change.max())})" if len(change) > 1 else ""
                texts.append(f"{label} {means.iloc[0]:.3f} to {means.iloc[-1]:.3f}{spread}")
        if texts:
            there = rows["x"][rows["dataset"] == dataset]
            ends = " to ".join("none" if np.isinf(x) else f"{x:g}" for x in (there.min(), there.max()))
            parts.append(f"{datasets[dataset]['label']}, h = {h}, {LABELS[name]} {ends}: {'; '.join(texts)}")
    return f"{METRICS[metric].label} along the axis. {'. '.join(parts)}." if parts else ""
