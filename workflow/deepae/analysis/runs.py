"""Rows of metrics.tsv: how they are read, which of them count, and which methods are one and the same."""

import numpy as np
import pandas as pd

from deepae.config.roles import full_updates
from deepae.io.files import load_npz
from deepae.io.tables import read_tsv

KEYS = ("role", "base")
SPLIT = ["n_train", "n_test", "groups"]
"""With the seed these columns tell splits apart: some protocols drop a cell, some methods have an axis of their own."""
SETTING = ["dataset", "normalization", "measurements"]
"""What is held fixed when methods are compared over seeds."""


def read_metrics(path, methods=None):
    """Read a metrics table: empty fields and `NaN` are NaN, names that look like missing values stay names.

    With `methods` (name -> entry of methods.yaml) it gets the columns `role`, `base` and `groups`, from which the
    functions here know who is DeepAE, which control is whose, and which groups of cells trained and tested.
    """
    frame = read_tsv(path)
    return with_roles(frame.assign(reason=frame["reason"].fillna("")), methods or {})


def by_job(jobs, paths):
    """Return the arrays of ``.cells.npz`` files: for (data set, normalisation, method) a list, one for each job."""
    found = {}
    for key, path in zip(jobs, paths, strict=True):
        found.setdefault(tuple(key), []).append(load_npz(path))
    return found


def with_roles(metrics, methods):
    """Return `metrics` with `role`, `base`, `groups` of each row; empty where the table lacks a method."""
    known = {key: {name: entry.get(key, "") for name, entry in methods.items()} for key in KEYS}
    splits = {name: entry.get("split", {}) for name, entry in methods.items()}
    known["groups"] = {n: f"{s['trained_on']} to {s['tested_on']}" for n, s in splits.items() if "tested_on" in s}
    return metrics.assign(**{key: metrics["method"].map(found).fillna("") for key, found in known.items()})


def shortened(metrics, methods):
    """Tell for each row of metrics.tsv why its network is no result: a text, empty where training was not cut short.

    `methods` has the entries of methods.yaml, or what figures know of them: `iterations` of the full training.
    """
    full = metrics["method"].map(full_updates(methods))
    if full.isna().all() or "iterations" not in metrics:
        return pd.Series("", index=metrics.index)
    done = pd.to_numeric(metrics["iterations"], errors="coerce")
    said = [f"shortened training: {a:.0f} of {b:.0f} updates" for a, b in zip(done, full, strict=True)]
    return pd.Series(said, index=metrics.index).where(done < full, "")


def usable(metrics, names, methods=None):
    """Return a copy in which failed rows and shortened networks, which stay, have no values."""
    metrics = metrics.copy()
    useless = metrics["status"].ne("ok") | shortened(metrics, methods or {}).ne("")
    metrics.loc[useless, list(names)] = np.nan
    return metrics


def comparable(one, other):
    """Return whether runs may be compared: the columns `SPLIT` agree, or the other has the cell that a preset drops."""
    same = [(one[name] == other[name]).to_numpy() for name in SPLIT]
    trained, tested = ((other[name] - one[name]).to_numpy() for name in SPLIT[:2])
    dropped = (trained + tested == 1) & np.isin(trained, (0, 1)) & same[-1]
    return np.logical_and.reduce(same) | dropped


def twins(metrics):
    """Find methods that gave the same predictions, as SVD and k-SVD do when few cells train.

    Their EM, MAE and MSE agree, to a relative 1e-9, in all seeds.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.

    Returns
    -------
    dict of tuple to str
        (data set, normalisation, h, method) to the method of the same protocol, earlier in the table, that it equals.
    """
    names = ["em", "mae", "mse"]
    found = {}
    metrics = usable(metrics, names)
    for (*setting, _), group in metrics.groupby([*SETTING, "protocol"], sort=False):
        wide = group.pivot_table(index="method", columns="seed", values=names, sort=False)
        methods, values = list(wide.index), wide.to_numpy(float)
        for place, method in enumerate(methods):
            for other in range(place):
                if (*setting, methods[other]) in found:
                    continue
                if np.allclose(values[place], values[other], rtol=1e-9, atol=0, equal_nan=True):
                    found[*setting, method] = methods[other]
                    break
    return found
