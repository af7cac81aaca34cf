"""The plot of an answer: a row for each value with its interval, as SVG that stands inside a page."""

import math

WIDTH, RIGHT, CHARACTER = 440, 20, 7.3  # of the plot, right of it, of a letter of a label
ROW, TOP, FOOT = 16, 4, 20  # heights of the parts
MOST = 16  # rows; the tables have the rest


def limits(values, mark=None):
    """Return the ends of an axis that holds some values, their intervals and a mark; None without a value."""
    numbers = [number for v in values for number in (v.value, v.low, v.high) if math.isfinite(number)]
    numbers += [] if mark is None else [mark]
    if not numbers:
        return None
    low, high = min(numbers), max(numbers)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room


def forest(values, label, mark=None, mark_label="", ends=None):
    """Return what the template ``forest.svg`` draws, or None without a value.

    Parameters
    ----------
    values : list of deepae.audit.verdicts.Value
    label : callable
        Name of a method.
    mark : float, optional
        A bound or a printed value: a dashed line.
    mark_label : str
        What it stands for.
    ends : (float, float), optional
        Ends of the axis, shared by plots of one quantity; by default those of these values.
    """
    values = [v for v in values if math.isfinite(v.value) and v.quantity == values[0].quantity][:MOST]
    if not values:
        return None
    low, high = ends or limits(values, mark)

    several, methods = len({v.dataset for v in values}) > 1, len({v.method for v in values}) > 1
    names = []
    for v in values:
        parts = [v.dataset] if several or not methods else []
        parts += [f"h = {v.measurements}"] if v.measurements is not None else []
        names.append(", ".join([*parts, *([label(v.method)] if methods else [])]))
    left = max(92, round(CHARACTER * max(map(len, names))) + 8)

    def x(value):
        return round(left + (WIDTH - RIGHT - left) * (min(max(value, low), high) - low) / (high - low), 1)

    rows = []
    for place, v in enumerate(values):
        sure = math.isfinite(v.low) and math.isfinite(v.high)
        rows.append(
            {
                "y": TOP + ROW * (place + 0.5),
                "label": names[place],
                "x": x(v.value),
                "low": x(v.low) if sure else None,
                "high": x(v.high) if sure else None,
            }
        )
    bottom = TOP + ROW * len(rows)
    return {
        "width": WIDTH,
        "height": bottom + FOOT,
        "left": left,
        "top": TOP,
        "bottom": bottom,
        "rows": rows,
        "ticks": [{"x": x(t), "text": f"{t:.3g}"} for t in _ticks(low, high)],
        "mark": None if mark is None else x(mark),
        "mark_label": mark_label,
        "quantity": ", ".join(dict.fromkeys(v.quantity for v in values)),
        "intervals": any(row["low"] is not None for row in rows),
    }


def _ticks(low, high):
    """At most five round values inside."""
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= 5:
            break
    step *= factor
    return [round(step * k, 12) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
