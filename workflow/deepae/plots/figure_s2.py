"""Figure S2: as Figure 8, for the other data sets."""

from deepae.plots import figure_8
from deepae.plots.embedding import draw

__all__ = ["belongs", "draw"]


def belongs(dataset):
    """Whether a data set is shown here: all that Figure 8 does not show."""
    return not figure_8.belongs(dataset)
