"""What each switch of the protocol does: a method with one thing changed against the one under the paper's protocol."""

import numpy as np

from deepae.config import roles
from deepae.config.vocabulary import RATIOS

METRICS = ("em", "em_over_zero", "mae", "pcc")
"""Metrics compared; `em_over_zero` is EM over that of predicting nothing, on the same split."""

PERCENT = tuple(name for name in METRICS if name in RATIOS)
"""Metrics whose effect is in percent of the reference's value; that of the others is a difference."""

COLUMNS = "dataset normalization measurements method switch metric unit n reference value effect sd reason".split()


def effects(table, methods):
    """Compare each ablation with its base over the runs of the same seed.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``, with the bases, their ablations and the control ``zero``. Where a variant of
        that control has the same switch (the last cell dropped), that one is an ablation's own.
    methods : dict of str to dict
        ``label``, ``protocol``, ``role``, ``base``, ``switch``.

    Returns
    -------
    summary : pandas.DataFrame
        A row for each data set, normalisation, h, ablation and metric: means of both over seeds, mean and standard
        deviation (ddof 1) of the effect, its unit (``percent`` or ``difference``), and why it is NaN.
    runs : pandas.DataFrame
        The same for each seed: ``dataset normalization measurements method metric seed effect``.
    """
    import pandas as pd

    values = _values(table)
    rows, runs = [], []
    settings = list(dict.fromkeys(key[:3] for key in values))
    for name, entry in methods.items():
        if entry["protocol"] != "ablation":
            continue
        base, switch = entry["base"], entry["switch"]
        own_zero = next(iter(roles.control(methods, "zero", switch)), "zero")
        for setting in settings:
            if (*setting, name) not in values:
                continue
            here = _with_ratio(values, setting, name, own_zero if (*setting, own_zero) in values else "zero")
            there = _with_ratio(values, setting, base, "zero")
            for metric in METRICS:
                seeds = [seed for seed in here if seed in there]
                pairs = np.array([(there[seed][metric], here[seed][metric]) for seed in seeds]).reshape(-1, 2)
                change = pairs[:, 1] - pairs[:, 0]
                if metric in PERCENT:
                    change = 100 * change / pairs[:, 0]
                fine = np.isfinite(change)
                kept = change[fine]
                unit = "percent" if metric in PERCENT else "difference"
                runs += [(*setting, name, metric, seeds[i], change[i]) for i in np.flatnonzero(fine)]
                rows.append(
                    (
                        *setting,
                        name,
                        switch,
                        metric,
                        unit,
                        len(kept),
                        _mean(pairs[fine, 0]),
                        _mean(pairs[fine, 1]),
                        _mean(kept),
                        float(np.std(kept, ddof=1)) if len(kept) > 1 else float("nan"),
                        "" if len(kept) else "no seed with both values",
                    )
                )
    head = ["dataset", "normalization", "measurements", "method", "metric", "seed", "effect"]
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(runs, columns=head)


def _values(table):
    """Return EM, MAE and PCC of each run: (dataset, normalization, h, method) to seed to metric."""
    found = {}
    columns = ["dataset", "normalization", "measurements", "method", "seed", "em", "mae", "pcc", "status"]
    for dataset, normalization, h, method, seed, em, mae, pcc, status in table[columns].itertuples(index=False):
        run = found.setdefault((dataset, normalization, int(h), method), {})
        if status == "ok":
            run[int(seed)] = {"em": float(em), "mae": float(mae), "pcc": float(pcc)}
    return found


def _with_ratio(values, setting, name, zero):
    """Return the runs of a method with `em_over_zero` added; NaN where the control has no such seed."""
    controls = values.get((*setting, zero), {})
    return {
        seed: run | {"em_over_zero": run["em"] / controls[seed]["em"] if seed in controls else float("nan")}
        for seed, run in values.get((*setting, name), {}).items()
    }


def _mean(numbers):
    return float(np.mean(numbers)) if len(numbers) else float("nan")
