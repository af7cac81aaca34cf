"""Which compression suits some cells: at which h each family comes near the ceiling, its cost, how sure that is."""

import numpy as np
import pandas as pd

from deepae.analysis.runs import usable
from deepae.benchmark.further import scaled
from deepae.config.roles import bounds, competes, control, is_ranked
from deepae.config.vocabulary import METRICS, ROLES

LEVELS = (0.8, 0.9, 0.95)
KEYS = ["dataset", "normalization", "seed", "n_train"]
MEASURED = {"panel": "genes", "published": "probes", "unit-norm": "probes", "compressed-sensing": "probes"}
"""What has to be measured of a cell, by role: h genes, h probes (each a sum over genes), or else all genes."""


def measured(entry):
    """Return what encoding a cell needs: ``genes``, ``probes`` or ``all``."""
    return entry.get("measures", MEASURED.get(entry["role"], "all"))


def family(entry):
    """Return what a method's family is called: networks together, each control that learns alone."""
    if entry["role"] in ("proposed", "network"):
        return "networks"
    return entry.get("series", entry["label"]) if entry["role"] == "control" else ROLES[entry["role"]].label


def shares(table, methods, metric):
    """Place each run between the mean profile (0) and the ceiling at the largest h of the same cells (1).

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    methods : dict of str to dict
    metric : str

    Returns
    -------
    pandas.DataFrame
        Rows of `table` of the methods that may be ranked, with `share` and `family`; floors are left out.
    """
    fine = usable(table, [metric], methods)
    fine = fine[fine["status"] == "ok"]
    floors = fine[fine["method"].isin(control(methods, "mean"))].groupby(KEYS)[metric].first()
    bound = fine[fine["method"].isin(bounds(methods))]
    bound = bound.assign(signed=bound[metric] * METRICS[metric].direction)
    ceilings = bound.groupby(KEYS)["signed"].max() * METRICS[metric].direction
    kept = [name for name, entry in methods.items() if competes(entry)]
    rows = fine[fine["method"].isin(kept)]
    keys = pd.MultiIndex.from_frame(rows[KEYS])
    floor, ceiling = (values.reindex(keys).to_numpy(float) for values in (floors, ceilings))
    places = [scaled(*three)[0] for three in zip(rows[metric].to_numpy(float), floor, ceiling, strict=True)]
    return rows.assign(share=places, family=[family(methods[name]) for name in rows["method"]])


def reached(rows, methods):
    """Say for each family how near it comes, at which h, and at what cost.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `shares`, of one data set.
    methods : dict of str to dict

    Returns
    -------
    list of dict
        ``family``, ``needs`` (what is measured), ``levels``, ``best``, ``runs``, ``low``, ``high`` (mean, number and
        range of seeds of its best method and h), ``method``, ``h``, ``tried``, ``seconds`` (mean time to fit and score
        there); the best family first. ``levels``: for each of `LEVELS` the least h at which the mean over seeds of a
        method reaches it, the method, and on how many of its seeds; None: at no h tried.
    """
    found = []
    for name, group in rows.dropna(subset=["share"]).groupby("family", sort=False):
        runs = group.groupby(["measurements", "method"])["share"]
        means = runs.mean()
        h, method = means.idxmax()
        at = group[(group["measurements"] == h) & (group["method"] == method)]
        levels = []
        for level in LEVELS:
            enough = means[means >= level]
            if enough.empty:
                levels.append(None)
                continue
            least = min(enough.index.get_level_values(0))
            best = enough.loc[least].idxmax()
            values = runs.get_group((least, best))
            levels.append({"h": int(least), "method": methods[best]["label"], "seeds": int((values >= level).sum()),
                           "of": len(values)})  # fmt: skip
        found.append({
            "family": name, "needs": measured(methods[method]), "levels": levels, "best": float(means.max()),
            "runs": len(at), "low": float(at["share"].min()), "high": float(at["share"].max()),
            "method": methods[method]["label"], "h": int(h),
            "tried": sorted({int(number) for number in group["measurements"]}),
            "seconds": float((at["fit_seconds"].fillna(0) + at["evaluate_seconds"].fillna(0)).mean()),
        })  # fmt: skip
    return sorted(found, key=lambda entry: -entry["best"])


def surely_best(rows):
    """Return the best method at the largest h that all have, and those that are not behind it on all their seeds.

    A method with fewer seeds than others is never called best: where it leads it is a tie.

    Returns
    -------
    list of str
        Names of methods, the best first; ties are named as ties.
    int
        That h.
    """
    rows = rows.dropna(subset=["share"])
    everywhere = rows.groupby("measurements")["method"].nunique()
    h = int(max(everywhere.index[everywhere == everywhere.max()]))
    wide = rows[rows["measurements"] == h].pivot_table(index="seed", columns="method", values="share")
    means = wide.mean()
    best = means[wide.count() == wide.count().max()].idxmax()
    behind = (wide.lt(wide[best], axis=0) | wide.isna()).all()
    others = [name for name in means.sort_values(ascending=False).index if name != best and not behind[name]]
    return [best, *others], h


def training(table, methods, metric):
    """Say what more training cells bring, all tested on the same half of the cells.

    Returns
    -------
    list of dict
        ``method``, ``points``: number of training cells ``n``, the same for every method, number of ``runs``; if there
        are any, mean and range of the metric over seeds.
    """
    ranked = [name for name, entry in methods.items() if is_ranked(entry)]
    rows = table[(table["status"] == "ok") & table["method"].isin(ranked)]
    rows = rows.assign(series=[methods[name].get("series", methods[name]["label"]) for name in rows["method"]])
    rows, found = rows.dropna(subset=[metric]), []
    numbers = sorted(set(rows["n_train"]))
    for series, group in rows.groupby("series", sort=False):
        values = {n: np.asarray(group.loc[group["n_train"] == n, metric], dtype=float) for n in numbers}
        known = [dict(mean=of.mean(), low=of.min(), high=of.max()) if len(of) else {} for of in values.values()]
        points = [{"n": int(n), "runs": len(values[n]), **point} for n, point in zip(numbers, known, strict=True)]
        found.append({"method": series, "points": points})
    return found
