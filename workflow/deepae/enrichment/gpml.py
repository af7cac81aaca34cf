"""GPML files of WikiPathways (2013a and 2021) as plain objects.

GPML is XML from the internet: documents with a DOCTYPE or entities are refused, sizes are limited, nothing is fetched.
There is no library that reads it and is maintained.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from deepae.errors import DataError

NAMESPACES = {"http://pathvisio.org/GPML/2013a": "2013a", "http://pathvisio.org/GPML/2021": "2021"}
MAX_BYTES = 20_000_000
MAX_ELEMENTS = 200_000
MAX_TEXT = 2_000
MAX_COORDINATE = 100_000.0
GENE_TYPES = frozenset(["GeneProduct", "Protein", "Rna", "RNA"])
GROUP_MARGIN = 8.0
"""Space around the members of a group whose own size the file does not give, in pixels."""


@dataclass
class Box:
    """A data node, label, shape or state: a rectangle on the board with a text. Lengths in pixels, y downwards.

    Attributes
    ----------
    element : str
        ``node``, ``label``, ``shape`` or ``state``.
    id, text, kind, group : str
        `kind` is the node's type, e.g. GeneProduct; `group` the id of the group that it belongs to.
    x, y, width, height : float
        Centre and size.
    shape, fill, colour, style : str
        `fill` is ``""`` where transparent; colours are ``#rrggbb``; `style` of the border is ``""``, Broken or Double.
    rotation, line, font, z : float
        Radians, pixels, pixels, drawing order.
    bold, italic : bool
    align, valign : str
    database, identifier : str
        The reference of a node, e.g. ``Entrez Gene``, ``13205``.
    """

    element: str
    id: str
    text: str
    kind: str
    group: str
    x: float
    y: float
    width: float
    height: float
    shape: str
    fill: str
    colour: str
    style: str
    rotation: float
    line: float
    font: float
    z: float
    bold: bool = False
    italic: bool = False
    align: str = "center"
    valign: str = "middle"
    database: str = ""
    identifier: str = ""

    @property
    def is_gene(self):
        return self.element == "node" and self.kind in GENE_TYPES


@dataclass
class Point:
    """An end or bend of a line: pixels, what it touches, and on which side (`rel_x`, `rel_y` from -1 to 1)."""

    x: float
    y: float
    ref: str
    rel_x: float
    rel_y: float
    head: str


@dataclass
class Anchor:
    """A place on a line (share of its length) that other lines end at."""

    id: str
    position: float
    shape: str


@dataclass
class Line:
    """An interaction or a graphical line."""

    element: str
    id: str
    points: list
    anchors: list
    connector: str
    style: str
    colour: str
    line: float
    z: float


@dataclass
class Group:
    """Nodes that belong together; `style` is Group, Complex, Pathway or empty; `box` is (left, top, right, bottom)."""

    id: str
    style: str
    group: str
    box: tuple = ()
    z: float = -1e9


@dataclass
class Pathway:
    """A pathway as its file has it.

    Attributes
    ----------
    id, revision, title, organism, gpml : str
        E.g. WP210, r140781, …, Saccharomyces cerevisiae, 2013a. `id` is the file's name where the file gives none.
    width, height : float
        Of the board, in pixels: at least what its elements take.
    boxes : list of Box
    lines : list of Line
    groups : list of Group
    unplaced : int
        Elements left out because they have no coordinates.
    """

    id: str
    revision: str
    title: str
    organism: str
    gpml: str
    width: float = 0.0
    height: float = 0.0
    boxes: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    unplaced: int = 0

    @property
    def nodes(self):
        return [box for box in self.boxes if box.element == "node"]


def read(path):
    """Read a GPML file.

    Returns
    -------
    Pathway

    Raises
    ------
    DataError
        One line with the file's name: too large, no XML, a DOCTYPE or entities in it, no GPML, no coordinates.
    """
    path = Path(path)
    root = _root(path)
    version = NAMESPACES[etree.QName(root).namespace]
    attributes = _attributes(root)
    reference = _attributes(_child(root, "Xref"))
    label = re.fullmatch(r"(WP\d+)(?:_(r\d+))?", attributes.get("version", ""))
    known = label[1] if label else reference.get("identifier", "")
    pathway = Pathway(
        id=known if re.fullmatch(r"WP\d+", known) else path.stem,
        revision=(label[2] or "") if label else attributes.get("version", ""),
        title=attributes.get("title") or attributes.get("name") or path.stem,
        organism=attributes.get("organism", ""),
        gpml=version,
    )
    for element in root.iter():
        _add(pathway, element)
    _place_states(pathway, root)
    if not any(box.element == "node" for box in pathway.boxes):
        raise DataError(f"{path}: no data node with coordinates ({pathway.unplaced} without), expected a drawn pathway")
    _place_groups(pathway)
    right = [box.x + box.width / 2 for box in pathway.boxes] + [p.x for line in pathway.lines for p in line.points]
    bottom = [box.y + box.height / 2 for box in pathway.boxes] + [p.y for line in pathway.lines for p in line.points]
    # The board in the file is often too small, and an info box may stretch it: what is drawn decides.
    pathway.width, pathway.height = max(right) + 10, max(bottom) + 10
    return pathway


def _root(path):
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    if data is None:
        raise DataError(f"{path}: {path.stat().st_size} bytes, expected a pathway of at most {MAX_BYTES}")
    declared = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", data[:300])
    encoding = (declared[1] if declared else b"utf-8").lower()
    # In another encoding a DOCTYPE could hide from the search below.
    if encoding not in (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1") or b"\0" in data:
        raise DataError(f"{path}: encoding {encoding.decode('ascii', 'replace')[:40]!r}, expected UTF-8 text")
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", data, re.IGNORECASE):
        raise DataError(f"{path}: has a DOCTYPE or entities, which are refused; expected plain GPML")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DataError(f"{path}: not valid XML ({error})") from error
    name = etree.QName(root)
    if name.localname != "Pathway" or name.namespace not in NAMESPACES:
        found = f"{name.localname} of {name.namespace or 'no namespace'}"
        raise DataError(
            f"{path}: root element is {found[:100]}, expected Pathway of GPML {' or '.join(NAMESPACES.values())}"
        )
    count = sum(1 for _ in root.iter())
    if count > MAX_ELEMENTS:
        raise DataError(f"{path}: {count} elements, expected at most {MAX_ELEMENTS}")
    return root


def _add(pathway, element):
    name = etree.QName(element).localname
    if name in ("DataNode", "Label", "Shape"):
        box = _box(element, {"DataNode": "node", "Label": "label", "Shape": "shape"}[name])
        if box is None:
            pathway.unplaced += 1
        else:
            pathway.boxes.append(box)
    elif name in ("Interaction", "GraphicalLine"):
        line = _line(element, "interaction" if name == "Interaction" else "line")
        if line is None:
            pathway.unplaced += 1
        else:
            pathway.lines.append(line)
    elif name == "Group":
        attributes, graphics = _attributes(element), _attributes(_child(element, "Graphics"))
        group = attributes.get("groupid") or attributes.get("elementid", "")
        style = attributes.get("style") or attributes.get("type", "")
        placed = _rectangle(graphics)
        box = ()
        if placed:
            x, y, width, height = placed
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        pathway.groups.append(
            Group(group, style, attributes.get("groupref", ""), box, _number(graphics, "zorder", -1e9))
        )


def _box(element, kind):
    attributes, graphics = _attributes(element), _attributes(_child(element, "Graphics"))
    reference = _attributes(_child(element, "Xref"))
    placed = _rectangle(graphics)
    if placed is None:
        return None
    return _styled(kind, attributes, graphics, reference, element, *placed)


def _styled(kind, attributes, graphics, reference, element, x, y, width, height):
    fill = graphics.get("fillcolor") or {"node": "ffffff", "state": "ffffff"}.get(kind, "Transparent")
    colour = _colour(graphics.get("textcolor") or graphics.get("color") or graphics.get("bordercolor"), "#000000")
    return Box(
        element=kind,
        id=attributes.get("graphid") or attributes.get("elementid", ""),
        text=_text(attributes.get("textlabel", "")),
        kind=attributes.get("type", ""),
        group=attributes.get("groupref", ""),
        x=x,
        y=y,
        width=width,
        height=height,
        shape=_word(graphics.get("shapetype") or ("None" if kind == "label" else "Rectangle")),
        fill=_colour(fill, ""),
        colour=colour,
        style=_line_style(graphics, element),
        rotation=_number(graphics, "rotation", 0.0),
        line=min(_number(graphics, "linethickness", _number(graphics, "borderwidth", 1.0)), 20.0),
        font=min(max(_number(graphics, "fontsize", 12.0), 1.0), 200.0),
        z=_number(graphics, "zorder", 0.0),
        bold=graphics.get("fontweight") == "Bold",
        italic=graphics.get("fontstyle") == "Italic",
        align={"left": "left", "right": "right"}.get(
            (graphics.get("align") or graphics.get("halign", "")).lower(), "center"
        ),
        valign={"top": "top", "bottom": "bottom", "": "top" if "graphid" in attributes else "middle"}.get(
            graphics.get("valign", "").lower(), "middle"
        ),  # what is left out means top in 2013a, middle in 2021
        database=reference.get("database") or reference.get("datasource", ""),
        identifier=(reference.get("id") or reference.get("identifier", "")).strip(),
    )


def _line(element, kind):
    graphics_element = _child(element, "Graphics")
    graphics, attributes = _attributes(graphics_element), _attributes(element)
    holder = _child(element, "Waypoints")
    holder = graphics_element if holder is None else holder
    points, anchors = [], []
    for part in () if holder is None else holder:
        values = _attributes(part)
        name = etree.QName(part).localname
        if name == "Point":
            x, y = _number(values, "x"), _number(values, "y")
            if x is None or y is None:
                return None
            points.append(
                Point(
                    x,
                    y,
                    values.get("graphref") or values.get("elementref", ""),
                    _number(values, "relx", 0.0),
                    _number(values, "rely", 0.0),
                    _word(values.get("arrowhead", "")),
                )
            )
        elif name == "Anchor":
            position = min(max(_number(values, "position", 0.5), 0.0), 1.0)
            shape = _word(values.get("shape") or values.get("shapetype") or "None")
            anchors.append(Anchor(values.get("graphid") or values.get("elementid", ""), position, shape))
    if len(points) < 2:
        return None
    return Line(
        element=kind,
        id=attributes.get("graphid") or attributes.get("elementid", ""),
        points=points,
        anchors=anchors,
        connector=_word(graphics.get("connectortype") or "Straight"),
        style=_line_style(graphics, element),
        colour=_colour(graphics.get("color") or graphics.get("linecolor"), "#000000"),
        line=min(_number(graphics, "linethickness", _number(graphics, "linewidth", 1.0)), 20.0),
        z=_number(graphics, "zorder", 0.0),
    )


def _place_states(pathway, root):
    """Add the states (phosphorylations and the like): they lie relative to their node."""
    nodes = {box.id: box for box in pathway.boxes if box.element == "node"}
    for element in root.iter("{*}State"):
        attributes, graphics = _attributes(element), _attributes(_child(element, "Graphics"))
        holder = element.getparent().getparent()  # 2021: DataNode / States / State
        parent = attributes.get("graphref") or ("" if holder is None else _attributes(holder).get("elementid", ""))
        width, height = _number(graphics, "width", 15.0), _number(graphics, "height", 15.0)
        if parent not in nodes or not (0 < width <= MAX_COORDINATE and 0 < height <= MAX_COORDINATE):
            pathway.unplaced += 1
            continue
        node = nodes[parent]
        x = node.x + _number(graphics, "relx", 0.0) * node.width / 2
        y = node.y + _number(graphics, "rely", 0.0) * node.height / 2
        reference = _attributes(_child(element, "Xref"))
        state = _styled("state", attributes, graphics, reference, element, x, y, width, height)
        state.z = max(state.z, node.z + 1)
        pathway.boxes.append(state)


def _place_groups(pathway):
    """Give every group without a size of its own the box around its members; drop groups without members."""
    groups = {group.id: group for group in pathway.groups if group.id}
    members = {}
    for box in pathway.boxes:
        if box.group:
            members.setdefault(box.group, []).append(box)

    def extent(group, above=()):
        if group.box or group.id in above:
            return group.box
        boxes = [
            (box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2)
            for box in members.get(group.id, [])
        ]
        inner = [other for other in groups.values() if other.group == group.id]
        boxes += [found for other in inner if (found := extent(other, (*above, group.id)))]
        if not boxes:
            return ()
        left, top, right, bottom = zip(*boxes, strict=True)
        margin = GROUP_MARGIN
        return (min(left) - margin, min(top) - margin, max(right) + margin, max(bottom) + margin)

    for group in groups.values():
        group.box = extent(group)
    pathway.groups = [group for group in groups.values() if group.box]


def _child(element, name):
    return None if element is None else element.find(f"{{*}}{name}")


def _attributes(element):
    """Return an element's attributes with names in lower case: 2013a and 2021 differ mostly in that."""
    if element is None:
        return {}
    return {etree.QName(name).localname.lower(): value for name, value in element.attrib.items()}


def _number(attributes, name, default=None):
    try:
        value = float(attributes[name])
    except (KeyError, ValueError):
        return default
    return value if math.isfinite(value) and (name == "zorder" or abs(value) <= MAX_COORDINATE) else default


def _rectangle(graphics):
    values = [_number(graphics, name) for name in ("centerx", "centery", "width", "height")]
    return None if None in values or min(values[2:]) <= 0 else values


def _text(value):
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip("\n")[:MAX_TEXT]
    return "".join(letter for letter in value if letter == "\n" or letter.isprintable())


def _word(value):
    return re.sub(r"[^A-Za-z0-9 -]", "", value)[:60]


def _colour(value, default):
    value = (value or "").strip().lstrip("#").lower()
    if re.fullmatch(r"[0-9a-f]{8}", value):  # 2021 may append the opacity
        return "" if value.endswith("00") else f"#{value[:6]}"
    if re.fullmatch(r"[0-9a-f]{6}", value):
        return f"#{value}"
    return {"transparent": "", "white": "#ffffff", "black": "#000000", "gray": "#808080"}.get(value, default)


def _line_style(graphics, element):
    style = graphics.get("linestyle") or graphics.get("borderstyle") or ""
    doubled = any(
        attributes.get("key", "").endswith("DoubleLineProperty")
        for attributes in map(_attributes, element.findall("{*}Attribute"))
    )
    if doubled or style == "Double":
        return "Double"
    return "Broken" if style in ("Broken", "Dashed", "Dots") else ""
