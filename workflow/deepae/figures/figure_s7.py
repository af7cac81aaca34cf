"""Figure S7: heat maps of the central layer at several numbers of measurements, cells in the order of the original."""

import numpy as np

from deepae.figures import heatmap, style
from deepae.figures.embedding import recalls
from deepae.interpretation import heatmap as chosen

UNIT_HEIGHT = 0.13  # inches for a row of the code


@style.house
def draw(original, codes, unit, heading="", kept=None):
    """Draw the original on top and the code of each number of measurements below, cells as columns in one order.

    Parameters
    ----------
    original : array, shape (n_genes, n_cells)
    codes : dict of int to array, shape (n_cells, h)
        Codes of the same cells by number of measurements.
    unit : str
        Of the original.
    heading : str
    kept : dict of int to list, optional
        How many neighbours the code of each number of measurements keeps: `deepae.figures.embedding.beside`.

    Returns
    -------
    matplotlib.figure.Figure
        Units are scaled to 0–1 and, from three on, ordered by clustering; the tick labels number them from 1.
    """
    original, kept = np.asarray(original), kept or {}
    order = chosen.order(original)
    width, left, bar = style.TWO_COLUMNS, 0.45, 0.75
    top = heatmap.headline_height(heading, left)
    tree, title, bottom, map_height = 0.35, 0.26, 0.34, 1.9
    heights = [UNIT_HEIGHT * max(2, np.shape(code)[1]) for code in codes.values()]
    height = top + title + tree + map_height + sum(title + each for each in heights) + bottom
    figure = style.new(width, height)
    heatmap.headline(figure, heading, left)
    span = width - left - bar

    def place(y, h):
        return style.inches(figure, left, y, span, h)

    def caption(y, index, text):
        at = {"va": "baseline", "color": style.INK}
        style.write(figure, left, y, style.letter(index), fontweight="bold", fontsize=8, **at)
        style.write(figure, left + 0.15, y, text, fontsize=7, gid="panel-title", **at)

    y = height - top - title
    caption(y + 0.06, 0, f"original, {len(original)} most variable genes")
    y -= tree
    heatmap.dendrogram(place(y + 0.02, tree), order.cell_linkage, "top")
    y -= map_height
    axes = place(y, map_height)
    low, high = heatmap.scale(original)
    image = heatmap.panel(axes, original[np.ix_(order.genes, order.cells)], low, high)
    axes.order = order
    axes.set_ylabel("genes")
    cax = style.inches(figure, width - bar + 0.1, y + 0.1, 0.1, map_height - 0.2)
    heatmap.colour_bar(figure, cax, image, unit, extend="max")

    first = y
    for index, (h, code) in enumerate(codes.items(), start=1):
        scaled = chosen.unit_range(code).T
        units = chosen.order(scaled).genes if len(scaled) > 2 else np.arange(len(scaled))
        y -= title
        beside = f"{style.DOT}neighbours kept: {recalls(kept[h])}" if kept.get(h) else ""
        caption(y + 0.06, index, f"central layer, h = {h}{beside}")
        y -= heights[index - 1]
        axes = place(y, heights[index - 1])
        image = heatmap.panel(axes, scaled[np.ix_(units, order.cells)], 0, 1)
        axes.units = units
        axes.set_yticks(range(len(units)), [str(unit + 1) for unit in units], fontsize=6)
        axes.tick_params(axis="y", length=0, pad=2)
        axes.set_ylabel("unit" if len(units) < 2 else "units")
    axes.set_xlabel(f"{original.shape[1]} cells, in the order of the original")
    if codes:
        middle, tall = (first - title + y) / 2, min(1.6, first - title - y)
        cax = style.inches(figure, width - bar + 0.1, middle - tall / 2, 0.1, tall)
        heatmap.colour_bar(figure, cax, image, "activation, scaled for each unit")
    said = [f"h = {h}: {recalls(kept[h])}" for h in codes if kept.get(h)]
    figure.found = f"Share of a cell's nearest neighbours that are kept. {'; '.join(said)}." if said else ""
    return figure
