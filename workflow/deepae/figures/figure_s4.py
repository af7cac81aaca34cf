"""Figure S4: as Figure 9, for the other data sets."""

from deepae.figures import figure_9

NAME = "Figure S4"


def draw(panels, problems=()):
    """Draw the panels below each other; see `deepae.figures.figure_9.draw`."""
    return figure_9.draw(panels, problems, NAME)
