"""Is a method better over the data sets? Wilcoxon's signed rank test on one number for each of them."""

import numpy as np
import pandas as pd
from scipy import stats

from deepae.analysis.runs import SETTING, SPLIT, comparable, usable
from deepae.config.vocabulary import FURTHER, PRINTED, RATIOS

FEWEST = 6  # with fewer data sets a two-sided p cannot be below 0.05
WILCOXON = ["normalization", "measurements", "metric", "reference", "method", "n", "median_difference"]
WILCOXON += ["median_log_ratio", "statistic", "p", "reason"]


def wilcoxon(metrics, reference="deepae", names=PRINTED + FURTHER, methods=None):
    """Wilcoxon's signed rank test across data sets, on means over the seeds that both methods have.

    A data set on which the method trains on another number or group of cells does not count.
    Errors carry the unit of their data set, so those are compared by the log of their ratio, which has none; bounded
    metrics by their difference.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.
    reference : str
    names : sequence of str
        The metrics to test.
    methods : dict of str to dict, optional
        Shortened networks among them are left out (`deepae.analysis.runs.shortened`).

    Returns
    -------
    pandas.DataFrame
        Columns `WILCOXON`: n (data sets with both), median over data sets of reference - method, for errors also of
        log(reference / method). Two-sided, exact where the ranks allow it. `statistic` and `p` are empty, with a
        reason, below six data sets or without any difference.
    """
    rows = []
    metrics = usable(metrics, names, methods)
    for setting, group in metrics.groupby(SETTING[1:], sort=False):
        present = list(dict.fromkeys(group["method"]))
        wide = group.pivot_table(index=["dataset", "seed"], columns="method", values=list(names), dropna=False)
        splits = group.drop_duplicates(["dataset", "method"]).set_index("dataset")[["method", *SPLIT]]
        for name in names:
            for method in present:
                if reference not in present or method == reference:
                    continue
                row = dict(zip(SETTING[1:], setting, strict=True), metric=name, reference=reference, method=method)
                one, other = (splits[splits["method"] == key] for key in (reference, method))
                fair = comparable(one, other.reindex(one.index))
                a = wide[name, reference].where(wide.index.get_level_values("dataset").isin(one.index[fair]))
                rows.append(row | _compare(a, wide[name, method], name in RATIOS))
    return pd.DataFrame(rows, columns=WILCOXON)


def _compare(a, b, ratio):
    """Medians and test of two series indexed by data set and seed."""
    both = a.notna() & b.notna()
    difference = (a - b)[both].groupby("dataset").mean()
    tested = difference
    if ratio:
        with np.errstate(divide="ignore", invalid="ignore"):
            tested = np.log(a[both] / b[both]).groupby("dataset").mean()
        tested = tested[np.isfinite(tested)]
    result = {"n": len(tested), "median_difference": difference.median(), "statistic": np.nan, "p": np.nan}
    result |= {"median_log_ratio": tested.median() if ratio else np.nan, "reason": ""}
    if len(tested) < FEWEST:
        return result | {"reason": f"{len(tested)} data sets with both values, at least {FEWEST} needed"}
    if not tested.any():
        return result | {"reason": "no difference"}
    test = stats.wilcoxon(tested)
    return result | {"statistic": float(test.statistic), "p": float(test.pvalue)}
