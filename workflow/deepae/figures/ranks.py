"""Ranks of the methods with their intervals: what is a tie is drawn as one."""

from deepae.analysis.ranks import ranks
from deepae.analysis.runs import usable
from deepae.config.outputs import heading
from deepae.figures import style

NOTHING = "Nothing to draw: no two methods of the block share their test cells."
ROW, WIDE, GAP = 0.145, 1.5, 0.12  # inches


@style.house
def draw(name, table, datasets, methods, cells):
    """Draw, for each data set and h, the rank of each method: a dot, and a bar from its best to its worst rank.

    Parameters
    ----------
    name, table, datasets, methods
        As `deepae.figures.axis.draw`.
    cells : dict of (str, str, str) to list of dict
        As `deepae.analysis.ranks.ranks`.

    Returns
    -------
    matplotlib.figure.Figure
        With `found` and `behind`.
    """
    rows = usable(table, ["em"], methods) if len(table) else table
    found = ranks(rows[rows["dataset"].isin(list(datasets))], cells, methods) if len(rows) else rows
    if not len(found):
        return style.message(NOTHING, heading(name))
    settings = list(dict.fromkeys(zip(found["dataset"], found["measurements"], strict=True)))
    order = found.groupby("method")["rank"].mean().sort_values(kind="stable").index
    place = {method: y for y, method in enumerate(order)}
    labels = [methods[method]["label"] for method in order]
    left = 0.12 + 0.054 * max(map(len, labels))
    width, tall = max(4.4, left + len(settings) * (WIDE + GAP) + 0.05), ROW * len(order)
    height = 0.44 + tall + 0.62
    figure = style.new(width, height)
    style.head(figure, heading(name))
    for number, (dataset, h) in enumerate(settings):
        x = left + number * (WIDE + GAP)
        axes = style.inches(figure, x, 0.62, WIDE, tall, gid=f"panel:{dataset}:{h}")
        style.title(axes, number, f"{datasets[dataset]['label']}, h = {h}")
        here = found[(found["dataset"] == dataset) & (found["measurements"] == h)]
        for row in here.itertuples():
            y, colour = place[row.method], style.darker(methods[row.method]["colour"])
            axes.plot([row.rank_low, row.rank_high], [y, y], color=colour, linewidth=2.2, alpha=0.45,
                      solid_capstyle="round", gid=f"interval:{row.method}:{h}")  # fmt: skip
            axes.plot([row.rank], [y], marker="o", markersize=3, color=colour, gid=f"rank:{row.method}:{h}")
        axes.set_xlim(0.4, found["of"].max() + 0.6)
        style.rows(axes, labels, not number)
        axes.set_xticks([1, *range(5, int(found["of"].max()) + 1, 5)])
        axes.set_xlabel("rank by EM (1: least error)", labelpad=1)
        axes.grid(axis="both", color="#EBEBEB", linewidth=0.5)
    text = "Dot: rank of the mean over seeds. Bar: ranks that stay open when cells and seeds are drawn again."
    style.write(figure, 0.06, 0.05, "\n".join(style.wrap(text, width - 0.12, 6)), va="bottom", fontsize=6)
    figure.behind = found
    figure.found = said(found, datasets)
    return figure


def said(found, datasets):
    """Say who is first, and who is not surely behind."""
    parts = []
    for (dataset, h), here in found.groupby(["dataset", "measurements"], sort=False):
        first = here.iloc[0]
        ties = f"not surely ahead of {first['ties']}" if first["ties"] else "surely ahead of all others"
        parts.append(f"{datasets[dataset]['label']}, h = {h}: {first['label']} (of {first['of']}), {ties}")
    return f"Least EM. {'. '.join(parts)}."
