"""Figure 8: t-SNE of the original test cells and of their 10-dimensional code, for GSE60361 and GSE62270."""

from deepae.plots.embedding import draw

ACCESSIONS = ("GSE60361", "GSE62270")

__all__ = ["ACCESSIONS", "belongs", "draw"]


def belongs(dataset):
    """Whether a data set, or the one of which it is a subset, is shown here."""
    return dataset.split("-")[0] in ACCESSIONS
