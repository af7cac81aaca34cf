"""Pathways on one page: each cropped to what is drawn, with its title, numbers and legend above or beside it."""

from typing import NamedTuple

from matplotlib.patches import Rectangle

from deepae.figures import style
from deepae.figures.pathway import EDGE, draw_panel, panel_size

MARGIN, GUTTER = 0.1, 0.2
"""Inches around the page and between columns."""
HIGHEST = 6.4
"""Inches that the drawing of a pathway may be high, alone on a page; of several, 3.6."""
BESIDE = 2.3
"""Inches that must be left beside a narrow pathway for its text to stand there."""
LINE, SIZE = 0.125, 6.5
"""Height of a line of text in inches, and its size in points."""


class Block(NamedTuple):
    """A pathway with its text: inches.

    Attributes
    ----------
    width, height : float
        Of all of it.
    picture : tuple of float
        Width and height of the drawing; (0, 0) where there is none.
    rows : list of str
        Lines of the text.
    beside : bool
        The text stands at the right of the drawing, otherwise above.
    """

    width: float
    height: float
    picture: tuple
    rows: list
    beside: bool


@style.house
def draw(panels, heading="", notes=()):
    """Draw pathways on one page: one or two below each other, three or more in two columns.

    Parameters
    ----------
    panels : list of dict
        `pathway` (deepae.enrichment.gpml.Pathway) and `key` (for each node), or `message` where nothing can be
        drawn; `title`; `lines`, what is said of it; `legend`, pairs of a colour and a text.
    heading : str
        Above the first panel.
    notes : sequence of str
        Below the last.

    Returns
    -------
    matplotlib.figure.Figure
    """
    width, columns = style.TWO_COLUMNS, 1 if len(panels) < 3 else 2
    each = (width - 2 * MARGIN - (columns - 1) * GUTTER) / columns
    highest = HIGHEST if len(panels) == 1 else 3.6
    blocks = [_block(panel, each, highest) for panel in panels]
    shelves = [max(block.height for block in blocks[at : at + columns]) for at in range(0, len(blocks), columns)]
    foot = [row for note in notes for row in style.wrap(note, width - 2 * MARGIN, SIZE)]
    top = 0.12 + (0.22 if heading else 0)
    height = top + sum(shelves) + 0.18 * len(shelves) + LINE * len(foot) + 0.05
    figure = style.new(width, height)
    if heading:
        style.head(figure, heading, MARGIN, 8)
    y = height - top
    for index, (panel, block) in enumerate(zip(panels, blocks, strict=True)):
        shelf, column = divmod(index, columns)
        letter = style.letter(index) if len(panels) > 1 else ""
        _place(figure, panel, block, MARGIN + column * (each + GUTTER), y, letter)
        if column == columns - 1:
            y -= shelves[shelf] + 0.18
    for row, note in enumerate(foot):
        _write(figure, MARGIN, 0.05 + LINE * (len(foot) - row), note, gid="note")
    return figure


def _block(panel, width, highest):
    """Return how a panel takes a column of this width."""
    text = [panel["message"]] if "pathway" not in panel else list(panel.get("lines", ()))
    picture = (0.0, 0.0)
    if "pathway" in panel:
        size = panel_size(panel["pathway"])
        scale = min(1.0, width / size[0], highest / size[1])
        picture = (size[0] * scale, size[1] * scale)
    beside = bool(picture[0]) and width - picture[0] - GUTTER >= BESIDE
    room = width - picture[0] - GUTTER if beside else width
    rows = [row for line in text for row in [*style.wrap(line, room, SIZE), ""]][:-1]
    said = 0.25 + LINE * (sum(1 if row else 0.5 for row in rows) + len(panel.get("legend", ())))
    height = max(picture[1], said) if beside else picture[1] + said
    return Block(width, height, picture, rows, beside)


def _place(figure, panel, block, x, y, letter):
    """Draw a panel with its upper left corner at (x, y)."""
    width, height = figure.get_size_inches()
    left = x + block.picture[0] + GUTTER if block.beside else x
    if letter:
        _write(figure, left, y, letter, 9, fontweight="bold", gid="panel-letter")
    _write(figure, left + (0.16 if letter else 0), y, panel["title"], 8, gid="panel-title")
    at = y - 0.19
    gid = "panel-note" if "pathway" in panel else "message"
    for row in block.rows:
        _write(figure, left, at, row, gid=gid)
        at -= LINE if row else 0.5 * LINE
    for colour, text in panel.get("legend", ()):
        corner = (left / width, (at - 0.1) / height)
        look = {"facecolor": colour, "edgecolor": EDGE, "linewidth": 0.6, "transform": figure.transFigure}
        figure.add_artist(Rectangle(corner, 0.18 / width, 0.09 / height, **look))
        _write(figure, left + 0.25, at, text, gid="legend")
        at -= LINE
    if "pathway" in panel:
        wide, tall = block.picture
        bottom = (y if block.beside else at - 0.04) - tall
        draw_panel(style.inches(figure, x, bottom, wide, tall), panel["pathway"], panel["key"])


def _write(figure, x, y, text, size=SIZE, **look):
    style.write(figure, x, y, text, fontsize=size, parse_math=False, va="top", **look)
