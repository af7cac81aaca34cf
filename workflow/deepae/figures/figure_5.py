"""Figure 5: clustered heat maps of the original test cells and of each method's reconstruction."""

import math

import numpy as np

from deepae.figures import heatmap, style
from deepae.interpretation import heatmap as chosen

COLUMNS = 3
TREE = 0.28  # inches for a dendrogram
GAP = 0.05


@style.house
def draw(original, reconstructions, methods, unit, heading="", separate=False):
    """Draw the original and each reconstruction with genes as rows, cells as columns, and one colour scale.

    Parameters
    ----------
    original : array, shape (n_genes, n_cells)
    reconstructions : dict of str to array of that shape
        By method, in the order they are drawn. Values in the unit of the original.
    methods : dict of str to dict
        `label` of each method.
    unit : str
        What the colour bar says.
    heading : str
        Data set and its note.
    separate : bool
        Cluster every panel by itself, as the paper's figure seems to; otherwise all have the order of the original,
        and the dendrograms, which are the original's, stand once for each row and column of panels.

    Returns
    -------
    matplotlib.figure.Figure
        The order is in the axes' `order` attribute of each panel, its drawn matrix in the image.
    """
    panels = [("original", np.asarray(original))]
    panels += [(methods[name]["label"], np.asarray(values)) for name, values in reconstructions.items()]
    low, high = heatmap.scale(panels[0][1])
    shared = None if separate else chosen.order(panels[0][1])
    columns = min(COLUMNS if len(panels) <= 9 else COLUMNS + 1, len(panels))
    rows = math.ceil(len(panels) / columns)

    width, bar = style.TWO_COLUMNS, 0.62
    bottom, title = 0.24, 0.34
    tree_above = TREE + GAP
    left = 0.22
    top = heatmap.headline_height(heading, left)
    room = width - left - bar - GAP
    trees_left = columns if separate else 1
    panel_width = (room - trees_left * TREE - (columns - 1) * 0.12) / columns
    panel_height = panel_width * 1.15
    trees_top = rows if separate else 1
    height = top + bottom + rows * (title + panel_height) + trees_top * tree_above
    figure = style.new(width, height)
    heatmap.headline(figure, heading, left)

    image, y = None, height - top
    for row in range(rows):
        above = tree_above if separate or row == 0 else 0
        y -= title + above
        x = left
        for column in range(columns):
            index = row * columns + column
            before = TREE if separate or column == 0 else 0
            x += before
            if index < len(panels):
                label, matrix = panels[index]
                order = chosen.order(matrix) if separate else shared
                box = (x, y - panel_height, panel_width, panel_height)
                axes = figure.add_axes(_relative(box, width, height), gid=f"panel-{index}")
                image = heatmap.panel(axes, matrix[np.ix_(order.genes, order.cells)], low, high)
                axes.order = order
                if before:
                    tree = figure.add_axes(_relative((x - TREE, box[1], TREE - 0.02, panel_height), width, height))
                    heatmap.dendrogram(tree, order.gene_linkage, "left")
                if above:
                    tree = figure.add_axes(_relative((x, y + 0.02, panel_width, TREE), width, height))
                    heatmap.dendrogram(tree, order.cell_linkage, "top")
                _title(figure, x, y + above, index, label, matrix, width, height)
            x += panel_width + 0.12
        y -= panel_height
    genes, cells = panels[0][1].shape
    figure.text(
        0.1 / width,
        (bottom + height - top) / 2 / height,
        f"{genes} genes",
        rotation=90,
        ha="center",
        va="center",
        gid="rows",
    )
    figure.text((left + room / 2) / width, 0.1 / height, f"{cells} cells", ha="center", va="center", gid="columns")
    tall = min(2.3, height * 0.4)
    cax = figure.add_axes(_relative((width - bar + 0.1, (height - tall) / 2, 0.1, tall), width, height))
    heatmap.colour_bar(figure, cax, image, unit, extend="both")
    return figure


def sequence(methods):
    """Return methods in the order of the panels: DeepAE beside the original, then the others as in the table."""
    return sorted(methods, key=lambda name: not name.startswith("deepae"))


def _title(figure, x, y, index, label, matrix, width, height):
    """Write letter, label and the largest drawn value: a reconstruction on another scale must not look broken."""
    finite = matrix[np.isfinite(matrix)]
    note = f"values {_short(finite.min())} to {_short(finite.max())}" if finite.size else "no values"
    at = {"ha": "left", "va": "baseline", "color": style.INK}
    figure.text(x / width, (y + 0.16) / height, style.letter(index), fontweight="bold", fontsize=8, **at)
    figure.text((x + 0.14) / width, (y + 0.16) / height, label, fontsize=7, gid="panel-title", **at)
    figure.text(x / width, (y + 0.05) / height, note, fontsize=6, gid="panel-note", **at)


def _short(value):
    return f"{value:.2g}".replace("-", "−")


def _relative(box, width, height):
    x, y, w, h = box
    return (x / width, y / height, w / width, h / height)
