"""Figure 8: t-SNE of the original test cells and of their 10-dimensional code."""

from deepae.figures.embedding import cloud, draw

__all__ = ["cloud", "draw"]
