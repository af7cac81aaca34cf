"""Heads of a pathway's lines, by their names in GPML."""

import numpy as np
from matplotlib.patches import Ellipse, PathPatch, Polygon
from matplotlib.path import Path

_FILLED = frozenset(["arrow", "mim-conversion", "mim-modification", "conversion", "directed"])
_OPEN = frozenset(["mim-stimulation", "stimulation", "mim-necessary-stimulation", "mim-transcription-translation"])
_OPEN |= frozenset(["transcriptiontranslation", "transcription-translation", "mim-translocation", "translocation"])
_BAR = frozenset(["tbar", "mim-inhibition", "inhibition"])
_RING = frozenset(["mim-catalysis", "catalysis"])


def shortening(head):
    """Return how far before its tip a line ends, in pixels, so that it does not show through the head."""
    head = head.lower()
    if head in _FILLED or head in _OPEN:
        return 7.0
    return {True: 3.0}.get(head in _BAR, 8.0 if head in _RING else 0.0)


def head_patches(head, tip, direction, colour, width):
    length = np.hypot(*direction)
    head = head.lower()
    if not head or length == 0 or head in ("line", "undirected"):
        return []
    along = direction / length
    across = np.array([-along[1], along[0]])

    def at(back, side):
        return tip - along * back + across * side

    triangle = [tip, at(8, 4), at(8, -4)]
    if head in _FILLED:
        return [Polygon(triangle, facecolor=colour, edgecolor=colour, linewidth=width * 0.5)]
    if head in _OPEN:
        patches = [Polygon(triangle, facecolor="white", edgecolor=colour, linewidth=width)]
        if "stimulation" not in head or "necessary" in head:
            patches.append(stroke([at(11, 5), at(11, -5)], colour, width))
        return patches
    if head in _BAR:
        return [stroke([at(3, 6), at(3, -6)], colour, width * 1.5)]
    if head in _RING:
        return [Ellipse(at(4, 0), 8, 8, facecolor="white", edgecolor=colour, linewidth=width)]
    if head in ("mim-binding", "binding"):
        return [stroke([at(8, 5), tip, at(8, -5)], colour, width)]
    if head in ("mim-cleavage", "cleavage"):
        return [stroke([at(0, 0), at(6, 6), at(6, -6)], colour, width)]
    return [Polygon(triangle, facecolor=colour, edgecolor=colour, linewidth=width * 0.5)]


def stroke(points, colour, width):
    return PathPatch(Path(np.array(points)), facecolor="none", edgecolor=colour, linewidth=width)
