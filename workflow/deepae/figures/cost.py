"""Cost beside accuracy: scaled EM, seconds to fit, numbers that the decoder holds, what has to be measured."""

import numpy as np
from matplotlib.lines import Line2D

from deepae.config.outputs import heading
from deepae.config.roles import competes
from deepae.figures import style
from deepae.tables.contest import contest

NOTHING = "Nothing to draw: the block has no run that can be set beside the mean profile."
COLUMNS = {
    "scaled_em": "scaled EM (1: ceiling)",
    "fit_seconds": "seconds to fit",
    "floats": "numbers in the decoder",
}
MARKERS = {"all genes": "o", "h probes": "s", "h genes": "D"}
LEAST = -1.0  # scaled EM below it is an arrow
ROW, WIDE, GAP = 0.145, 1.5, 0.14  # inches


@style.house
def draw(name, table, datasets, methods, cells):
    """Draw for each data set a row for each method that may be ranked: the best first at the largest h.

    Parameters
    ----------
    name, table, datasets, methods
        As `deepae.figures.axis.draw`.
    cells : dict of (str, str, str) to list of dict
        As `deepae.tables.contest.contest`.

    Returns
    -------
    matplotlib.figure.Figure
        Markers: what is measured of a cell; filled at the largest h, open at others. With `found` and `behind`.
    """
    found = contest((table, cells), methods, datasets) if len(table) else table
    kept = [entry["label"] for entry in methods.values() if competes(entry)]
    shown = found[found["method"].isin(kept)].dropna(subset=["scaled_em"]) if len(found) else found
    if not len(shown):
        return style.message(NOTHING, heading(name))
    columns = [column for column in COLUMNS if column in shown and shown[column].notna().any()]
    sets = [dataset for dataset in datasets if dataset in set(shown["dataset"])]
    rows = {dataset: _order(shown[shown["dataset"] == dataset]) for dataset in sets}
    left = 0.12 + 0.054 * max(len(label) for labels in rows.values() for label in labels)
    width = max(4.4, left + len(columns) * (WIDE + GAP) + 0.05)
    figure = style.new(width, 4)
    look = {"linestyle": "none", "color": style.INK, "markersize": 4}
    entries = [
        (Line2D([], [], marker=MARKERS[need], **look), f"measures {need}")
        for need in MARKERS
        if need in set(shown["needs"])
    ]
    hs = sorted(set(shown["measurements"]))
    entries += [
        (Line2D([], [], marker="o", **look | ({} if h == hs[-1] else {"markerfacecolor": "white"})), f"h = {h}")
        for h in hs
    ]
    bottom = style.legend(figure, entries, width)
    heights = {dataset: ROW * len(labels) for dataset, labels in rows.items()}
    height = 0.2 + sum(heights.values()) + 0.62 * len(sets) + bottom
    figure.set_size_inches(width, height)
    style.head(figure, heading(name))
    colours = {entry["label"]: style.darker(entry["colour"]) for entry in methods.values()}
    y = height - 0.2
    for line, dataset in enumerate(sets):
        y -= 0.24 + heights[dataset]
        here = shown[shown["dataset"] == dataset]
        for place, column in enumerate(columns):
            gid = f"panel:{dataset}:{column}"
            axes = style.inches(figure, left + place * (WIDE + GAP), y, WIDE, heights[dataset], gid=gid)
            style.title(axes, line * len(columns) + place, datasets[dataset]["label"])
            _panel(axes, here, column, rows[dataset], colours, hs, shown)
            style.rows(axes, rows[dataset], not place)
        y -= 0.38
    figure.behind, figure.found = found, said(shown, datasets)
    return figure


def _order(rows):
    return list(
        rows[rows["measurements"] == rows["measurements"].max()].sort_values("scaled_em", ascending=False)["method"]
    )


def _panel(axes, rows, column, labels, colours, hs, everything):
    """Draw one quantity of the methods of a data set."""
    for row in rows[rows["method"].isin(labels)].to_dict("records"):
        if column == "scaled_em" and row[column] < LEAST:
            axes.plot([LEAST], [labels.index(row["method"])], marker="<", markersize=3.6, color=colours[row["method"]])
        elif np.isfinite(row[column]):
            colour = colours[row["method"]]
            face = colour if row["measurements"] == hs[-1] else "white"
            axes.plot([row[column]], [labels.index(row["method"])], marker=MARKERS[row["needs"]], markersize=3.6,
                      color=colour, markerfacecolor=face, markeredgewidth=0.8,
                      gid=f"cost:{row['method']}:{row['measurements']}:{column}")  # fmt: skip
    if column == "scaled_em":
        axes.set_xlim(max(LEAST, everything[column].min()) - 0.08, max(1.0, everything[column].max()) + 0.08)
    else:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter("")
        low, high = everything[column][everything[column] > 0].min(), everything[column].max()
        axes.set_xlim(low / 2, high * 2)
    axes.grid(axis="both", color="#EBEBEB", linewidth=0.5)
    axes.set_xlabel(COLUMNS[column], labelpad=1)


def said(shown, datasets):
    """Say the best method of each kind of measuring, and what it costs."""
    parts = []
    for dataset, here in shown.groupby("dataset", sort=False):
        here = here[here["measurements"] == here["measurements"].max()].sort_values("scaled_em", ascending=False)
        best = here.drop_duplicates("needs")
        texts = [
            f"{row['needs']}: {row['method']} {row['scaled_em']:.2f}, {row['fit_seconds']:.3g} s"
            + (f", {row['floats']:,.0f} numbers" if np.isfinite(row.get("floats", np.nan)) else "")
            for row in best.to_dict("records")
        ]
        parts.append(f"{datasets[dataset]['label']}, h = {int(here['measurements'].iloc[0])}: {'; '.join(texts)}")
    return (
        f"Best scaled EM by what is measured of a cell, seconds to fit, and numbers in the decoder. {'. '.join(parts)}."
    )
