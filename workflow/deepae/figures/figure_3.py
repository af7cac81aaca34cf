"""Figure 3: Frobenius norm of the error (EM) on test cells, one panel per data set, grouped bars over h."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 3: EM, one panel per data set.

    Arguments and result are those of `deepae.figures.figure_2.draw`.
    """
    heading = style.heading("Figure 3", "em", table)
    return grouped_bars.draw(table, datasets, methods, ["em"], variant, heading, measurements)
