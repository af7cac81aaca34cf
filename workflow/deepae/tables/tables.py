"""The paper's tables as frames, laid out as printed, and a typeset view of each.

Rows and columns that the paper does not have are named as what they are: unit-norm decoding, controls, released
presets, EM relative to predicting zero. A value that cannot be computed is NaN and the column `note` says why.
"""

import html
import itertools
import math

import numpy as np
import pandas as pd

from deepae.analysis.skill import relative_em
from deepae.config.vocabulary import METRICS, PRINTED, PROTOCOLS
from deepae.config.vocabulary import TABLE_MEASUREMENTS as MEASUREMENTS

PRINTED_METHODS = ("svd", "ksvd", "snmf", "smaf", "deepae")  # Table 3, from left to right
EM_RELATIVE = "EM / EM of zero"
SECONDS = "training, s"
TESTS = {
    "Student": "p_student",
    "Welch": "p_welch",
    "paired": "p_paired",
    "paired, adjusted": "p_adjusted",
    "mean difference": "mean_difference",
}
DIRECTIONS = {metric.label: metric.direction for metric in METRICS.values()} | {EM_RELATIVE: -1, SECONDS: -1}


def nearest_measurements(frame, wanted=MEASUREMENTS):
    """Return the number of measurements in a frame nearest to `wanted`, the larger of two; None in an empty frame."""
    return min(frame["measurements"].unique(), key=lambda h: (abs(h - wanted), -h), default=None)


def table_3(metrics, methods, wanted=MEASUREMENTS, datasets=None):
    """Average over data sets (P Table 3): PCC, EM and MAE by method, and EM over that of predicting zero.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Rows of one block, as metrics.tsv.
    methods : dict of str to dict
        label and protocol of each method, in order.
    wanted : int
        Number of measurements; the nearest available is taken and stated.
    datasets : dict of str to dict, optional
        For each data set a ``note``: that it is a subset, that training was shortened.

    Returns
    -------
    pandas.DataFrame
        Columns metric, one for each method (its label: first those of the paper as printed), normalization,
        measurements, datasets, note. Mean over seeds, then over data sets; NaN for a method that lacks a data set, for
        an average over others could not be compared.
    """
    metrics, h = _at(metrics, wanted)
    names, labels = _columns(metrics, methods)
    rows = []
    for normalization, group in metrics.groupby("normalization", sort=False):
        averaged = group["dataset"].unique()
        note = _notes(group, labels, h, wanted, datasets)
        for label, column in _quantities():
            means = group.pivot_table(index="dataset", columns="method", values=column, dropna=False)
            means = means.reindex(index=averaged, columns=names).mean(axis=0, skipna=False)
            rows.append(
                {"metric": label}
                | {labels[name]: means[name] for name in names}
                | {"normalization": normalization, "measurements": h, "datasets": len(averaged), "note": note}
            )
    return pd.DataFrame(rows, columns=["metric", *labels.values(), "normalization", "measurements", "datasets", "note"])


def table_s3(metrics, methods, wanted=MEASUREMENTS, datasets=None):
    """Results for each data set (P Table S3).

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, metric, statistic (`mean` and `sd` over seeds, ddof 1), one for each method,
        measurements, seeds, note.
    """
    return _by_dataset(metrics, methods, wanted, _quantities(), datasets)


def table_s1(metrics, methods, wanted=MEASUREMENTS, datasets=None, names=("deepae1", "deepae2", "deepae3", "deepae")):
    """Architectures DeepAE1 to DeepAE4 (P Table S1), as `table_s3`, with the label of the best in a column `best`."""
    table = _by_dataset(metrics[metrics["method"].isin(names)], methods, wanted, _quantities()[:3], datasets, names)
    return _with_best(table)


def table_s2(metrics, methods, wanted=MEASUREMENTS, datasets=None, names=("deepae", "deepae5", "deepae6")):
    """Architectures DeepAE4 to DeepAE6 with the time to train one seed (P Table S2), as `table_s1`.

    The columns `device` and `threads` say where the time was taken.
    """
    metrics = metrics[metrics["method"].isin(names)]
    quantities = [*_quantities()[:3], (SECONDS, "fit_seconds")]
    table = _with_best(_by_dataset(metrics, methods, wanted, quantities, datasets, names))
    for name in ("device", "threads"):
        known = metrics.groupby("dataset")[name].agg(lambda values: "/".join(dict.fromkeys(map(str, values))))
        table.insert(len(table.columns) - 1, name, table["dataset"].map(known))
    return table


def table_s4(ttests, methods, wanted=MEASUREMENTS, datasets=None, names=PRINTED):
    """Pairwise t-tests of DeepAE against each other method (P Table S4).

    Parameters
    ----------
    ttests : pandas.DataFrame
        As `deepae.analysis.ttests.ttests` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, reference, metric, test, one for each method, measurements, note. Each test is a
        row of p-values: Student's as the paper, Welch's, the paired one, and that adjusted; last the mean difference.
    """
    h = nearest_measurements(ttests, wanted)
    ttests = ttests[ttests["measurements"] == h]
    chosen, labels = _columns(ttests, methods)
    keys = ["dataset", "normalization", "reference", "metric"]
    rows = []
    for key, group in ttests[ttests["metric"].isin(names)].groupby(keys, sort=False):
        group = group.set_index("method")
        missing = group["reason"].fillna("")
        notes = _dataset_notes(key[:1], datasets) + ([_h_note(h, wanted)] if h != wanted else [])
        notes += [f"{labels[name]}: {missing[name]}" for name in chosen if missing.get(name)]
        for test, column in TESTS.items():
            rows.append(
                dict(zip(keys, key, strict=True), test=test, measurements=h, note="; ".join(notes))
                | {"metric": METRICS[key[3]].label}
                | {labels[name]: group[column].get(name, np.nan) for name in chosen}
            )
    return pd.DataFrame(rows, columns=[*keys, "test", *labels.values(), "measurements", "note"])


def table_1(datasets):
    """Data sets (P Table 1).

    Parameters
    ----------
    datasets : list of (str, dict, dict)
        Id, entry of the catalogue, and what was found in the ingested file: ``genes``, ``cells``, ``nonzero`` (share of
        the values).

    Returns
    -------
    pandas.DataFrame
        Columns dataset, accession, species, genes, cells, expected_genes, expected_cells (the catalogue's), nonzero,
        unit, journal, note.
    """
    rows = []
    for name, entry, found in datasets:
        expected = entry.get("expected") or {}
        rows.append(
            {
                "dataset": name,
                "accession": entry.get("accession", ""),
                "species": entry.get("species", ""),
                "genes": found["genes"],
                "cells": found["cells"],
                "expected_genes": expected.get("genes"),
                "expected_cells": expected.get("cells"),
                "nonzero": found["nonzero"],
                "unit": entry.get("unit", ""),
                "journal": entry.get("journal", ""),
                "note": entry.get("note") or "",
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({name: "Int64" for name in ("genes", "cells", "expected_genes", "expected_cells")})


def table_2(architectures, genes, h=MEASUREMENTS):
    """Architectures (P Table 2).

    Parameters
    ----------
    architectures : dict of str to sequence of int
        Hidden widths of the encoder before the centre.
    genes : int
        Number of genes for which weights are counted.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, layers (widths from input to output, g: genes, h: measurements), hidden_layers, genes,
        measurements, weights (biases included).
    """
    rows = []
    for name, hidden in architectures.items():
        half = ["g", *map(str, hidden)]
        widths = [genes, *hidden, h, *reversed(hidden), genes]
        rows.append(
            {
                "architecture": name,
                "layers": "-".join([*half, "h", *reversed(half)]),
                "hidden_layers": len(widths) - 2,
                "genes": genes,
                "measurements": h,
                "weights": sum((a + 1) * b for a, b in itertools.pairwise(widths)),
            }
        )
    return pd.DataFrame(rows)


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


def _quantities():
    """Label and column of what Tables 3 and S3 show; the first three as printed."""
    return [(METRICS[name].label, name) for name in PRINTED] + [(EM_RELATIVE, "em_relative")]


def _at(metrics, wanted):
    """Rows at the number of measurements nearest to `wanted`, failed ones without values, and that number."""
    h = nearest_measurements(metrics, wanted)
    metrics = relative_em(metrics[metrics["measurements"] == h])
    metrics.loc[metrics["status"] != "ok", [*PRINTED, "fit_seconds"]] = np.nan
    return metrics, h


def _columns(frame, methods):
    """Methods of a frame in the order of a table, and their labels: the paper's as printed, then the others."""
    present = set(frame["method"])
    others = [name for name in methods if name not in PRINTED_METHODS]
    order = [*PRINTED_METHODS, *others, *sorted(present.difference(methods, PRINTED_METHODS))]
    names = [name for name in order if name in present]
    return names, {name: methods.get(name, {}).get("label", name) for name in names}


def _by_dataset(metrics, methods, wanted, quantities, datasets, names=None):
    metrics, h = _at(metrics, wanted)
    known, labels = _columns(metrics, methods)
    names = [name for name in names or known if name in known]
    labels = {name: labels[name] for name in names}
    rows = []
    for (dataset, normalization), group in metrics.groupby(["dataset", "normalization"], sort=False):
        note = _notes(group, labels, h, wanted, datasets, relative=EM_RELATIVE in dict(quantities))
        for label, column in quantities:
            by_method = group.groupby("method")[column]
            for statistic, result in (("mean", by_method.mean()), ("sd", by_method.std(ddof=1))):
                rows.append(
                    {"dataset": dataset, "normalization": normalization, "metric": label, "statistic": statistic}
                    | {labels[name]: result.get(name, np.nan) for name in names}
                    | {"measurements": h, "seeds": group["seed"].nunique(), "note": note}
                )
    head = ["dataset", "normalization", "metric", "statistic"]
    return pd.DataFrame(rows, columns=[*head, *labels.values(), "measurements", "seeds", "note"])


def _with_best(table):
    """Add the column `best`: label of the best mean."""
    values = [name for name in table if table[name].dtype.kind == "f"]
    best = []
    for row in table.itertuples():
        ranked = table.loc[row.Index, values].astype(float) * DIRECTIONS[row.metric]
        best.append(ranked.idxmax() if row.statistic == "mean" and ranked.notna().any() else "")
    table.insert(len(table.columns) - 1, "best", best)
    return table


def _notes(group, labels, h, wanted, known, relative=True):
    """What a reader must know of the rows of a table: subsets, short training, another h, failures, missing data."""
    datasets = group["dataset"].unique()
    notes = _dataset_notes(datasets, known)
    notes += [_h_note(h, wanted)] if h != wanted else []
    if relative and "zero" not in set(group["method"]):
        notes.append(f"{EM_RELATIVE}: the control zero was not run")
    for name, label in labels.items():
        rows = group[group["method"] == name]
        absent = [dataset for dataset in datasets if dataset not in set(rows["dataset"])]
        if absent:
            notes.append(f"{label}: not run on {', '.join(absent)}")
        failed = rows[rows["status"] != "ok"]
        for (dataset, reason), runs in failed.groupby(["dataset", failed["reason"].fillna("")], sort=False):
            total = (rows["dataset"] == dataset).sum()
            notes.append(f"{label}: {len(runs)} of {total} runs failed on {dataset} ({reason or 'no reason given'})")
    return "; ".join(notes)


def _dataset_notes(names, known):
    known = known or {}
    return [f"{name}: {known[name]['note']}" for name in names if known.get(name, {}).get("note")]


def _h_note(h, wanted):
    return f"h = {h}, the nearest available to {wanted}"


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
