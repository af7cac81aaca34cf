"""Rows of metrics.tsv: how they are read, which of them count, and which methods are one and the same."""

import numpy as np
import pandas as pd

from deepae.config.roles import full_updates
from deepae.io.files import load_npz
from deepae.io.tables import read_tsv

KEYS = ("role", "base")
SETTING = ["dataset", "normalization", "measurements"]
"""What is held fixed when methods are compared over seeds."""


def read_metrics(path, methods=None):
    """Read a metrics table: empty fields and `NaN` are NaN, names that look like missing values stay names.

    With `methods` (name -> entry of methods.yaml) it gets the columns `role` and `base`, from which the functions here
    know who is DeepAE and which control is whose.
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
    """Return `metrics` with each row's `role` and `base`; empty where a method is not in the table of methods."""
    keys = {key: metrics["method"].map({name: entry.get(key, "") for name, entry in methods.items()}) for key in KEYS}
    return metrics.assign(**{key: found.fillna("") for key, found in keys.items()})


def references_of(metrics):
    """Return the methods that all others are set against: DeepAE and the authors' released programs, sorted."""
    return sorted(set(metrics["method"][metrics["role"] == "proposed"]))


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


def cells_of(metrics):
    """How many cells were split: with the seed this tells splits apart, since some protocols drop a cell before."""
    return metrics["n_train"] + metrics["n_test"]


def twins(metrics, names=("em", "mae", "mse")):
    """Find methods that gave the same predictions, as SVD and k-SVD do when few cells train.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.
    names : sequence of str
        Metrics that must agree, to a relative 1e-9, in all seeds.

    Returns
    -------
    dict of tuple to str
        (data set, normalisation, h, method) to the method of the same protocol, earlier in the table, that it equals.
    """
    found = {}
    metrics = usable(metrics, names)
    for (*setting, _), group in metrics.groupby([*SETTING, "protocol"], sort=False):
        wide = group.pivot_table(index="method", columns="seed", values=list(names), sort=False)
        methods, values = list(wide.index), wide.to_numpy(float)
        for place, method in enumerate(methods):
            for other in range(place):
                if (*setting, methods[other]) in found:
                    continue
                if np.allclose(values[place], values[other], rtol=1e-9, atol=0, equal_nan=True):
                    found[*setting, method] = methods[other]
                    break
    return found
