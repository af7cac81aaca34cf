"""Figure S6: Spearman correlation against h from 1 to 100, a panel for each data set."""

from deepae.config import roles
from deepae.figures import lines, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure S6: Spearman's correlation against h.

    Arguments and result are those of `deepae.figures.figure_2.draw`; markers stand for bars.
    """
    heading = style.heading("Figure S6", "spearman", table)
    return lines.draw(table, datasets, methods, ["spearman"], variant, heading, measurements)
