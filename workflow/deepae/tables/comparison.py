"""Tables 3, S1, S2 and S3: the methods compared, laid out as the paper printed them.

Rows and columns that the paper does not have are named as what they are: unit-norm decoding, controls, released
presets, EM relative to predicting zero. A value that cannot be computed is NaN and the column `note` says why.
"""

import numpy as np
import pandas as pd

from deepae.analysis.runs import shortened, twins
from deepae.analysis.skill import relative_em
from deepae.config import roles
from deepae.config.vocabulary import METRICS, PRINTED
from deepae.config.vocabulary import TABLE_MEASUREMENTS as MEASUREMENTS

PRINTED_METHODS = ("svd", "ksvd", "snmf", "smaf", "deepae")  # Table 3, from left to right
EM_RELATIVE = "EM / EM of zero"
SECONDS = "training, s"
DIRECTIONS = {metric.label: metric.direction for metric in METRICS.values()} | {EM_RELATIVE: -1, SECONDS: -1}


def nearest_measurements(frame):
    """Return the measurements in a frame nearest to the paper's, the larger of two; None in an empty frame."""
    return min(frame["measurements"].unique(), key=lambda h: (abs(h - MEASUREMENTS), -h), default=None)


def table_3(metrics, methods, datasets=None):
    """Average over data sets (P Table 3): PCC, EM and MAE by method, and EM over that of predicting zero.

    Taken at the number of measurements of the paper's table, or at the nearest available, which is stated.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Rows of one block, as metrics.tsv.
    methods : dict of str to dict
        label and protocol of each method, in order.
    datasets : dict of str to dict, optional
        For each data set a ``note``: that it is a subset, that training was shortened.

    Returns
    -------
    pandas.DataFrame
        Columns metric, one for each method (its label: first those of the paper as printed), normalization,
        measurements, datasets, note. Mean over seeds, then over data sets; NaN for a method that lacks a data set, or
        whose training was shortened on one, for an average over others could not be compared.
    """
    metrics, h = _at(metrics, methods)
    names, labels = columns(metrics, methods)
    rows = []
    for normalization, group in metrics.groupby("normalization", sort=False):
        averaged = group["dataset"].unique()
        note = "; ".join(filter(None, [_of_paper(averaged, datasets), _notes(group, labels, h, datasets)]))
        for label, column in _quantities():
            means = group.pivot_table(index="dataset", columns="method", values=column, dropna=False)
            means = means.reindex(index=averaged, columns=names).mean(axis=0, skipna=False)
            rows.append(
                {"metric": label}
                | {labels[name]: means[name] for name in names}
                | {"normalization": normalization, "measurements": h, "datasets": len(averaged), "note": note}
            )
    return pd.DataFrame(rows, columns=["metric", *labels.values(), "normalization", "measurements", "datasets", "note"])


def table_s3(metrics, methods, datasets=None):
    """Results for each data set (P Table S3).

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, metric, statistic (`mean` and `sd` over seeds, ddof 1), one for each method,
        measurements, seeds, note.
    """
    return _by_dataset(metrics, methods, _quantities(), datasets)


def table_s1(metrics, methods, datasets=None, names=("deepae1", "deepae2", "deepae3", "deepae")):
    """Architectures DeepAE1 to DeepAE4 (P Table S1), as `table_s3`, with the label of the best in a column `best`."""
    table = _by_dataset(metrics[metrics["method"].isin(names)], methods, _quantities()[:3], datasets, names)
    return _with_best(table, methods)


def table_s2(metrics, methods, datasets=None, names=("deepae", "deepae5", "deepae6")):
    """Architectures DeepAE4 to DeepAE6 with the time to train one seed (P Table S2), as `table_s1`.

    The columns `device` and `threads` say where the time was taken.
    """
    metrics = metrics[metrics["method"].isin(names)]
    quantities = [*_quantities()[:3], (SECONDS, "fit_seconds")]
    table = _with_best(_by_dataset(metrics, methods, quantities, datasets, names), methods)
    for name in ("device", "threads"):
        known = metrics.groupby("dataset")[name].agg(lambda values: "/".join(dict.fromkeys(map(str, values))))
        table.insert(len(table.columns) - 1, name, table["dataset"].map(known))
    return table


def _quantities():
    """Label and column of what Tables 3 and S3 show; the first three as printed."""
    return [(METRICS[name].label, name) for name in PRINTED] + [(EM_RELATIVE, "em_relative")]


def _at(metrics, methods, keep_short=False):
    """Rows at the number of measurements nearest to the paper's, and that number.

    Failed rows have no values, and neither have those of shortened networks unless they are kept, to be shown but not
    ranked. The column `short` says why.
    """
    h = nearest_measurements(metrics)
    metrics = relative_em(metrics[metrics["measurements"] == h])
    metrics = metrics.assign(short=shortened(metrics, methods))
    useless = metrics["status"].ne("ok") | (metrics["short"].ne("") & (not keep_short))
    metrics.loc[useless, [*PRINTED, "em_relative", "fit_seconds"]] = np.nan
    return metrics, h


def _of_paper(averaged, datasets):
    """Say of how many of the paper's data sets this is the mean, if of fewer than all; `of` is said by the rule."""
    total = max((info.get("of", 0) for info in (datasets or {}).values()), default=0)
    return f"mean of {len(averaged)} of {total} data sets" if len(averaged) < total else ""


def columns(frame, methods):
    """Methods of a frame in the order of a table, and their labels: the paper's as printed, then the others."""
    present = set(frame["method"])
    others = [name for name in methods if name not in PRINTED_METHODS]
    order = [*PRINTED_METHODS, *others, *sorted(present.difference(methods, PRINTED_METHODS))]
    names = [name for name in order if name in present]
    return names, {name: methods.get(name, {}).get("label", name) for name in names}


def _by_dataset(metrics, methods, quantities, datasets, names=None):
    metrics, h = _at(metrics, methods, keep_short=True)
    known, labels = columns(metrics, methods)
    names = [name for name in names or known if name in known]
    labels = {name: labels[name] for name in names}
    rows = []
    for (dataset, normalization), group in metrics.groupby(["dataset", "normalization"], sort=False):
        note = _notes(group, labels, h, datasets, relative=EM_RELATIVE in dict(quantities))
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


def _with_best(table, methods):
    """Add the column `best`: label of the best mean; empty where fewer than two compete."""
    values = [name for name in table if table[name].dtype.kind == "f"]
    best = []
    for row in table.to_dict("records"):
        known = compete(row, values, methods)
        best.append(max(known, key=known.get) if row["statistic"] == "mean" and len(known) > 1 else "")
    table.insert(len(table.columns) - 1, "best", best)
    return table


def compete(row, labels, methods):
    """Return the values of a table's row that may be called best, larger for better: label -> number.

    Ceilings have seen the test cells, and a shortened network is no result: neither competes.
    """
    direction = DIRECTIONS.get(row.get("metric"))
    if direction is None:
        return {}
    allowed = {info["label"]: roles.is_ranked(info) for info in methods.values() if "role" in info}
    note = str(row.get("note", ""))
    short = {label for label in labels if f"{label}: shortened training" in note}
    known = {label: row[label] for label in labels if allowed.get(label, True) and label not in short}
    return {label: direction * value for label, value in known.items() if not np.isnan(value)}


def _notes(group, labels, h, known, relative=True):
    """What a reader must know of the rows of a table: subsets, short training, another h, failures, missing data."""
    datasets = group["dataset"].unique()
    notes = dataset_notes(datasets, known)
    notes += h_notes(h)
    if relative and "zero" not in set(group["method"]):
        notes.append(f"{EM_RELATIVE}: the control zero was not run")
    for (dataset, _, _, name), other in _same(group, labels).items():
        notes.append(f"{labels[name]} is the same as {labels[other]} on {dataset}")
    for name, label in labels.items():
        rows = group[group["method"] == name]
        cut = rows[rows["short"] != ""]
        notes += [
            f"{label}: {text} on {dataset}, not ranked"
            for dataset, text in dict(zip(cut["dataset"], cut["short"], strict=True)).items()
        ]
        absent = [dataset for dataset in datasets if dataset not in set(rows["dataset"])]
        if absent:
            notes.append(f"{label}: not run on {', '.join(absent)}")
        failed = rows[rows["status"] != "ok"]
        for (dataset, reason), runs in failed.groupby(["dataset", failed["reason"].fillna("")], sort=False):
            total = (rows["dataset"] == dataset).sum()
            notes.append(f"{label}: {len(runs)} of {total} runs failed on {dataset} ({reason or 'no reason given'})")
    return "; ".join(notes)


def _same(group, labels):
    """Methods with the same predictions, where the table has what tells."""
    return twins(group[group["method"].isin(list(labels))]) if {"mse", "iterations", "protocol"} <= set(group) else {}


def dataset_notes(names, known):
    known = known or {}
    return [f"{name}: {known[name]['note']}" for name in names if known.get(name, {}).get("note")]


def h_notes(h):
    return [] if h == MEASUREMENTS else [f"h = {h}, the nearest available to {MEASUREMENTS}"]
