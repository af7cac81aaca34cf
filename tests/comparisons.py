"""Tables and artists for the tests of the figures that compare methods."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

PAPER = ["deepae", "svd", "ksvd", "snmf", "smaf"]
CORRECTED = ["svd-corrected", "ksvd-corrected", "snmf-corrected", "smaf-corrected"]
CONTROLS = ["zero", "mean", "pca", "random-lmmse"]
EVERY = [*PAPER, *CORRECTED, *CONTROLS]
SEVEN = [1, 2, 5, 10, 25, 50, 100]
TWELVE = [f"GSE{number}" for number in range(60361, 60373)]


def chosen(methods, names):
    return {name: info for name, info in methods.items() if name in names}


def info(datasets):
    return {name: {"label": name, "note": ""} for name in datasets}


def make_table(datasets, measurements, names, seeds=(1, 2, 3), normalization="zscore"):
    """Return rows whose values differ everywhere; zero has no PCC."""
    generator = np.random.default_rng(5)
    rows = []
    for dataset, name, h, seed in itertools.product(datasets, names, measurements, seeds):
        pcc = math.nan if name == "zero" else generator.uniform(0.4, 0.95)
        em = 1e5 * generator.uniform(0.4, 1.0)
        rows.append([dataset, normalization, name, h, seed, pcc, 0.7 * pcc, em, em / 3e4, "ok"])
    columns = ["dataset", "normalization", "method", "measurements", "seed", "pcc", "spearman", "em", "mae", "status"]
    return pd.DataFrame(rows, columns=columns)


def fail(table, where):
    """Turn the rows that match `where` into failed ones."""
    rows = np.logical_and.reduce([table[key] == value for key, value in where.items()])
    assert rows.any()
    table.loc[rows, ["pcc", "spearman", "em", "mae"]] = math.nan
    table.loc[rows, "status"] = "failed"


def panels(figure):
    return [axes for axes in figure.axes if (axes.get_gid() or "").startswith("panel:")]


def drawn(axes, prefix):
    """Return the artists of a panel whose id begins with `prefix`, by the rest of the id."""
    found = {}
    for artist in axes.findobj(lambda item: (item.get_gid() or "").startswith(f"{prefix}:")):
        found.setdefault(artist.get_gid().removeprefix(f"{prefix}:"), artist)
    return found


def dots(axes, bar, name):
    """Return the heights of the dots that stand on a bar."""
    line = drawn(axes, "runs")[name]
    left, right = bar.get_x(), bar.get_x() + bar.get_width()
    return [y for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if left < x < right]


def whisker(axes, bar, name):
    """Return half the length of the whisker in the middle of a bar."""
    middle = bar.get_x() + bar.get_width() / 2
    segments = drawn(axes, "sd")[name].get_segments()
    (ends,) = [segment[:, 1] for segment in segments if segment[0, 0] == pytest.approx(middle)]
    return (ends[1] - ends[0]) / 2


def texts(figure, *ids):
    return [text.get_text() for text in figure.findobj(Text) if text.get_gid() in ids]


def values(table, metric, **where):
    rows = np.logical_and.reduce([table[key] == value for key, value in where.items()])
    return table.loc[rows & (table["status"] == "ok"), metric].to_numpy()
