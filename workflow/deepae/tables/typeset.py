"""A table as a page of its own: four significant digits, notes below, the best in bold."""

import html
import itertools
import math
from pathlib import Path

import jinja2
import pandas as pd

from deepae.config import outputs
from deepae.config.vocabulary import PROTOCOLS
from deepae.tables.comparison import compete

NOTES = {
    "table-2": ["Weights, biases included, for as many genes as the largest of the data sets has."],
    "table-s4": [
        "Seeds of one data set share most of their test cells: a p-value describes split, initial weights and noise on "
        "this data set, not new cells."
    ],
}
"""What stands under a table whatever its values."""


def noted(frame, banner):
    """Return a table whose notes begin with what every figure says: that data sets are left out, or are synthetic."""
    if not banner or "note" not in frame:
        return frame
    notes = [note if isinstance(note, str) else "" for note in frame["note"]]
    return frame.assign(note=["; ".join(filter(None, [banner.replace("; ", ", "), note])) for note in notes])


def page(name, frame, methods):
    """Return the page of a table, by its name in the registry of tables."""
    return to_html(frame, outputs.heading(name), NOTES.get(name, ()), methods)


def to_html(frame, caption, notes=(), methods=None):
    """Return a self-contained page with a typeset table, methods in rows.

    What is the same in all rows stands once below the caption; the texts of `note` stand under the table. The best of a
    metric is bold. Four significant digits.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table of this package. One with a column for each method is turned: a row for each method, a column for each
        metric, with rows `sd` as ± behind the means.
    caption : str
    notes : sequence of str
        Further lines under the table.
    methods : dict of str to dict, optional
        ``label`` and ``protocol`` of the methods.
    """
    frame, notes = frame.reset_index(drop=True), list(notes)
    labels = [info["label"] for info in (methods or {}).values() if info["label"] in frame]
    if "note" in frame:
        parts = [part for note in frame["note"].dropna().unique() for part in note.split("; ")]
        notes += [part for part in dict.fromkeys(parts) if part]
    if labels:
        cells, values = _turned(frame, sorted(labels, key=list(frame).index), methods)
    else:
        frame = frame.drop(columns="note", errors="ignore")
        values = [name for name in frame if frame[name].dtype.kind == "f" and name not in CONTEXT]
        cells = {name: [(_number if name in values else _plain)(value) for value in frame[name]] for name in frame}
    constant = [name for name in CONTEXT if name in cells and len(set(cells[name])) == 1 and len(cells[name])]
    context = " · ".join(f"{HEADINGS.get(name, name)}: {cells.pop(name)[0]}" for name in constant)
    return _page(caption, context, cells, values, notes)


def _turned(frame, labels, methods):
    """Return cells and columns of values of a table with a row for each method."""
    protocol = {info["label"]: PROTOCOLS.get(info["protocol"], info["protocol"]) for info in methods.values()}
    keys = [name for name in ("dataset", "normalization") if name in frame]
    metrics = list(dict.fromkeys(frame["metric"]))
    rest = [name for name in CONTEXT if name in frame and name not in keys]
    rows = []
    for _, group in frame.groupby(keys, sort=False):
        records = group.to_dict("records")
        means = {row["metric"]: row for row in records if row.get("statistic", "mean") == "mean"}
        deviations = {row["metric"]: row for row in records if row.get("statistic") == "sd"}
        best = {metric: _best(row, labels, methods) for metric, row in means.items()}
        first = records[0]
        for label in labels:
            row = {key: _plain(first[key]) for key in keys} | {"protocol": html.escape(protocol[label])}
            row["method"] = html.escape(label)
            for metric, values in means.items():
                text = _number(values[label])
                text = f"<b>{text}</b>" if label in best[metric] else text
                if metric in deviations and not math.isnan(deviations[metric][label]):
                    text += f" <small>± {_number(deviations[metric][label], digits=2)}</small>"
                row[metric] = text
            rows.append(row | {name: _plain(first[name]) for name in rest})
    names = [*keys, "protocol", "method", *metrics, *rest]
    return {name: [row.get(name, "") for row in rows] for name in names}, metrics


def _best(row, labels, methods):
    """Return the labels with the best value of a row, if several compete."""
    known = compete(row, labels, methods)
    return {label for label, value in known.items() if value == max(known.values())} if len(known) > 1 else set()


# What describes a row's origin rather than its content: said once if it is the same everywhere.
CONTEXT = ("normalization", "reference", "measurements", "datasets", "seeds", "device", "threads")
HEADINGS = {"dataset": "data set", "datasets": "data sets", "normalization": "normalisation", "measurements": "h"}


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


def _page(caption, context, cells, values, notes):
    """Return the page of columns of HTML cells; those of words are set to the left, a rule parts data sets."""
    columns = [
        {
            "heading": HEADINGS.get(name, name.replace("_", " ")),
            "cells": column,
            "is_text": name not in values and not all(cell.isdecimal() for cell in column),
        }
        for name, column in cells.items()
    ]
    pairs = enumerate(itertools.pairwise(cells.get("dataset", ())), start=1)
    starts = {row for row, (before, here) in pairs if here != before}
    folder = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    made = jinja2.Environment(
        loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    given = {"caption": caption, "context": context, "columns": columns, "starts": starts, "notes": notes}
    return made.get_template("table.html").render(given)
