"""Figure S1: mean absolute error (MAE) on test cells, one panel per data set, grouped bars over h."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure S1: MAE, one panel per data set.

    Arguments and result are those of `deepae.figures.figure_2.draw`.
    """
    heading = style.heading("Figure S1", "mae", table)
    return grouped_bars.draw(table, datasets, methods, ["mae"], variant, heading, measurements)
