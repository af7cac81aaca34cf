"""Figure 7: PCC, EM and MAE of the mass-cytometry data, a row for each data set."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 7: PCC, EM and MAE of the mass-cytometry data.

    Arguments and result are those of `deepae.figures.figure_2.draw`.
    """
    heading = style.heading("Figure 7", "mass cytometry", table)
    return grouped_bars.draw(table, datasets, methods, ["pcc", "em", "mae"], variant, heading, measurements)
