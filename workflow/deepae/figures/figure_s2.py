"""Figure S2: as Figure 8, for the data sets that it does not show."""

from deepae.figures.embedding import cloud, draw

__all__ = ["cloud", "draw"]
