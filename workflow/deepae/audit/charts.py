"""The small figure of a claim: a strip of dots for each method, as SVG that stands inside the page."""

import html
import math

LABEL, PLOT, ROW, HEAD, FOOT = 106, 214, 17, 20, 20  # widths of the two columns, heights of the parts
WIDTH = LABEL + PLOT + 20
MOST_QUANTITIES = 3
MOST_NAMED = 120  # dots that say which they are when pointed at; more would make the page heavy


def strips(values, roles, labels, mark=None):
    """Return an SVG picture of some values; empty without any.

    Each method has a row; each dot is a data set and an h, larger for larger h; the short line is the mean.

    Parameters
    ----------
    values : list of deepae.audit.verdicts.Value
    roles : dict of str to str
        ``deepae``, ``baseline`` or ``control`` for each method: the class that gives a dot its colour.
    labels : dict of str to str
    mark : float, optional
        A value marked by a dashed line.
    """
    quantities = list(dict.fromkeys(value.quantity for value in values))[:MOST_QUANTITIES]
    if not quantities:
        return ""
    parts, top = [], 0
    for quantity in quantities:
        drawn, height = _panel(quantity, [v for v in values if v.quantity == quantity], roles, labels, mark, top)
        parts.append(drawn)
        top += height
    return (
        f'<svg class="strips" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" role="img" '
        f'aria-label="{html.escape(_words(values, quantities, labels), quote=True)}">{"".join(parts)}</svg>'
    )


def _panel(quantity, values, roles, labels, mark, top):
    order = {"deepae": 0, "baseline": 1, "control": 2}
    methods = sorted(dict.fromkeys(v.method for v in values), key=lambda name: order[roles.get(name, "control")])
    numbers = [v.value for v in values] + ([] if mark is None else [mark])
    low, high = _limits(numbers)
    hs = sorted({v.measurements for v in values if v.measurements is not None})

    def x(value):
        return LABEL + PLOT * (value - low) / (high - low)

    bottom = top + HEAD + ROW * len(methods)
    parts = [f'<text class="quantity" x="{LABEL}" y="{top + 13}">{html.escape(quantity)}</text>']
    for value in _ticks(low, high):
        parts.append(f'<line class="grid" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{top + HEAD}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x(value):.1f}" y="{bottom + 12}">{value:.3g}</text>')
    if mark is not None:
        parts.append(f'<line class="mark" x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{top + HEAD}" y2="{bottom}"/>')
    for number, method in enumerate(methods):
        y = top + HEAD + ROW * (number + 0.5)
        own = [v for v in values if v.method == method]
        parts.append(f'<text class="name" x="{LABEL - 6}" y="{y + 3.5:.1f}">{html.escape(labels[method])}</text>')
        role = roles.get(method, "control")
        for v in own:
            size = 2.6 + (
                1.8 * hs.index(v.measurements) / (len(hs) - 1) if len(hs) > 1 and v.measurements in hs else 0.9
            )
            said = f"{v.dataset}{'' if v.measurements is None else f', h = {v.measurements}'}: {v.value:.4g}"
            title = f"<title>{html.escape(said)}</title>" if len(values) <= MOST_NAMED else ""
            parts.append(f'<circle class="{role}" cx="{x(v.value):.1f}" cy="{y:.1f}" r="{size:.1f}">{title}</circle>')
        mean = x(sum(v.value for v in own) / len(own))
        parts.append(f'<line class="mean" x1="{mean:.1f}" x2="{mean:.1f}" y1="{y - 6:.1f}" y2="{y + 6:.1f}"/>')
    return "".join(parts), HEAD + ROW * len(methods) + FOOT


def _limits(numbers):
    low, high = min(numbers), max(numbers)
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room


def _ticks(low, high):
    """At most four round values inside."""
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= 4:
            break
    step *= factor
    return [round(step * k, 12) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _words(values, quantities, labels):
    parts = []
    for quantity in quantities:
        found = {}
        for v in values:
            if v.quantity == quantity:
                found.setdefault(v.method, []).append(v.value)
        means = ", ".join(f"{labels[name]} {sum(own) / len(own):.3g}" for name, own in found.items())
        parts.append(f"{quantity}, means: {means}")
    return ". ".join(parts)
