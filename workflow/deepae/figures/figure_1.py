"""Figure 1: the configured network, drawn from its layers."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

from deepae.figures import style

ENCODER, CENTRE, DECODER, DATA = "#9CC7E4", "#D55E00", "#A9D8C2", "#E4E4E4"


@style.house
def draw(hidden, name="DeepAE", n_genes=None, h=None, slope=0.2, linear_centre=False, loss="mae", iterations=None):
    """Draw Figure 1.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the encoder's hidden layers, from the genes to the centre; the decoder mirrors them.
    name : str
        Of the architecture.
    n_genes, h : int, optional
        Genes and measurements; drawn as g and h where they differ between data sets.
    slope : float
        Of the leaky ReLU for negative values.
    linear_centre : bool
        Whether the central layer has no activation.
    loss : str
        ``mae`` or ``mse``.
    iterations : int, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    widths = ["g" if n_genes is None else n_genes, *hidden, "h" if h is None else h, *reversed(hidden)]
    widths.append(widths[0])
    heights = _heights(widths, len(hidden) + 1)
    figure = style.new(style.TWO_COLUMNS, 2.75)
    axes = figure.add_axes([0.01, 0.01, 0.98, 0.9])
    axes.set_axis_off()
    last = len(widths) - 1
    centre = last // 2
    xs = np.linspace(0, 10, len(widths))
    box = min(0.36, 0.3 * (xs[1] - xs[0]))
    axes.set_xlim(-0.75, 10.75)
    axes.set_ylim(-1.62, 1.32)
    for i in range(last):
        side = ENCODER if i < centre else DECODER
        left, right = xs[i] + box / 2, xs[i + 1] - box / 2
        near, far = heights[i], heights[i + 1]
        corners = [(left, near), (right, far), (right, -far), (left, -near)]
        axes.add_patch(Polygon(corners, facecolor=side, alpha=0.3, linewidth=0, gid=f"weights:{i}"))
    for i, (x, height, width) in enumerate(zip(xs, heights, widths, strict=True)):
        colour = DATA if i in (0, last) else CENTRE if i == centre else ENCODER if i < centre else DECODER
        look = {"facecolor": colour, "edgecolor": style.INK, "linewidth": 0.7, "gid": f"layer:{i}:{width}"}
        shape = "round,pad=0,rounding_size=0.06"
        axes.add_patch(FancyBboxPatch((x - box / 2, -height), box, 2 * height, boxstyle=shape, **look))
        text = f"{width:,}".replace(",", "\u2009") if isinstance(width, int) else width
        italic = {} if isinstance(width, int) else {"fontstyle": "italic"}
        axes.text(x, height + 0.06, text, ha="center", va="bottom", fontsize=7.5, gid=f"width:{i}", **italic)
    below = -1.09
    for x, text in ((xs[0], "a cell:\nexpression of\nits genes"), (xs[last], "the cell,\nreconstructed")):
        axes.text(x, below, text, ha="center", va="top", fontsize=6.5)
    axes.text(xs[centre], below, "the code:\nh measurements", ha="center", va="top", fontsize=6.5, color="#8C3B00")
    if centre > 1:
        for first, stop, text in ((1, centre - 1, "encoder"), (centre + 1, last - 1, "decoder")):
            _span(axes, xs[first] - box / 2, xs[stop] + box / 2, below + 0.02, text)
    unit = f"leaky ReLU, slope {slope:g}, after every layer"
    unit += ", but the centre is linear" if linear_centre else " and the output"
    parts = [unit, {"mae": "loss: mean absolute error", "mse": "loss: mean squared error"}.get(loss, f"loss: {loss}")]
    if iterations:
        parts.append(f"Adam, {iterations} iterations")
    text = " · ".join(parts)
    axes.text(5, -1.6, text, ha="center", va="bottom", fontsize=6.5, color=style.INK, gid="parameters")
    layers = f"{len(hidden)} + 1 + {len(hidden)} hidden layers"
    style.head(figure, f"Figure 1{style.DOT}{name}, {layers}")
    return figure


def _heights(widths, centre):
    """Return half the height of each layer: by the logarithm of its width, genes highest, the centre lowest."""
    numbers = np.array([20000 if width == "g" else 10 if width == "h" else width for width in widths], dtype=float)
    logs = np.log10(np.maximum(numbers, 1))
    low, high = min(logs.min(), 0.5), logs.max()
    return 0.12 + 0.88 * (logs - low) / max(high - low, 1e-9)


def _span(axes, left, right, y, text):
    """Draw a double arrow with a word below it."""
    if right - left < 1:  # one layer
        axes.text((left + right) / 2, y - 0.02, text, ha="center", va="top", fontsize=6.5)
        return
    arrow = FancyArrowPatch((left, y), (right, y), arrowstyle="<->", mutation_scale=5, linewidth=0.6, color=style.INK)
    axes.add_patch(arrow)
    axes.text((left + right) / 2, y - 0.05, text, ha="center", va="top", fontsize=6.5)
