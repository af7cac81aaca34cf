"""The summary of a comparison: every method, h and data set as scores between the mean profile and the ceiling."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import TwoSlopeNorm
from matplotlib.patches import Rectangle

from deepae.analysis.scaling import scaled_runs
from deepae.config.outputs import FIGURES, heading
from deepae.config.vocabulary import METRICS, ROLES
from deepae.figures import style

NOTHING = "Nothing to draw: the block has no run that can be set beside the mean profile."
ROW, COLUMN, LEFT, GROUP = 0.15, 0.42, 1.75, 0.17  # inches
ORDER = ("control", "published", "unit-norm", "compressed-sensing", "panel", "network", "proposed", "ceiling")


def groups(methods):
    """Return the methods in the order of rows: heading and names of floors, controls, …, ceilings."""
    found = []
    for role in ORDER:
        names = [name for name, entry in methods.items() if entry["role"] == role]
        if role == "control":
            floors = [name for name in names if methods[name].get("floor")]
            found += [("floors", floors), (ROLES[role].label, [name for name in names if name not in floors])]
        else:
            found.append((ROLES[role].label, names))
    return [(label, names) for label, names in found if names]


@style.house
def draw(name, table, datasets, methods):
    """Draw the summary.

    Parameters
    ----------
    name : str
        As in the registry.
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets, methods : dict of str to dict
        As the figures of the comparison.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each method, a column for each data set, h and metric: the mean over runs of the scaled score, as a
        colour and a number; ``↑`` above the ceiling; empty where there is no run with a value. `found` says the best.
    """
    metrics, title = FIGURES[name].metrics, heading(name)
    full = {method: entry["iterations"] for method, entry in methods.items() if entry.get("iterations")}
    runs = scaled_runs(table[table["dataset"].isin(list(datasets))], methods, metrics, full) if len(table) else None
    if runs is None or runs["scaled"].isna().all():
        return style.message(NOTHING, title)
    means = runs.groupby(["method", "dataset", "measurements", "metric"], sort=False)["scaled"].mean()
    known = set(runs["method"])
    rows = [(label, [name for name in names if name in known]) for label, names in groups(methods)]
    rows = [(label, names) for label, names in rows if names]
    settings = [(name, h) for name in datasets for h in sorted(set(runs["measurements"][runs["dataset"] == name]))]
    columns = [(dataset, h, metric) for dataset, h in settings for metric in metrics]
    places, top = _places(rows)
    head, foot = 0.66, 0.34
    gaps = 0.08 * (len(settings) - 1)
    width = max(LEFT + COLUMN * len(columns) + gaps + 0.1, 4.4)
    height = head + top + foot
    figure = style.new(width, height)
    axes = figure.add_axes([LEFT / width, foot / height, (COLUMN * len(columns) + gaps) / width, top / height])
    axes.set_gid("panel:scaled")
    axes.set_xlim(0, COLUMN * len(columns) + gaps)
    axes.set_ylim(top, 0)
    axes.axis("off")
    norm, colours = TwoSlopeNorm(0.0, -1.0, 1.0), colormaps["RdBu"]
    for number, column in enumerate(columns):
        x = COLUMN * number + 0.08 * (number // len(metrics))
        for name, y in places.items():
            value = float(means.get((name, *column), np.nan))
            _cell(
                axes,
                x,
                y,
                value,
                colours(norm(np.clip(0.85 * value, -0.85, 0.85))),
                f"{name}:{':'.join(map(str, column))}",
            )
        axes.text(x + COLUMN / 2, -0.04, METRICS[column[2]].label, ha="center", va="bottom", fontsize=6.5)
    wide = COLUMN * len(metrics)
    for number, (_, h) in enumerate(settings):
        axes.text(number * (wide + 0.08) + wide / 2, -0.16, f"h = {h}", ha="center", va="bottom", fontsize=6.5)
    for name, info in datasets.items():
        at = [number for number, (dataset, _) in enumerate(settings) if dataset == name]
        if at:
            middle = (at[0] + at[-1]) / 2 * (wide + 0.08) + wide / 2
            text = style.wrap(info["label"], len(at) * (wide + 0.08), 7)[0]
            axes.text(middle, -0.29, text, ha="center", va="bottom", fontsize=7, fontweight="bold", gid="panel-title")
    y = 0.0
    for label, names in rows:
        axes.text(
            -LEFT + 0.06, y + GROUP / 2, label, ha="left", va="center", fontsize=6.5, fontweight="bold", color=style.INK
        )
        y += GROUP + ROW * len(names)
        for name in names:
            axes.text(-0.06, places[name] + ROW / 2, methods[name]["label"], ha="right", va="center", fontsize=6.5)
    figure.text(0.06 / width, 1 - 0.05 / height, title, va="top", fontsize=7.5, gid="heading")
    _key(figure, runs, methods, width, height, colours, norm)
    figure.found = found(means, datasets, methods, settings, metrics)
    return figure


def _places(rows):
    """Give each method its place, in inches from the top; return places and the height of all."""
    places, y = {}, 0.0
    for _, names in rows:
        y += GROUP
        for name in names:
            places[name] = y
            y += ROW
    return places, y


def _cell(axes, x, y, value, colour, gid):
    """Draw one score; nothing but a frame where there is none."""
    missing = not np.isfinite(value)
    face = "white" if missing else colour
    axes.add_patch(_rectangle((x, y), face, gid))
    if not missing:
        light = float(np.dot(colour[:3], [0.2126, 0.7152, 0.0722])) > 0.45
        axes.text(x + COLUMN / 2, y + ROW / 2 + 0.005, number(value), ha="center", va="center", fontsize=6,
                  color=style.INK if light else "white")  # fmt: skip


def _rectangle(at, face, gid):
    return Rectangle(at, COLUMN, ROW, facecolor=face, edgecolor="#D8D8D8", linewidth=0.4, gid=f"score:{gid}")


def number(value):
    """Return a score as it is printed: ``.87``, ``−1.2``, ``1.04↑``."""
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"
    return text.replace("-0.00", "0.00").replace("-", "−") + ("↑" if value > 1.0005 else "")


def _key(figure, runs, methods, width, height, colours, norm):
    """Say below the figure what 0 and 1 are."""
    names = [methods[name]["label"] for name in dict.fromkeys(runs["ceiling"]) if name]
    best = f"the best ceiling ({', '.join(names)})" if names else "a reconstruction without error"
    text = f"0: the mean training profile. 1: {best}. Mean over runs; ↑: above 1; empty: no run with a value."
    lines = style.wrap(text, width - 0.12, 6)
    figure.text(0.06 / width, 0.05 / height, "\n".join(lines[:4]), va="bottom", fontsize=6, gid="message")


def found(means, datasets, methods, settings, metrics):
    """Say which method that may be ranked is best at each data set and h, by the first metric."""
    parts = []
    for dataset, h in settings:
        best = {}
        for name, entry in methods.items():
            value = means.get((name, dataset, h, metrics[0]), np.nan)
            if ROLES[entry["role"]].ranked and not entry.get("floor") and np.isfinite(value):
                best[name] = value
        if best:
            name = max(best, key=best.get)
            parts.append(f"{datasets[dataset]['label']}, h = {h}: {methods[name]['label']} {number(best[name])}")
    return f"Highest scaled {METRICS[metrics[0]].label}, of 1 for the ceiling: {'; '.join(parts)}." if parts else ""
