"""A table as a page of its own: four significant digits, notes below, the best in bold."""

import html
import math

import pandas as pd

from deepae.config import outputs
from deepae.config.vocabulary import PROTOCOLS
from deepae.tables.comparison import DIRECTIONS

NOTES = {
    "table-2": ["Weights, biases included, for as many genes as the largest of the data sets has."],
    "table-s4": [
        "Seeds of one data set share most of their test cells: a p-value describes split, initial weights and noise on "
        "this data set, not new cells."
    ],
}
"""What stands under a table whatever its values."""


def page(name, frame, methods):
    """Return the page of a table, by its name in the registry of tables."""
    groups = column_groups(methods) if set(frame) & {info["label"] for info in methods.values()} else None
    return to_html(
        frame, f"{outputs.title(name)}. {outputs.TABLES[name].subject.capitalize()}", NOTES.get(name, ()), groups
    )


def column_groups(methods):
    """Return the heading above each method's column of a typeset table."""
    return {info["label"]: PROTOCOLS.get(info["protocol"], info["protocol"]) for info in methods.values()}


def to_html(frame, caption, notes=(), groups=None):
    """Return a self-contained page with a typeset table.

    Rows `sd` join the row above as ±; what is the same in all rows stands once below the caption; the texts of `note`
    stand under the table. The best of a row is bold where a metric says what is better. Four significant digits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One of this module's tables.
    caption : str
    notes : sequence of str
        Further lines under the table.
    groups : dict of str to str, optional
        Headings above columns, by column name.
    """
    frame = frame.reset_index(drop=True)
    notes = list(notes)
    if "note" in frame:
        parts = [part for note in frame["note"].dropna().unique() for part in note.split("; ")]
        notes += [part for part in dict.fromkeys(parts) if part]
        frame = frame.drop(columns="note")
    values = [name for name in frame if frame[name].dtype.kind == "f" and name not in CONTEXT]
    cells = {name: [_number(value) for value in frame[name]] for name in values}
    cells |= {name: [_plain(value) for value in frame[name]] for name in frame if name not in values}
    best = _best_places(frame, values)
    cells = {name: [_bold(text, (row, name) in best) for row, text in enumerate(cells[name])] for name in frame}
    if "statistic" in frame:
        cells = _join_deviations(frame, cells, values)
    constant = [name for name in CONTEXT if name in cells and len(set(cells[name])) == 1 and len(cells[name])]
    context = " · ".join(f"{_heading(name)}: {cells.pop(name)[0]}" for name in constant)
    return _page(caption, context, cells, values, notes, groups or {})


# What describes a row's origin rather than its content: said once if it is the same everywhere.
CONTEXT = ("normalization", "reference", "measurements", "datasets", "seeds", "device", "threads")
HEADINGS = {"dataset": "data set", "datasets": "data sets", "normalization": "normalisation", "measurements": "h"}


def _best_places(frame, values):
    """Places (row, column) of the best values, by the direction of the row's metric."""
    if "metric" not in frame or "test" in frame:
        return set()
    places = set()
    for row in range(len(frame)):
        direction = DIRECTIONS.get(frame["metric"][row])
        if direction is None or ("statistic" in frame and frame["statistic"][row] != "mean"):
            continue
        numbers = {name: direction * frame[name][row] for name in values if not math.isnan(frame[name][row])}
        if len(numbers) > 1:
            places |= {(row, name) for name, number in numbers.items() if number == max(numbers.values())}
    return places


def _join_deviations(frame, cells, values):
    """Join each row `sd` to the row `mean` before it."""
    kept = [row for row in range(len(frame)) if frame["statistic"][row] == "mean"]
    joined = {name: [cells[name][row] for row in kept] for name in cells if name != "statistic"}
    for name in values:
        for place, row in enumerate(kept):
            if row + 1 < len(frame) and frame["statistic"][row + 1] == "sd" and not math.isnan(frame[name][row + 1]):
                joined[name][place] += f" <small>± {_number(frame[name][row + 1], digits=2)}</small>"
    return joined


def _number(value, digits=4):
    """A number with some significant digits, as HTML; powers of ten from 10^5 and below 10^-3."""
    if not math.isfinite(value):
        return '<span title="not defined">–</span>' if math.isnan(value) else html.escape(str(value))
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power >= 5 or power < -3:
        return f"{_minus(mantissa)} × 10<sup>{_minus(str(power))}</sup>"
    return _minus(f"{value:.{max(0, digits - 1 - power)}f}")


def _minus(text):
    return text.replace("-", "−")


def _plain(value):
    return "–" if value is pd.NA or value is None or value != value else html.escape(str(value))


def _bold(text, wanted):
    return f"<b>{text}</b>" if wanted else text


def _heading(name):
    return html.escape(HEADINGS.get(name, name.replace("_", " ")))


def _page(caption, context, cells, values, notes, groups):
    names = list(cells)
    headings = [groups.get(name, "") if name in values else "" for name in names]
    lines = []
    if any(headings):
        spans, start = [], 0
        for place in range(1, len(names) + 1):
            if place == len(names) or headings[place] != headings[start]:
                scope = ' scope="colgroup"' if headings[start] else ""
                spans.append(f'<th colspan="{place - start}"{scope}>{html.escape(headings[start])}</th>')
                start = place
        lines.append(f'<tr class="groups">{"".join(spans)}</tr>')
    texts = {name for name in names if name not in values and not all(cell.isdecimal() for cell in cells[name])}
    kind = {name: ' class="text"' if name in texts else "" for name in names}
    lines.append("<tr>" + "".join(f'<th scope="col"{kind[name]}>{_heading(name)}</th>' for name in names) + "</tr>")
    head = "\n".join(lines)
    rows = []
    for row in range(len(cells[names[0]]) if names else 0):
        starts = "dataset" in cells and row and cells["dataset"][row] != cells["dataset"][row - 1]
        places = "".join(f"<td{kind[name]}>{cells[name][row]}</td>" for name in names)
        rows.append(('<tr class="first">' if starts else "<tr>") + places + "</tr>")
    body = "\n".join(rows)
    under = "\n".join(f"<li>{html.escape(note)}</li>" for note in notes)
    title = html.escape(caption)
    return PAGE.format(
        title=title, context=f"<small>{context}</small>" if context else "", head=head, body=body, notes=under
    )


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --soft: #595959; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #ececec; --paper: #161616; --soft: #b4b4b4; }} }}
@media print {{ :root {{ --ink: #000; --paper: #fff; --soft: #333; }} body {{ font-size: 9pt; }} }}
body {{ margin: 1rem; background: var(--paper); color: var(--ink); font: 0.95rem/1.4 system-ui, sans-serif; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }}
caption {{ text-align: left; padding-bottom: 0.6rem; font-weight: 600; }}
caption small {{ display: block; font-weight: 400; color: var(--soft); }}
th, td {{ padding: 0.25rem 0.7rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }}
thead tr:last-child th {{ border-bottom: 1px solid var(--ink); }}
tr.groups th {{ text-align: center; font-weight: 400; color: var(--soft); }}
.text {{ text-align: left; }}
tr.first td {{ border-top: 1px solid var(--soft); }}
sup {{ line-height: 0; }}
th {{ font-weight: 600; }}
td small {{ color: var(--soft); }}
ul {{ padding-left: 1.2rem; max-width: 60rem; color: var(--soft); }}
</style>
</head>
<body>
<div class="scroll" tabindex="0" role="region" aria-label="{title}">
<table>
<caption>{title}{context}</caption>
<thead>
{head}
</thead>
<tbody>
{body}
</tbody>
</table>
</div>
<ul>
{notes}
</ul>
</body>
</html>
"""
