"""Figures 2, 3, 4, 6, 7, S1, S5 and S6: methods compared on one block of the grid.

What each shows is its entry in `deepae.config.outputs.FIGURES`; `bars`, `average` and `lines` are its painters.
"""

import math

import pandas as pd

from deepae.analysis.runs import read_metrics, usable
from deepae.config import roles
from deepae.config.outputs import FIGURES, heading
from deepae.config.vocabulary import KINDS, METRICS, NORMALIZATIONS
from deepae.figures import by_method, grouped_bars, lines, panels, style

AT, LARGEST = 50, 100  # the number of measurements that a sentence is about, and the paper's largest
MOST_NAMED = 3  # data sets whose numbers a sentence gives
NO_ROWS = ["dataset", "normalization", "method", "measurements", "seed", "status", "reason", "pcc", "em", "mae"]


def make(name, table, datasets, methods, paper, companion, said):
    """Draw a comparison figure in the paper's layout, and its companion with a row for each method.

    Parameters
    ----------
    name : str
        As in the registry of figures.
    table : path or None
        A block's table; None if no block of the grid is for this figure, which the picture then says.
    datasets, methods : dict of str to dict
        As `draw`.
    paper, companion : sequence of path
        Files to write.
    said : path
        The text with which both captions begin (`found`).
    """
    frame = rows(table)
    picture = draw(name, frame, datasets, methods)
    picture.found = found(name, frame, datasets, methods)
    style.save(picture, [*paper, said])
    style.save(draw(name, frame, datasets, methods, None), companion)


def found(name, table, datasets, methods):
    """Say what a comparison figure shows: DeepAE beside the best of each kind, or on how many data sets it is better.

    Parameters are those of `draw`. One number of measurements is looked at, 50 or the largest; of several metrics the
    error. A network whose training was shortened is left out.
    """
    figure, subject = FIGURES[name], next(iter(roles.having(methods, "proposed")), None)
    metric = figure.metrics[0] if len(figure.metrics) == 1 else "em"
    kinds = {
        "the best baseline as published": roles.having(methods, "published"),
        "the best with unit-norm decoding": roles.having(methods, "unit-norm"),
        **{methods[key]["label"]: [key] for key in ("pca", "mean") if key in methods},
    }
    known, texts, better = METRICS[metric], [], {kind: [] for kind in kinds}
    rows = usable(table, [metric], methods)
    means = rows.dropna(subset=[metric]).groupby(["dataset", "measurements", "method"])[metric].mean()
    for dataset, info in datasets.items():
        at = means[means.index.get_level_values("dataset") == dataset].droplevel("dataset").unstack("method")
        if subject not in at or at[subject].dropna().empty:
            continue
        h = AT if AT in at[subject].dropna() else at[subject].dropna().index.max()
        values, own = at.loc[h].dropna() * known.direction, at.loc[h, subject]
        best = {kind: values.reindex(names).max() * known.direction for kind, names in kinds.items()}
        best = {kind: value for kind, value in best.items() if value == value}
        for kind, value in best.items():
            better[kind].append(known.direction * (own - value) > 0)
        shown = ", ".join(f"{kind} {_number(value)}" for kind, value in best.items())
        texts.append(f"{info['label']}, h = {h}: {methods[subject]['label']} {_number(own)}, {shown}")
    if len(texts) > MOST_NAMED:
        counts = [f"than {kind} on {sum(held)} of {len(held)}" for kind, held in better.items() if held]
        texts = [f"{methods[subject]['label']} is better {', '.join(counts)} data sets"]
    return " ".join([f"{known.label}: {'; '.join(texts)}."] if texts else []) + _limits(figure, table, datasets)


def _limits(figure, table, datasets):
    """Say what a figure of one kind of data cannot show: robustness over one h, more measurements than channels."""
    rows = table[table["dataset"].isin(datasets)]
    if not figure.kind or rows.empty:
        return ""
    hs, features = sorted(set(rows["measurements"])), int(rows["n_genes"].min())
    said = f" At one h only, {hs[0]}: robustness in h is not shown." if len(hs) == 1 else ""
    return said + (
        f" With {features} features there is no h = {LARGEST}, which the paper shows." if features < LARGEST else ""
    )


def _number(value):
    return f"{value:.3f}" if abs(value) < 10 else f"{float(f'{value:.4g}'):.{max(0, 3 - int(math.log10(abs(value))))}f}"


def rows(table):
    """Return a block's rows; an empty frame if there is no table."""
    return pd.DataFrame(columns=NO_ROWS) if table is None else read_metrics(table)


def draw(name, table, datasets, methods, variant=roles.PUBLISHED):
    """Draw a comparison figure.

    Parameters
    ----------
    name : str
        As in the registry of figures.
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets : dict of str to dict
        Data sets drawn, in order: ``label``, ``note``.
    methods : dict of str to dict
        Methods drawn, in order: ``label``, ``colour``, ``protocol``, ``role``, and ``iterations`` of full training.
    variant : str or None
        Decoding of the baselines, ``published`` or ``corrected``, in the paper's layout; None: the companion.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = FIGURES[name]
    normalizations = list(dict.fromkeys(table["normalization"])) if len(table) else []
    values = NORMALIZATIONS[normalizations[0]].label if len(normalizations) == 1 else ""
    form = figure.painter.partition(":")[2]
    paper, companion = PAINTERS[form]
    painter = companion if variant is None else paper
    comparison = panels.compare(
        table,
        datasets,
        methods,
        figure.metrics,
        variant,
        style.joined(heading(name), values),
        average=form == "average",
        tight=painter is by_method.draw,
        kind=KINDS.get(figure.kind, ""),
    )
    if comparison.reason:
        return style.message(f"Nothing to draw: {comparison.reason}.", comparison.heading)
    return painter(comparison)


PAINTERS = {
    "bars": (grouped_bars.draw, by_method.draw),
    "average": (grouped_bars.draw, by_method.draw),
    "lines": (lines.draw, lines.draw),
}
"""For each painter of the registry: the paper's layout, and the companion."""
