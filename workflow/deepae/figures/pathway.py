"""A pathway as a picture: nodes, groups, shapes and lines where its GPML has them, key genes in yellow."""

import functools
import math
import re
import textwrap

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.patches import Arc, Ellipse, FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from deepae.enrichment.node_genes import link
from deepae.figures.arrowheads import head_patches, shortening

KEY = "#FFE600"
"""Fill of a key gene."""
OTHER = "#FFFFFF"
EDGE = "#333333"
PIXEL = 0.75
"""Points a pixel of the board takes at scale 1."""
SLACK = 0.95
"""How much of a box its text may take: letters drawn on a screen are a little wider than in print."""
MIN_FONT = 1.0
"""Texts that would be smaller, in points, are left out."""

_FAMILY = "DejaVu Sans"


def draw_panel(axes, pathway, key):
    """Draw a pathway into axes that hold its board (`panel_size`).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    pathway : deepae.enrichment.gpml.Pathway
    key : sequence of bool
        For each of `pathway.nodes`, whether it stands for a key gene.
    """
    left, top, right, bottom = extent(pathway)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.axis("off")
    width = axes.get_position().width * axes.figure.get_figwidth()
    scale = width * 72 / (right - left)  # points a pixel
    yellow = {id(node): bool(value) for node, value in zip(pathway.nodes, key, strict=True)}
    parts = [(group.z, 0, group) for group in pathway.groups]
    parts += [(line.z, 2, line) for line in pathway.lines]
    parts += [(box.z, {"shape": 1, "state": 4}.get(box.element, 3), box) for box in pathway.boxes]
    # The file's drawing order, but a node is never crossed out by a line, and states lie on their nodes.
    parts.sort(key=lambda item: (max(item[1], 2), item[0], item[1]))
    for order, (_, layer, part) in enumerate(parts, start=1):
        if layer == 0:
            _group(axes, part, order, scale)
        elif layer == 2:
            _line(axes, part, order, scale)
        else:
            _box(axes, part, order, scale, yellow.get(id(part)))


def extent(pathway):
    """Return left, top, right and bottom of what is drawn, in pixels."""
    left = [box.x - box.width / 2 for box in pathway.boxes] + [p.x for line in pathway.lines for p in line.points]
    top = [box.y - box.height / 2 for box in pathway.boxes] + [p.y for line in pathway.lines for p in line.points]
    left += [group.box[0] for group in pathway.groups]
    top += [group.box[1] for group in pathway.groups]
    return min(left) - 10, min(top) - 10, pathway.width + 5, pathway.height + 5


def panel_size(pathway):
    """Return width and height of a pathway's panel in inches at scale 1: a pixel is 0.75 points."""
    left, top, right, bottom = extent(pathway)
    return (right - left) * PIXEL / 72, (bottom - top) * PIXEL / 72


def _width(text, bold, italic):
    """Return the width of a text at font size 1: the sum of its letters' advances."""
    return sum(_advance(letter, bold, italic) for letter in text)


@functools.cache
def _advance(letter, bold, italic):
    font = _font(bold, italic)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


@functools.cache
def _font(bold, italic):
    weight, slant = "bold" if bold else "normal", "italic" if italic else "normal"
    font = get_font(findfont(FontProperties(family=_FAMILY, weight=weight, style=slant)))
    font.set_size(100, 72)
    return font


def fit(text, width, height, font, bold=False, italic=False):
    """Return lines and a font size that fit a box; the size is never above `font`.

    Parameters
    ----------
    text : str
        May hold line breaks, which stay.
    width, height, font : float
        In the same unit.

    Returns
    -------
    lines : list of str
    size : float
    """
    given = [line.strip() for line in text.split("\n")]

    def size_of(lines):
        widest = max(_width(line, bold, italic) for line in lines)
        return min(font, SLACK * width / max(widest, 1e-6), height / (1.2 * len(lines)))

    best, size = given, size_of(given)
    longest = max(map(len, given), default=0)
    words = sum(len(line.split()) for line in given)
    # Breaking a line helps only where the width is what limits the size.
    for parts in range(2, min(words, 12) + 1):
        if size >= font:
            break
        lines = [
            piece
            for line in given
            for piece in (textwrap.wrap(line, max(longest // parts + 1, 3), break_long_words=False) or [""])
        ]
        if size_of(lines) > size * 1.02:
            best, size = lines, size_of(lines)
    return best, size


def _box(axes, box, order, scale, yellow):
    edge, fill = _paint(box, yellow)
    width = max(box.line, 0.5) * scale
    bounds = (box.x - box.width / 2, box.y - box.height / 2, box.width, box.height)
    patches = _outline(box, bounds, edge, fill, width)
    for number, patch in enumerate(patches):
        patch.set_zorder(order)
        if box.style == "Broken":
            patch.set_linestyle((0, (4, 2)))
        if box.element == "node" and number == 0:
            address = link(box)
            if address:
                patch.set_url(address)
            patch.set_gid(
                f"node-{'key' if yellow else 'other'}-{_safe(box.id)}" if box.is_gene else f"node-{_safe(box.id)}"
            )
        axes.add_patch(patch)
    if box.text.strip():
        _write(axes, box, order, scale)


def _write(axes, box, order, scale):
    pad = 2.0 if box.element != "state" else 0.5
    room = (max(box.width - 2 * pad, 1), max(box.height - 2 * min(pad, box.height / 10), 1))
    turned = abs(math.sin(box.rotation)) > 0.7
    if box.shape in ("Oval", "Ellipse") and box.element != "state":
        room = (room[0] * 0.85, room[1] * 0.85)
    lines, size = fit(box.text, *(room[::-1] if turned else room), box.font, box.bold, box.italic)
    if size * scale < MIN_FONT:
        return
    x = {"left": box.x - room[0] / 2, "right": box.x + room[0] / 2}.get(box.align, box.x)
    y = {"top": box.y - room[1] / 2, "bottom": box.y + room[1] / 2}.get(box.valign, box.y)
    if turned:
        x, y = box.x, box.y
    text = axes.text(
        x,
        y,
        "\n".join(lines),
        ha="center" if turned else box.align,
        va="center" if turned or box.valign == "middle" else box.valign,
        fontsize=size * scale,
        fontfamily=_FAMILY,
        fontweight="bold" if box.bold else "normal",
        fontstyle="italic" if box.italic else "normal",
        color=_readable(box.colour),
        linespacing=1.05,
        rotation=90 if turned else 0,
        parse_math=False,
        zorder=order + 0.5,
        gid="text",
    )
    text.set_clip_on(False)


def _paint(box, yellow):
    """Return edge and fill: key genes yellow, other nodes white, and nothing else yellow."""
    if box.element == "node":
        return (_readable(box.colour) if box.colour != "#ffffff" else EDGE), KEY if yellow else OTHER
    if box.element == "label":  # its fill is not drawn by PathVisio either: it would hide what lies below
        return ("none" if box.shape == "None" else box.colour), "none"
    fill = box.fill or "none"
    return box.colour, "#EFEFEF" if fill != "none" and _yellowish(fill) else fill


def _yellowish(colour):
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red > 200 and green > 180 and blue < 170


def _readable(colour):
    """Return a text or line colour that is seen on white: pale ones are darkened."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    brightness = (0.3 * red + 0.59 * green + 0.11 * blue) / 255
    if brightness < 0.75:
        return colour
    return "#" + "".join(f"{int(value * 0.55):02x}" for value in (red, green, blue))


def _outline(box, bounds, edge, fill, width):
    left, top, w, h = bounds
    look = {"edgecolor": edge, "facecolor": fill, "linewidth": width}
    shape = box.shape.lower().replace(" ", "")
    angle = math.degrees(box.rotation)
    if shape == "none":  # a node is filled all the same: yellow must be seen
        return [Rectangle((left, top), w, h, **look | {"edgecolor": "none"})] if box.element == "node" else []
    if shape in ("oval", "ellipse", "circle", "vesicle"):
        return _doubled(Ellipse, (box.x, box.y), w, h, box, look, angle=angle)
    if shape in ("roundedrectangle", "cell", "cellularcomponent", "organelle"):
        size = min(w, h) * (0.2 if box.element != "shape" else 0.1)
        patches = [_rounded(left, top, w, h, min(size, 25), **look)]
        if box.style == "Double":
            gap = max(3 * box.line, 3)
            inner = look | {"facecolor": "none"}
            patches.append(
                _rounded(left + gap, top + gap, max(w - 2 * gap, 1), max(h - 2 * gap, 1), min(size, 25), **inner)
            )
        return patches
    if shape == "arc":
        look.pop("facecolor")
        start = box.rotation % (2 * math.pi)
        return [
            Arc((box.x, box.y), w, h, angle=math.degrees(start), theta1=180, theta2=360, color=edge, linewidth=width)
        ]
    if shape == "brace":
        return [PathPatch(_turned(_brace(w, h), box), edgecolor=edge, facecolor="none", linewidth=width)]
    if shape in ("mitochondria", "mitochondrion"):
        wave = _turned(_wave(w * 0.72, h * 0.45, 6), box)
        return [
            Ellipse((box.x, box.y), w, h, angle=angle, **look),
            PathPatch(wave, edgecolor=edge, facecolor="none", linewidth=width),
        ]
    if shape in ("endoplasmicreticulum", "sarcoplasmicreticulum", "golgiapparatus"):
        patches = []
        for layer in range(3):
            points = _wave(w, h * 0.2, 4 if "reticulum" in shape else 1)
            points = Path(points.vertices + [0, (layer - 1) * h * 0.33], points.codes)
            patches.append(PathPatch(_turned(points, box), edgecolor=edge, facecolor="none", linewidth=width))
        return patches
    sides = {"triangle": 3, "pentagon": 5, "hexagon": 6, "octagon": 8}.get(shape)
    if sides:
        turn = {3: 0.0, 5: 0.0, 6: 0.0, 8: math.pi / 8}[sides]
        angles = turn + np.arange(sides) * 2 * math.pi / sides
        corners = np.column_stack([np.cos(angles), np.sin(angles)])
        corners = (corners - corners.min(axis=0)) / np.ptp(corners, axis=0) - 0.5
        return [PathPatch(_turned(Path((corners * [w, h])[[*range(sides), 0]]), box), **look)]
    return _doubled(Rectangle, (left, top), w, h, box, look, angle=angle if abs(angle) % 90 else 0.0)


def _doubled(kind, place, w, h, box, look, angle=0.0):
    extra = {"rotation_point": "center"} if kind is Rectangle else {}
    patches = [kind(place, w, h, angle=angle, **extra, **look)]
    if box.style == "Double":
        gap = max(3 * box.line, 3)
        shift = (place[0] + gap, place[1] + gap) if kind is Rectangle else place
        inner = look | {"facecolor": "none"}
        patches.append(kind(shift, max(w - 2 * gap, 1), max(h - 2 * gap, 1), angle=angle, **extra, **inner))
    return patches


def _rounded(left, top, w, h, size, **look):
    return FancyBboxPatch(
        (left, top), w, h, boxstyle=f"round,pad=0,rounding_size={size:.2f}", mutation_aspect=1, **look
    )


def _turned(path, box):
    """Turn a path around the origin and move it to the centre of a box."""
    cos, sin = math.cos(box.rotation), math.sin(box.rotation)
    turned = path.vertices @ np.array([[cos, sin], [-sin, cos]])
    return Path(turned + [box.x, box.y], path.codes)


def _brace(w, h):
    half, middle = w / 2, h / 2
    points = [
        (-half, middle), (-half, 0), (-half + middle, 0), (-middle, 0), (0, 0), (0, -middle),
        (0, 0), (middle, 0), (half - middle, 0), (half, 0), (half, middle),
    ]  # fmt: skip
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3]
    codes += [Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path(points, codes)


def _wave(w, h, count):
    x = np.linspace(-w / 2, w / 2, 24 * count)
    return Path(np.column_stack([x, h / 2 * np.sin((x / w + 0.5) * 2 * math.pi * count)]))


def _group(axes, group, order, scale):
    left, top, right, bottom = group.box
    look = {"linewidth": 0.6 * scale, "zorder": order, "gid": f"group-{_safe(group.id)}"}
    if group.style == "Complex":
        cut = min(8.0, (right - left) / 4, (bottom - top) / 4)
        corners = [
            (left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut),
            (right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut),
        ]  # fmt: skip
        axes.add_patch(Polygon(corners, facecolor="#F1F1F1", edgecolor="#8A8A8A", **look))
    else:
        dashes = (0, (3, 2)) if group.style in ("", "None", "Group") else "solid"
        axes.add_patch(
            Rectangle(
                (left, top),
                right - left,
                bottom - top,
                facecolor="#F7F7F7",
                edgecolor="#B5B5B5",
                linestyle=dashes,
                **look,
            )
        )


def route(line):
    """Return the corners of a line, in pixels: as the file has them, or axis-parallel for elbows.

    Returns
    -------
    numpy.ndarray, shape (k, 2)
    """
    points = np.array([(point.x, point.y) for point in line.points], dtype=float)
    if line.connector not in ("Elbow", "Curved"):
        return points
    first, last = _side(line.points[0]), _side(line.points[-1])
    if first is None:
        first = _across(line, 0, last)
    if last is None:
        last = _across(line, -1, first)
    if len(points) > 2:
        corners, horizontal = [points[0]], first[0] != 0
        for x, y in points[1:-1]:
            corners.append(np.array([x, corners[-1][1]]) if horizontal else np.array([corners[-1][0], y]))
            horizontal = not horizontal
        end = points[-1]
        corner = np.array([end[0], corners[-1][1]]) if horizontal else np.array([corners[-1][0], end[1]])
        return _tidy([*corners, corner, end])
    (x0, y0), (x1, y1) = points
    if (first[0] != 0) != (last[0] != 0):
        corner = (x1, y0) if first[0] != 0 else (x0, y1)
        return _tidy([(x0, y0), corner, (x1, y1)])
    axis = 0 if first[0] != 0 else 1
    start, end = (x0, x1) if axis == 0 else (y0, y1)
    if first[axis] == last[axis]:  # both leave to the same side: around it
        middle = (max(start, end) if first[axis] > 0 else min(start, end)) + 20 * first[axis]
    else:
        middle = (start + end) / 2
    corners = [(middle, y0), (middle, y1)] if axis == 0 else [(x0, middle), (x1, middle)]
    return _tidy([(x0, y0), *corners, (x1, y1)])


def _side(point):
    """Return the direction in which a line leaves what its end touches, or None where that has no sides."""
    if not point.ref or (point.rel_x == 0 and point.rel_y == 0):
        return None
    if abs(point.rel_x) >= abs(point.rel_y):
        return (int(math.copysign(1, point.rel_x)), 0)
    return (0, int(math.copysign(1, point.rel_y)))


def _across(line, end, other):
    """Return the direction of an end without sides (an anchor, empty space): across the other end's if it has one."""
    here, there = (line.points[0], line.points[-1]) if end == 0 else (line.points[-1], line.points[0])
    dx, dy = there.x - here.x, there.y - here.y
    horizontal = abs(dx) >= abs(dy) if other is None else other[0] == 0
    if horizontal:
        return (int(math.copysign(1, dx)), 0)
    return (0, int(math.copysign(1, dy)))


def _tidy(points):
    """Drop points that repeat the one before them."""
    kept = [np.asarray(points[0], dtype=float)]
    for point in points[1:]:
        if np.hypot(*(np.asarray(point) - kept[-1])) > 1e-6:
            kept.append(np.asarray(point, dtype=float))
    return np.array(kept if len(kept) > 1 else [kept[0], kept[0] + [0.1, 0]])


def _along(corners, share):
    """Return the place at a share of a line's length."""
    steps = np.hypot(*np.diff(corners, axis=0).T)
    reached = np.concatenate([[0], np.cumsum(steps)])
    target = share * reached[-1]
    return np.array([np.interp(target, reached, corners[:, axis]) for axis in (0, 1)])


def _line(axes, line, order, scale):
    corners = route(line)
    colour = _readable(line.colour)
    width = max(line.line, 0.6) * scale
    heads = [(line.points[-1].head, corners[-1], corners[-1] - corners[-2])]
    heads.append((line.points[0].head, corners[0], corners[0] - corners[1]))
    drawn = corners.copy()
    for place, (head, tip, direction) in zip((-1, 0), heads, strict=True):
        length = np.hypot(*direction)
        back = min(shortening(head), 0.9 * length)
        if length > 0 and back:
            drawn[place] = tip - direction / length * back
    if line.connector == "Curved":
        path = _rounded_path(drawn)
    else:
        path = Path(drawn)
    look = {"facecolor": "none", "edgecolor": colour, "zorder": order, "capstyle": "butt", "joinstyle": "miter"}
    if line.style == "Broken":
        look["linestyle"] = (0, (4, 2.5))
    if line.style == "Double":
        axes.add_patch(PathPatch(path, **look | {"linewidth": width * 3}))
        axes.add_patch(PathPatch(path, **look | {"linewidth": width, "edgecolor": "white", "zorder": order + 0.1}))
    else:
        axes.add_patch(PathPatch(path, linewidth=width, gid=f"{line.element}-{_safe(line.id)}", **look))
    for head, tip, direction in heads:
        for patch in head_patches(head, tip, direction, colour, width):
            patch.set_zorder(order + 0.2)
            axes.add_patch(patch)
    for anchor in line.anchors:
        radius = 3.0 if anchor.shape == "Circle" else 1.3
        place = _along(corners, anchor.position)
        dot = Ellipse(place, 2 * radius, 2 * radius, facecolor=colour, edgecolor="none", zorder=order + 0.2)
        dot.set_gid(f"anchor-{_safe(anchor.id)}")
        axes.add_patch(dot)


def _rounded_path(corners):
    """Return a smooth path: curves from the middle of each segment to the next, with the corners as control points."""
    if len(corners) < 3:
        return Path(corners)
    vertices, codes = [corners[0]], [Path.MOVETO]
    for index in range(1, len(corners) - 1):
        final = index == len(corners) - 2
        end = corners[-1] if final else (corners[index] + corners[index + 1]) / 2
        vertices += [corners[index], end]
        codes += [Path.CURVE3, Path.CURVE3]
    return Path(vertices, codes)


def _safe(text):
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
