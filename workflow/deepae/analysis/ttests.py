"""Is one method better than another on a data set? t-tests over seeds.

Five seeds of one data set share 95 % of their test cells: an interval over seeds describes split, initial weights and
noise on this data set, not new cells. `deepae.analysis.bootstrap` resamples cells.
"""

import warnings

import numpy as np
import pandas as pd
from scipy import stats

from deepae.analysis.intervals import CONFIDENCE, vanishing
from deepae.analysis.runs import SETTING, SPLIT, comparable, shortened, twins, usable
from deepae.config.vocabulary import FURTHER, PRINTED, RATIOS

TTESTS = [*SETTING, "metric", "reference", "method", "n", "mean_difference", "ci_low", "ci_high", "t_student"]
TTESTS += ["p_student", "t_welch", "p_welch", "t_paired", "p_paired", "log_ratio", "family", "p_adjusted"]
TTESTS += ["same_as", "reason"]


def ttests(metrics, names=PRINTED + FURTHER, methods=None):
    """Test `deepae` and the released presets against each other method over the seeds of each setting.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.
    names : sequence of str
        The metrics to test.
    methods : dict of str to dict, optional
        For `deepae.analysis.runs.shortened`; a shortened network has a row without a test.

    Returns
    -------
    pandas.DataFrame
        Columns `TTESTS`. All three tests use the seeds for which both methods have a value, `n` of them. Student's (as
        the paper's Table S4), Welch's and the paired t-test are two-sided; ``difference = reference - method``, with
        its paired 95 % t interval; `log_ratio` is the mean over seeds of log(reference / method) for errors. A
        released preset that drops a cell, and so has other splits, is also set against methods with the usual
        ones, not paired.
        `p_adjusted` is Benjamini-Hochberg's over `p_paired` of one family: reference, normalisation, h and protocol of
        the other method, for the paper's three metrics together and for the further ones together. A method with the
        predictions of an earlier one (`same_as`) counts once: it is left out of the family and takes the other's
        value. `reason` says why a value is NaN: fewer than two seeds, zero variance, different splits, shortened
        training.
    """
    names = [name for name in names if name in metrics]
    cut = metrics.assign(cut=shortened(metrics, methods or {}))
    cut = cut[cut["cut"] != ""].drop_duplicates([*SETTING, "method"]).set_index([*SETTING, "method"])["cut"]
    metrics = usable(metrics, names, methods)
    pairs = _pairs(metrics)
    if pairs.empty:
        return pd.DataFrame(columns=TTESTS)
    wide = metrics.drop_duplicates([*SETTING, "method", "seed"]).set_index([*SETTING, "method", "seed"])[names]
    wide = wide.astype(float).unstack("seed")
    parts = []
    for order, name in enumerate(names):
        a, b = (
            wide[name].reindex(pd.MultiIndex.from_frame(pairs[[*SETTING, side]])).to_numpy(float)
            for side in ("reference", "method")
        )
        part = pairs.assign(metric=name, order=order, **_tests(a, b, pairs["paired"].to_numpy()))
        if name in RATIOS:
            part["log_ratio"] = _log_ratios(a, b)
        part["family"] += "" if name in PRINTED else ":further"
        parts.append(part)
    table = pd.concat(parts).sort_values(["setting", "order"], kind="stable", ignore_index=True)
    for side in ("reference", "method"):
        said = cut.reindex(pd.MultiIndex.from_frame(table[[*SETTING, side]])).to_numpy()
        table["reason"] = np.where(pd.notna(said), said, table["reason"])
    known = twins(metrics)
    table["same_as"] = [known.get((*key,), "") for key in table[[*SETTING, "method"]].itertuples(index=False)]
    return _adjusted(table).reindex(columns=TTESTS)


def _pairs(metrics):
    """One row for each setting, reference and other method: paired or not, family, order of the setting.

    Paired are methods with the same split. A preset that drops a cell is also set against the usual ones; what trains
    on other numbers or groups of cells is set against nothing else.
    """
    references = sorted(set(metrics["method"][metrics["role"] == "proposed"]))
    table = metrics.drop_duplicates([*SETTING, "method"])[[*SETTING, "method", "protocol", "role", *SPLIT]]
    table = table.assign(setting=table.groupby(SETTING, sort=False).ngroup())
    rank = {name: place for place, name in enumerate(references)}
    mine = (
        table[table["method"].isin(references)]
        .drop(columns="role")
        .rename(columns={"method": "reference", **{name: f"own_{name}" for name in SPLIT}})
    )
    mine = mine.assign(rank=mine["reference"].map(rank)).sort_values(["setting", "rank"], kind="stable")
    pairs = mine[[*SETTING, "reference", *(f"own_{name}" for name in SPLIT), "rank"]].merge(table, on=SETTING)
    other = pairs["method"].map(rank).fillna(len(rank))
    own = pairs[[f"own_{name}" for name in SPLIT]].set_axis(SPLIT, axis=1)
    pairs = pairs.assign(paired=np.logical_and.reduce([pairs[name] == own[name] for name in SPLIT]))
    pairs = pairs[(other > pairs["rank"]) & comparable(own, pairs)]
    kind = pairs["protocol"].where(~pairs["role"].isin(["proposed", "network"]), "deepae")
    family = [
        f"{row.reference}:{row.normalization}:h{row.measurements}:{name}"
        for row, name in zip(pairs.itertuples(), kind, strict=True)
    ]
    return pairs.assign(family=family).reset_index(drop=True)


def _log_ratios(a, b):
    """Mean log ratio over the seeds with both; NaN without any, or if a value is not positive. Shape (pairs,)."""
    both = ~np.isnan(a) & ~np.isnan(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(both, np.log(a) - np.log(b), 0.0)
        means = logs.sum(axis=1) / both.sum(axis=1)
    return np.where(np.isfinite(means), means, np.nan)


def _tests(a, b, paired):
    """The three t-tests of arrays of shape (pairs, seeds), NaN where a seed is missing: columns of the table."""
    both = ~np.isnan(a) & ~np.isnan(b)
    n = both.sum(axis=1)
    columns = ["mean_difference", "ci_low", "ci_high", "t_student", "p_student", "t_welch", "p_welch"]
    result = {name: np.full(len(a), np.nan) for name in [*columns, "t_paired", "p_paired"]}
    few = [f"{k} seeds with both values, at least 2 needed" if k < 2 else "" for k in n]
    flat, even, apart = np.zeros(len(a), bool), np.zeros(len(a), bool), ~paired & (n > 1)
    first = np.argsort(~both, axis=1, kind="stable")  # the seeds with both values in front
    for size in np.unique(n[n > 0]):
        rows = np.flatnonzero(n == size)
        x, y = (np.take_along_axis(values[rows], first[rows, :size], axis=1) for values in (a, b))
        result["mean_difference"][rows] = (x - y).mean(axis=1)
        if size < 2:
            continue
        scale = np.maximum(np.abs(x), np.abs(y)).max(axis=1)
        flat[rows] = vanishing(x, scale) & vanishing(y, scale)
        even[rows] = vanishing(x - y, scale)
        for name, values in _by_scipy(x, y).items():
            undefined = flat[rows] if name[2:] in ("student", "welch") else even[rows] | apart[rows]
            result[name][rows] = np.where(undefined, np.nan, values)
    reasons = {"zero variance of both": flat, "different splits: not paired": apart}
    reasons["zero variance of the differences"] = even & ~apart
    said = ["; ".join(filter(None, [few[i], *(text for text, at in reasons.items() if at[i])])) for i in range(len(a))]
    return result | {"n": n, "reason": said}


def _by_scipy(x, y):
    """scipy's tests along the last axis; what has no variance is left out by the caller."""
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        student, welch = stats.ttest_ind(x, y, axis=1), stats.ttest_ind(x, y, axis=1, equal_var=False)
        own = stats.ttest_rel(x, y, axis=1)
        low, high = own.confidence_interval(CONFIDENCE)
    tests = {"student": student, "welch": welch, "paired": own}
    found = {f"t_{name}": test.statistic for name, test in tests.items()}
    return found | {f"p_{name}": test.pvalue for name, test in tests.items()} | {"ci_low": low, "ci_high": high}


def _adjusted(table):
    """Add `p_adjusted`: each prediction counts once in its family."""
    counted = table["p_paired"].where(table["same_as"] == "")
    table = table.assign(p_adjusted=counted.groupby(table["family"]).transform(benjamini_hochberg).astype(float))
    keys = [*SETTING, "metric", "reference"]
    values = table.set_index([*keys, "method"])["p_adjusted"]
    copies = table["same_as"] != ""
    first = pd.MultiIndex.from_frame(table.loc[copies, [*keys, "same_as"]])
    table.loc[copies, "p_adjusted"] = values.reindex(first).to_numpy()
    return table


def benjamini_hochberg(p_values):
    """Return Benjamini-Hochberg adjusted p-values (1995); NaN are left out and stay NaN. Shape and index are kept."""
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    return pd.Series(adjusted, index=p_values.index) if isinstance(p_values, pd.Series) else adjusted
