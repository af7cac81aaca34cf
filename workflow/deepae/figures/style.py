"""One house style for every figure: sizes, fonts, panel titles, scientific axes, and files with reproducible bytes."""

import functools
import math
import os
import textwrap
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from deepae.config.captions import escaped
from deepae.io.files import atomic, write_text

ONE_COLUMN = 3.3
"""Width of a one-column figure in inches."""
TWO_COLUMNS = 6.9
"""Width of a two-column figure in inches."""

# DejaVu Sans comes with matplotlib, so every machine lays out the same letters. In SVG text is text, which can be
# searched, selected and read aloud; without DejaVu Sans, Verdana has the same widths. Nothing is below 6 points.
RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "deepae",
    "pdf.fonttype": 42,
    "path.simplify": True,
}

DOT = "\u00a0· "
"""Between the parts of a heading; a line never begins with it."""

BANNER = "DEEPAE_BANNER"
"""The environment variable with the line that every figure carries, of the configuration's `banner`."""

INK = "#222222"
FAINT = "#9A9A9A"
LIGHTEST = 0.62  # of 1 for white

LINES = {"solid": "-", "dotted": (0, (1, 1.2)), "dashed": (0, (3.5, 1.2)), "dash-dotted": (0, (5, 1, 1, 1))}
"""Line styles that methods.yaml may name: two greys can stand side by side only if their lines differ too."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_NO_DATES = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
    ".png": {"Software": None},
}


def house(function):
    """Make `function` draw with the settings of this module, whatever the caller's are."""

    @functools.wraps(function)
    def drawn(*args, **kwargs):
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return function(*args, **kwargs)

    return drawn


@house
def save(figure, paths):
    """Write `figure` to each path, in the format of its suffix, complete or not at all.

    A ``.rst`` gets what the figure found, in words (its attribute `found`), with which its caption begins.
    The bytes depend on the figure and matplotlib's version only: ids in SVG are salted, no file carries a date. Files
    have a title and a description for readers who cannot see the picture (`alternative_text`).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    paths : iterable of path
        Files that end in ``.svg``, ``.pdf``, ``.png`` or ``.rst``.
    """
    heading, description = alternative_text(figure)
    texts = {
        ".svg": {"Title": heading, "Description": description},
        ".pdf": {"Title": heading, "Subject": description},
        ".png": {"Title": heading, "Description": description},
    }
    options = _banner(figure, os.environ.get(BANNER, ""))
    for path in map(Path, paths):
        if path.suffix == ".rst":
            write_text(path, escaped(getattr(figure, "found", "")) + "\n")
            continue
        if path.suffix not in _NO_DATES:
            raise ValueError(f"{path}: a figure is written as .svg, .pdf or .png")
        with atomic(path) as temporary:
            figure.savefig(
                temporary, format=path.suffix[1:], metadata=_NO_DATES[path.suffix] | texts[path.suffix], **options
            )
            if path.suffix == ".svg":
                drawn = Path(temporary).read_text(encoding="utf-8")
                Path(temporary).write_text(drawn.replace("'DejaVu Sans',", "'DejaVu Sans', Verdana,"), encoding="utf-8")


def _banner(figure, text):
    """Write a line below a figure, where nothing stands; return what `savefig` needs to show it too."""
    if not text:
        return {}
    width, height = figure.get_size_inches()
    lines = wrap(text, width)
    below = 0.05 + 0.11 * len(lines)
    at = {"ha": "right", "va": "bottom", "fontsize": 6, "color": "#B00020", "gid": "banner"}
    figure.text(1 - 0.02 / width, -(below - 0.03) / height, "\n".join(lines), **at)
    return {"bbox_inches": Bbox([[0, -below], [width, height]])}


def alternative_text(figure):
    """Return title and description of a figure in words: its heading; its panels, messages and legend."""

    texts = [(item.get_gid(), " ".join(item.get_text().split())) for item in figure.findobj(Text)]

    def said(name):
        return [text for gid, text in texts if gid == name]

    panels, before = [], None
    for gid, text in texts:
        if gid == "panel-note" and panels:  # the lines of a note are pieces of one sentence about the panel
            panels[-1] += f"{' ' if before == gid else ': '}{text}"
        elif gid in ("row-title", "panel-title", "panel-note"):
            panels.append(text)
        before = gid
    parts = said("message")
    if panels:
        parts.append("Panels: " + "; ".join(dict.fromkeys(panels)))
    for legend in figure.legends:
        parts.append("Legend: " + "; ".join(item.get_text() for item in legend.get_texts()))
    return " ".join(said("heading")), ". ".join(part.removesuffix(".") for part in parts)


def joined(*parts):
    """Join the parts of a heading that are not empty."""
    return DOT.join(filter(None, parts))


def line(info):
    """Return colour and style of a control's line."""
    return {"color": darker(info["colour"]), "linestyle": LINES[info.get("line", "solid")]}


def darker(colour):
    """Return a colour no lighter than `LIGHTEST`: light greys make no legible line or text."""
    rgb = np.array(to_rgb(colour))
    light = float(rgb @ [0.2126, 0.7152, 0.0722])
    return to_hex(rgb * min(1.0, LIGHTEST / light)) if light else colour


def new(width, height):
    """Return an empty figure of this width and height in inches, bound to no window system."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


@house
def message(text, heading=""):
    """Return a figure that only says something: what is drawn where there are no data to draw."""
    figure = new(TWO_COLUMNS, 1.1)
    lines = textwrap.fill(text, width=int(TWO_COLUMNS * 15))
    figure.text(0.5, 0.45, lines, ha="center", va="center", fontsize=8, color=INK, gid="message")
    if heading:
        head(figure, heading, size=8)
    return figure


def letter(index):
    """Return the panel letter of a position: a, b, … z, aa, ab, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("a") + rest) + name
    return name


def wrap(text, width_in, size=6.0):
    """Wrap `text` to lines that fit `width_in` inches at a font size in points. Return a list of lines."""
    # The mean advance of DejaVu Sans is 0.58 of its size; 0.6 keeps a margin.
    return textwrap.wrap(text, max(8, int(width_in * 72 / (0.6 * size)))) if text else []


def title(axes, index, label, note_lines=()):
    """Write the panel letter, the name of the data set and its note above a panel.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    index : int or None
        Position of the panel; None leaves the letter out.
    label : str
    note_lines : sequence of str
        Already wrapped (`wrap`).
    """
    above = 3 + 7.5 * len(note_lines)
    look = {"ha": "left", "va": "baseline", "color": INK}
    shift = 0
    if index is not None:
        note(axes, letter(index), (0, 1), (0, above), size=8, fontweight="bold", gid="panel-letter", **look)
        shift = 5 + 5 * len(letter(index))
    note(axes, label, (0, 1), (shift, above), size=7, gid="panel-title", **look)
    for row, line in enumerate(note_lines):
        note(axes, line, (0, 1), (0, above - 7.5 * (row + 1)), gid="panel-note", **look)


def title_height(note_lines=()):
    """Return the height of what `title` writes, in inches."""
    return (3 + 7.5 * len(note_lines) + 8) / 72


def few(bins):
    """Return a locator of at most so many intervals at round numbers."""
    return MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10])


def rows(axes, labels, shown=True):
    """Give axes a row for each label, the first at the top; the labels are written where they are `shown`."""
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), labels if shown else [])
    axes.tick_params(axis="y", length=0)


def scientific(axis, top, bins=6):
    """Give an axis few ticks; very large or small values are multiples of a power of ten.

    Returns
    -------
    str
        `` (×10⁴)`` or nothing: it belongs to the axis label, where it meets no other text.
    """
    power = math.floor(math.log10(top)) if top > 0 and math.isfinite(top) else 0
    power = 0 if -3 < power < 4 else power
    axis.set_major_locator(few(bins))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 10.0**power:.6g}".replace("-", "−")))
    return f" (×10{str(power).translate(SUPERSCRIPTS)})" if power else ""


def short_number(value):
    """Return a number with three significant digits, powers of ten only where they are shorter."""
    text = f"{value:.3g}"
    if "e" in text:
        mantissa, _, power = text.partition("e")
        return f"{mantissa}·10{str(int(power)).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")


def legend(figure, entries, width):
    """Add a legend at the bottom of the figure, in as many columns as fit `width` inches.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    entries : list of (artist, str)
    width : float

    Returns
    -------
    float
        Height of the legend in inches; 0 without entries.
    """
    at = {"loc": "lower center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 0.2}
    return fitted_legend(figure, entries, width - 0.1, len(entries), **at)[1] + 0.06 if entries else 0.0


def fitted_legend(figure, entries, width, most, **look):
    """Add a legend of as many columns, `most` at the most, as `width` inches hold; return it and its height."""
    for columns in range(most, 0, -1):
        # As many rows as needed, of equal length.
        columns = math.ceil(len(entries) / math.ceil(len(entries) / columns))
        # matplotlib fills columns; this order reads along the rows.
        ordered = [entries[i] for column in range(columns) for i in range(column, len(entries), columns)]
        drawn = figure.legend(*zip(*ordered, strict=True), ncols=columns, **look)
        box = drawn.get_window_extent(figure.canvas.get_renderer())
        if box.width / figure.dpi <= width or columns == 1:
            drawn.set_gid("legend")
            return drawn, box.height / figure.dpi
        drawn.remove()


def inches(figure, x, y, width, height, **more):
    """Return axes whose lower left corner and size are given in inches of the figure."""
    wide, tall = figure.get_size_inches()
    return figure.add_axes((x / wide, y / tall, width / wide, height / tall), **more)


def write(figure, x, y, text, **look):
    """Write a text at a place given in inches from the lower left corner of the figure."""
    wide, tall = figure.get_size_inches()
    return figure.text(x / wide, y / tall, text, **look)


def head(figure, text, left=0.06, size=7.5):
    """Write the heading of a figure, one line or more, into its upper left corner."""
    write(figure, left, figure.get_figheight() - 0.05, text, va="top", fontsize=size, gid="heading")


def marks(axes, xs, ys, size, face, edge=None, width=0.0, marker="o", **more):
    """Draw marks that no line joins: `size` and the `width` of their edge in points."""
    look = {"markersize": size, "markerfacecolor": face, "markeredgecolor": edge or face, "markeredgewidth": width}
    return axes.plot(xs, ys, linestyle="none", marker=marker, **look, **more)


def note(axes, text, at, shift=(0, 0), frame="axes fraction", size=6, **look):
    """Write a text beside a place in axes; `frame` says in what `at` counts, `shift` is in points."""
    return axes.annotate(text, at, shift, xycoords=frame, textcoords="offset points", fontsize=size, **look)
