"""Figure 8: t-SNE of the original test cells and of their 10-dimensional code; Figure S2 is the same for other data sets."""

from deepae.plots.embedding import cloud, draw

__all__ = ["cloud", "draw"]
