"""One row for each method and h of a block: scaled scores, the metrics beyond the paper's, what it costs."""

import numpy as np
import pandas as pd

from deepae.analysis.recommend import measured
from deepae.analysis.runs import SETTING, usable
from deepae.analysis.scaling import scaled_runs
from deepae.config.vocabulary import PRINTED, ROLES

NEEDS = {"all": "all genes", "probes": "h probes", "genes": "h genes"}
FIRST = [*SETTING, "method", "role", "needs", "runs", *PRINTED, *(f"scaled_{name}" for name in PRINTED), "flag"]
LAST = ["fit_seconds", "evaluate_seconds", "floats"]


def contest(source, methods, datasets=None):
    """Return the means over seeds of all that is known of a block's methods.

    Parameters
    ----------
    source : (pandas.DataFrame, dict)
        The block's rows, columns of metrics.tsv; for (data set, normalisation, method) the arrays of its
        ``.cells.npz`` files.
    methods : dict of str to dict
    datasets : dict, optional
        Data sets of the table, in order; by default all.

    Returns
    -------
    pandas.DataFrame
        Columns `FIRST`, the metrics of `deepae.benchmark.further` (those with one value), `LAST`; best scaled EM first.
        `needs`: what is measured of a cell. `flag`: scaled scores outside [0, 1]. `floats`: numbers in the decoder.
    """
    rows, cells = source
    rows = rows[rows["dataset"].isin(list(datasets))] if datasets else rows
    runs = scaled_runs(rows, methods, PRINTED)
    keys = [*SETTING, "method"]
    found = usable(rows, PRINTED, methods).groupby(keys, sort=False)
    table = found[[*PRINTED, "fit_seconds", "evaluate_seconds"]].mean()
    table["runs"] = found["em"].count()
    wide = runs.pivot_table(index=keys, columns="metric", values="scaled", aggfunc="mean", dropna=False)
    for name in PRINTED:
        table[f"scaled_{name}"] = wide[name].reindex(table.index) if name in wide else np.nan
    table["flag"] = [_flag(values) for values in table[[f"scaled_{name}" for name in PRINTED]].to_numpy(float)]
    seeds = usable(rows, PRINTED, methods).dropna(subset=["em"]).groupby(keys)["seed"].agg(set)
    further = {
        key: _further(cells.get((key[0], key[1], key[3]), ()), key[2], seeds.get(key, set())) for key in table.index
    }
    further = pd.DataFrame(further).T
    further = further.reindex(table.index)
    table = table.join(further[sorted(set(further) - set(LAST))]).join(further[list(set(further) & set(LAST))])
    table = table.reset_index()
    names = table["method"]
    table["role"] = [ROLES[methods[name]["role"]].label for name in names]
    table["needs"] = [NEEDS[measured(methods[name])] for name in names]
    table["method"] = [methods[name]["label"] for name in names]
    order = [
        *FIRST,
        *(name for name in table if name not in (*FIRST, *LAST)),
        *(name for name in LAST if name in table),
    ]
    table = table.sort_values([*SETTING, "scaled_em"], ascending=[True, True, True, False], kind="stable")
    return table[order].reset_index(drop=True)


def _flag(values):
    """Which printed metrics are outside [0, 1]."""
    words = [
        f"{name} {'below' if value < 0 else 'above'}"
        for name, value in zip(PRINTED, values, strict=True)
        if value < -1e-12 or value > 1 + 1e-12
    ]
    return ", ".join(words)


def _further(files, h, seeds):
    """Return the metrics of one value a run at one h, means over the seeds of the block."""
    found = {}
    for arrays in files:
        at = np.flatnonzero(arrays["measurements"] == h)
        counted = np.isin(arrays["seeds"], list(seeds))
        for key, values in arrays.items():
            if key.startswith("further/") and values.ndim == 2 and len(at):
                known = values[at[0]][counted & np.isfinite(values[at[0]])]
                found[key.removeprefix("further/")] = float(known.mean()) if len(known) else np.nan
    return pd.Series(found, dtype=float)
