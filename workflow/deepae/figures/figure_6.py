"""Figure 6: PCC, EM and MAE of the array data sets, a row each."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 6: PCC, EM and MAE of the array data sets.

    Arguments and result are those of `deepae.figures.figure_2.draw`.
    """
    heading = style.heading("Figure 6", "array data sets", table)
    return grouped_bars.draw(table, datasets, methods, ["pcc", "em", "mae"], variant, heading, measurements)
