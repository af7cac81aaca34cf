"""Figure S5: PCC, EM and MAE against h from 1 to 100, a row for each data set."""

from deepae.config import roles
from deepae.figures import lines, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure S5: PCC, EM and MAE against h.

    Arguments and result are those of `deepae.figures.figure_2.draw`; markers stand for bars.
    """
    heading = style.heading("Figure S5", "", table)
    return lines.draw(table, datasets, methods, ["pcc", "em", "mae"], variant, heading, measurements)
