"""Figure 5: clustered heat maps of the original test cells and of each method's reconstruction, in two rows."""

import numpy as np

from deepae.figures import heatmap, style
from deepae.interpretation import heatmap as chosen

TREE = 0.26  # inches for a dendrogram
GAP = 0.07
TITLE = 0.5  # inches above a panel
ROWS = ("as published", "unit-norm decoding of the same dictionaries, and controls")
PUBLISHED = ("proposed", "network", "published")
"""Roles of the methods in the first row; unit-norm decoding and controls are in the second."""


@style.house
def draw(original, reconstructions, methods, unit, heading="", separate=False):
    """Draw the original and each reconstruction with genes as rows, cells as columns, and one colour scale.

    Each row of panels begins with the original: in the first row the published methods follow, in the second the
    dictionaries with unit-norm decoding and the controls.

    Parameters
    ----------
    original : array, shape (n_genes, n_cells)
    reconstructions : dict of str to array of that shape
        By method, in the order they are drawn. Values in the unit of the original.
    methods : dict of str to dict
        `label` and `role` of each method.
    unit : str
        What the colour bar says.
    heading : str
        Data set and its note.
    separate : bool
        Cluster every panel by itself, as the paper's figure seems to; otherwise all have the order of the original.

    Returns
    -------
    matplotlib.figure.Figure
        The order is in the axes' `order` attribute of each panel. `found` says what was found.
    """
    original = np.asarray(original)
    rows = [[("original", original), *row] for row in arranged(reconstructions, methods)]
    low, high = heatmap.scale(original)
    shared = chosen.order(original)
    columns = max(map(len, rows))
    width, left, bar, bottom = style.TWO_COLUMNS, 0.22, 0.5, 0.24
    top = heatmap.headline_height(heading, 0.06)
    panel_width = min(1.6, (width - left - TREE - bar - columns * GAP) / columns)
    panel_height = min(1.75 * panel_width, 1.6)
    height = top + TREE + len(rows) * (TITLE + panel_height) + bottom
    figure = style.new(width, height)
    heatmap.headline(figure, heading, 0.06)
    image, index, correlations = None, 0, {}
    for row, panels in enumerate(rows):
        y = height - top - TREE - (row + 1) * (TITLE + panel_height)
        x = left + TREE
        for column, (label, matrix) in enumerate(panels):
            order = chosen.order(matrix) if separate and column else shared
            axes = style.inches(figure, x, y, panel_width, panel_height, gid=f"panel-{index}")
            image = heatmap.panel(axes, matrix[np.ix_(order.genes, order.cells)], low, high)
            axes.order = order
            if not column:
                tree = style.inches(figure, x - TREE, y, TREE - 0.02, panel_height)
                heatmap.dendrogram(tree, order.gene_linkage, "left")
            if not index:
                tree = style.inches(figure, x, y + panel_height + TITLE - 0.03, panel_width, TREE)
                heatmap.dendrogram(tree, order.cell_linkage, "top")
            pcc = correlation(original, matrix) if column else None
            if column:
                correlations[label] = pcc
            if column == 1 and len(rows) == 2:
                above = y + panel_height + 0.37
                style.write(figure, x, above, ROWS[row], fontsize=6.2, style="italic", gid="row-title")
            _title(figure, (x, y + panel_height), index, label, pcc, matrix)
            x, index = x + panel_width + GAP, index + 1
    genes, cells = original.shape
    middle = (bottom + height - top) / 2
    style.write(figure, 0.1, middle, f"{genes} genes", rotation=90, ha="center", va="center", gid="rows")
    centre = left + TREE + (columns * (panel_width + GAP) - GAP) / 2
    style.write(figure, centre, 0.1, f"{cells} cells", ha="center", va="center", gid="columns")
    at = left + TREE + columns * (panel_width + GAP) + 0.02
    tall = min(1.6, height * 0.45)
    heatmap.colour_bar(figure, style.inches(figure, at, middle - tall / 2, 0.09, tall), image, unit, extend="both")
    figure.found = found(correlations)
    return figure


def arranged(reconstructions, methods):
    """Return the two rows of panels, each a list of (label, matrix); a row without any is left out.

    The mean profile stands in the row that is shorter.
    """
    first = [name for name in reconstructions if methods[name].get("role", "published") in PUBLISHED]
    second = [name for name in reconstructions if name not in first and name != "mean"]
    if "mean" in reconstructions:
        (first if len(first) <= len(second) else second).append("mean")
    panels = {name: (methods[name]["label"], np.asarray(values)) for name, values in reconstructions.items()}
    return [[panels[name] for name in names] for names in (first, second) if names] or [[]]


def sequence(methods):
    """Return methods in the order of the panels: networks and PCA beside the original, then as in the table."""
    return sorted(methods, key=lambda name: not (methods[name].get("role") in PUBLISHED[:2] or name == "pca"))


def correlation(original, matrix):
    """Return the Pearson correlation of the drawn values; NaN for a constant picture."""
    a, b = original.ravel().astype(np.float64), np.asarray(matrix).ravel().astype(np.float64)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() and np.isfinite(b).all() else np.nan


def found(correlations):
    """Say in words which pictures are closest to the original."""
    known = {label: value for label, value in correlations.items() if np.isfinite(value)}
    if not known:
        return "No reconstruction is drawn."
    ranked = sorted(known, key=known.get, reverse=True)
    *best, last = [f"{label} {known[label]:.3f}" for label in [*ranked[:3], ranked[-1]]]
    return f"Closest to the original, by PCC of the drawn values: {', '.join(best)}; farthest: {last}."


def _title(figure, at, index, label, pcc, matrix):
    """Write letter, label, PCC and the range of values: a reconstruction on another scale must not look broken."""
    x, y = at
    finite = matrix[np.isfinite(matrix)]
    note = f"{_short(finite.min())} to {_short(finite.max())}" if finite.size else "no values"
    look = {"ha": "left", "va": "baseline", "color": style.INK}
    style.write(figure, x, y + 0.24, style.letter(index), fontweight="bold", fontsize=7.5, **look)
    style.write(figure, x + 0.14, y + 0.24, _narrow(label), fontsize=6.2, gid="panel-title", **look)
    quality = "" if pcc is None else "PCC –" if np.isnan(pcc) else f"PCC {pcc:.3f}".replace("-", "−")
    style.write(figure, x, y + 0.14, quality, fontsize=6, gid="panel-pcc", **look)
    style.write(figure, x, y + 0.04, note, fontsize=6, gid="panel-note", **look)


def _narrow(label):
    """Return a label that fits a narrow panel; the line above the row says which decoding it is."""
    return label.replace(" (unit-norm)", "").replace("random + LMMSE", "LMMSE")


def _short(value):
    return f"{value:.2g}".replace("-", "−")
