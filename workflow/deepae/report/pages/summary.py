"""The answer as one picture: by how much DeepAE's error is lower than that of the baselines and of PCA."""

import math

from deepae.audit.asking import of_values, shown_values
from deepae.report.pages import rendered

PARTS = {
    "halved": ("than the best published baseline's", "#b34700"),
    "unit-norm-decoding": ("than the best baseline's with unit-norm decoding", "#0063a3"),
    "linear": ("than a linear encoder's (PCA of the same cells)", "#4a535d"),
}
LEFT, PLOT, ROW, TOP = 200, 420, 22, 56
WIDTH = LEFT + PLOT + 30


def picture(found):
    """Return the picture as SVG text, or None where the answers have no values.

    Parameters
    ----------
    found : list of deepae.audit.answers.Answer
    """
    by = {answer.id: answer for answer in found}
    values = {key: shown_values(by[key].finding.values) for key in PARTS if key in by and by[key].chip != "not run"}
    everything = [v for part in values.values() for v in part]
    if not everything:
        return None
    ends = [end for v in everything for end in (v.value, v.low, v.high) if math.isfinite(end)]
    low, high = math.floor(10 * min([0, *ends])) / 10, math.ceil(10 * max([0.5, *ends])) / 10

    def x(value):
        return round(LEFT + PLOT * (value - low) / (high - low), 1)

    rows, y = [], TOP + ROW / 2
    for key, part in values.items():
        heading, colour = PARTS[key]
        rows.append({"heading": heading, "y": y})
        y += ROW
        for v in part:
            sure = math.isfinite(v.low)
            row = {"heading": "", "y": y, "x": x(v.value), "colour": colour}
            row |= {"low": x(v.low) if sure else None, "high": x(v.high) if sure else None}
            rows.append(row | {"label": f"{v.dataset}, h = {v.measurements}"})
            y += ROW
    bottom = y - ROW / 2
    step = next(step for step in (0.1, 0.2, 0.5, 1, 5, math.inf) if high - low <= 8 * step)
    ticks = [round(step * k, 1) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return rendered(
        "summary.svg",
        width=WIDTH,
        height=bottom + 48,
        left=LEFT,
        top=TOP,
        bottom=bottom,
        rows=rows,
        ticks=[{"x": x(t), "text": f"{100 * t:.0f} %", "zero": t == 0} for t in ticks],
        mark=x(0.5) if "halved" in values else None,
        title="By how much DeepAE's error is lower",
        description=" ".join(by[key].line for key in values),
        note=f"right is better{of_values(by[next(iter(values))].finding)}",
    )
