"""Parts of clustered heat maps: colours, a panel, a dendrogram, a colour bar."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from deepae.figures import style

COLOURS = LinearSegmentedColormap.from_list("black-green-white", ["#000000", "#00A000", "#FFFFFF"]).with_extremes(
    bad="#808080"
)


MOST_ROWS, MOST_COLUMNS = 180, 120
"""Of a larger matrix neighbouring rows and columns are averaged: a page shows no more, and files stay small."""
BRANCHES = 30
"""Merges of a dendrogram that are drawn, the highest; more become a grey band."""


def panel(axes, matrix, low, high):
    """Draw a matrix with its first row on top, black at `low`, white at `high`; without ticks. Return the image."""
    image = axes.imshow(
        np.ma.masked_invalid(thinned(matrix)), aspect="auto", cmap=COLOURS, vmin=low, vmax=high, interpolation="nearest"
    )
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.4, color=style.FAINT)
    return image


def thinned(matrix, rows=MOST_ROWS, columns=MOST_COLUMNS):
    """Return a matrix with at most so many rows and columns: means of neighbouring ones, in groups of like size."""
    matrix = np.asarray(matrix, dtype=np.float64)
    for axis, most in ((0, rows), (1, columns)):
        size = matrix.shape[axis]
        if size > most:
            starts = np.arange(most) * size // most
            counts = np.diff([*starts, size])
            sums = np.add.reduceat(matrix, starts, axis=axis)
            matrix = sums / (counts[:, None] if axis == 0 else counts)
    return matrix


def dendrogram(axes, linkage, side):
    """Draw the top of a dendrogram beside a panel: root away from it. `side` is "left" (rows) or "top" (columns)."""
    from scipy.cluster.hierarchy import dendrogram as lines_of

    axes.set_axis_off()
    if linkage is None:
        return
    lines = lines_of(linkage, no_plot=True, count_sort=False)
    along = (np.asarray(lines["icoord"]) - 5) / 10  # leaf k stands at 10 k + 5: now at k, as pixels of the image do
    height = np.sqrt(np.asarray(lines["dcoord"]))  # Ward's last merges would leave no room for the first
    n = len(linkage) + 1
    highest = np.sort(height.max(axis=1))[::-1]
    least = float(highest[BRANCHES]) if len(highest) > BRANCHES else 0.0
    shown = height.max(axis=1) > least
    along, height = along[shown], np.maximum(height[shown], least)
    if side == "left":
        segments = np.stack([height, along], axis=-1)
        axes.set(xlim=(height.max() * 1.02 or 1, least), ylim=(n - 0.5, -0.5))
    else:
        segments = np.stack([along, height], axis=-1)
        axes.set(xlim=(-0.5, n - 0.5), ylim=(least, height.max() * 1.02 or 1))
    axes.add_collection(LineCollection(segments, colors=style.INK, linewidths=0.5, gid=f"dendrogram-{side}"))


def colour_bar(figure, axes, image, unit, extend="neither"):
    """Draw the colour bar of an image into `axes`, with the unit as its label."""
    bar = figure.colorbar(image, cax=axes, extend=extend)
    bar.set_label(unit)
    bar.outline.set_linewidth(0.4)


def scale(original):
    """Return the values drawn black and white: the least value and the 99.5th percentile of the original."""
    finite = original[np.isfinite(original)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(np.percentile(finite, 99.5))
    high = high if high > low else float(finite.max())
    return low, high if high > low else low + 1.0


def headline(figure, text, left):
    """Write a heading, in as many lines as it needs, at the top of a figure from `left` inches."""
    if text:
        style.head(figure, "\n".join(headline_lines(text, left)), left, 8)


def headline_height(text, left):
    """Return the height that `headline` takes, in inches."""
    return 0.06 + 0.135 * len(headline_lines(text, left))


def headline_lines(text, left):
    """Return the lines of a heading."""
    return style.wrap(text, style.TWO_COLUMNS - left - 0.1, 8)


def heading(datasets, h=None, seed=None):
    """Return what stands above a heat map: the data set, its note, h and the seed."""
    info = next(iter(datasets.values()))
    parts = [info["label"], info["note"], f"h = {h}" if h else "", f"seed {seed}" if seed is not None else ""]
    return " · ".join(part for part in parts if part)
