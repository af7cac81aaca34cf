"""Are the differences real? Tests over seeds, across data sets, and over cells (functions of frames like metrics.tsv).

Five seeds of one data set share 95 % of their test cells: an interval over seeds describes split, initial weights and
noise on this data set, not new cells. `bootstrap` resamples cells.
"""

import numpy as np
import pandas as pd
from scipy import special

from deepae.data.randomness import stream

PRINTED = ("pcc", "em", "mae")  # the paper's metrics; one family of tests
FURTHER = ("spearman", "mse")  # tested too, in a family of their own
RATIOS = ("em", "mae", "mse")  # on a ratio scale, where a log ratio has a meaning
CELL = ["dataset", "normalization", "measurements"]
TTESTS = [*CELL, "metric", "reference", "method", "n", "mean_difference", "ci_low", "ci_high", "t_student", "p_student"]
TTESTS += ["t_welch", "p_welch", "t_paired", "p_paired", "log_ratio", "family", "p_adjusted", "reason"]
BOOTSTRAP = ["method", "minus", "measurements", "quantity", "n_cells", "n_seeds", "replicates"]
BOOTSTRAP += ["estimate", "ci_low", "ci_high", "reason"]
CONFIDENCE = 0.95
DRAWS_AT_ONCE = 10_000_000  # weights of the bootstrap held at once: 80 MB


def read_metrics(path):
    """Read a metrics table: empty fields and `NaN` are NaN, names that look like missing values stay names."""
    frame = pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["NaN", ""])
    return frame.assign(reason=frame["reason"].fillna(""))


def ttests(metrics, references=None, names=PRINTED + FURTHER):
    """Test a reference against each other method over the seeds of each data set, normalisation and h.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.
    references : sequence of str, optional
        By default `deepae` and the released presets (`deepae-released-*`), those that are in the table.
    names : sequence of str
        The metrics to test.

    Returns
    -------
    pandas.DataFrame
        Columns `TTESTS`. All three tests use the seeds for which both methods have a value, `n` of them. Student's (as
        the paper's Table S4), Welch's and the paired t-test are two-sided; ``difference = reference - method``, with
        its paired 95 % t interval; `log_ratio` is the mean over seeds of log(reference / method) for errors. A
        released preset that drops a cell, and so has other splits, is also set against methods with the usual
        ones, not paired.
        `p_adjusted` is Benjamini-Hochberg's over `p_paired` of one family: reference, normalisation, h and protocol of
        the other method, for the paper's three metrics together and for the further ones together. `reason` says why
        a value is NaN: fewer than two seeds, zero variance, different splits.
    """
    metrics = _usable(metrics, names)
    if references is None:
        known = metrics["method"].unique()
        references = sorted(name for name in known if name == "deepae" or name.startswith("deepae-released"))
    protocols = dict(zip(metrics["method"], metrics["protocol"], strict=True))
    rows = []
    for cell, group in metrics.groupby(CELL, sort=False):
        present = list(group["method"].unique())
        n_cells = dict(zip(group["method"], _n_cells(group), strict=True))
        group = group.drop_duplicates(["method", "seed"]).set_index(["method", "seed"])
        for name in names:
            values = group[name].unstack("seed").astype(float)
            values = {method: values.loc[method].to_numpy() for method in present}
            for reference in (reference for reference in references if reference in present):
                for method in present:
                    if method in references and references.index(method) <= references.index(reference):
                        continue
                    if n_cells[method] < n_cells[reference]:
                        continue
                    row = dict(zip(CELL, cell, strict=True), metric=name, reference=reference, method=method)
                    row |= _tests(values[reference], values[method], n_cells[method] == n_cells[reference])
                    if name in RATIOS:
                        row["log_ratio"] = _log_ratio(values[reference], values[method])
                    row["family"] = _family(cell, reference, method, protocols[method], name)
                    rows.append(row)
    table = pd.DataFrame(rows, columns=TTESTS)
    table["reason"] = table["reason"].fillna("")
    for test in ("student", "welch", "paired"):
        table[f"t_{test}"] = table[f"t_{test}"].astype(float)
    table["p_adjusted"] = table.groupby("family")["p_paired"].transform(benjamini_hochberg).astype(float)
    return table


def _usable(metrics, names):
    """A copy in which failed rows, which stay, have no values."""
    metrics = metrics.copy()
    metrics.loc[metrics["status"] != "ok", list(names)] = np.nan
    return metrics


def _n_cells(metrics):
    """How many cells were split: with the seed this tells splits apart, since some protocols drop a cell before."""
    return metrics["n_train"] + metrics["n_test"]


def _family(cell, reference, method, protocol, name):
    kind = "deepae" if method.startswith("deepae") else protocol
    return f"{reference}:{cell[1]}:h{cell[2]}:{kind}" + ("" if name in PRINTED else ":further")


def _log_ratio(a, b):
    """Mean log ratio over the seeds with both; NaN without any, or if a value is not positive."""
    both = ~np.isnan(a) & ~np.isnan(b)
    if not both.any() or not (a[both] > 0).all() or not (b[both] > 0).all():
        return np.nan
    return float(np.log(a[both] / b[both]).mean())


def _tests(a, b, paired):
    """The three t-tests of two arrays over seeds."""
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    n = len(a)
    empty = dict.fromkeys(("ci_low", "ci_high", "t_student", "p_student", "t_welch", "p_welch", "t_paired", "p_paired"))
    result = {key: np.nan for key in empty} | {"n": n, "mean_difference": (a - b).mean() if n else np.nan}
    if n < 2:
        return result | {"reason": f"{n} seeds with both values, at least 2 needed"}
    reasons = []
    difference, scale = a - b, max(np.abs(a).max(), np.abs(b).max())
    variance_a, variance_b = _variance(a, scale), _variance(b, scale)
    if variance_a + variance_b > 0:
        # With as many values on both sides Student's and Welch's t are equal; their degrees of freedom are not.
        t = difference.mean() / np.sqrt((variance_a + variance_b) / n)
        freedom = (n - 1) * (variance_a + variance_b) ** 2 / (variance_a**2 + variance_b**2)
        result |= {
            "t_student": t,
            "p_student": _two_sided(t, 2 * n - 2),
            "t_welch": t,
            "p_welch": _two_sided(t, freedom),
        }
    else:
        reasons.append("zero variance of both")
    variance = _variance(difference, scale)
    if not paired:
        reasons.append("different splits: not paired")
    elif variance > 0:
        error = np.sqrt(variance / n)
        t = difference.mean() / error
        low, high = difference.mean() + error * special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.array([-1, 1])
        result |= {"ci_low": low, "ci_high": high, "t_paired": t, "p_paired": _two_sided(t, n - 1)}
    else:
        reasons.append("zero variance of the differences")
    return result | {"reason": "; ".join(reasons)}


def _variance(values, scale):
    """Variance (ddof 1); exactly 0 where the values differ by no more than rounding at `scale`."""
    if np.ptp(values) <= 8 * np.finfo(float).eps * scale:
        return 0.0
    return float(values.var(ddof=1))


def _two_sided(t, freedom):
    return float(2 * special.stdtr(freedom, -abs(t)))


def t_interval(values):
    """Return ``(n, mean, low, high, reason)``: mean of the finite values and its 95 % t interval."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return n, mean, np.nan, np.nan, f"{n} values, at least 2 needed"
    variance = _variance(values, np.abs(values).max())
    if variance == 0:
        return n, mean, np.nan, np.nan, "zero variance"
    half = special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * np.sqrt(variance / n)
    return n, mean, float(mean - half), float(mean + half), ""


def benjamini_hochberg(p_values):
    """Return Benjamini-Hochberg adjusted p-values (1995); NaN are left out and stay NaN. Shape and index are kept."""
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if len(known):
        order = known[np.argsort(p[known], kind="stable")]
        scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
        adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return pd.Series(adjusted, index=p_values.index) if isinstance(p_values, pd.Series) else adjusted


def wilcoxon(metrics, reference="deepae", names=PRINTED + FURTHER):
    """Wilcoxon's signed rank test across data sets, on the means over seeds.

    Returns
    -------
    pandas.DataFrame
        Columns normalization, measurements, metric, reference, method, n (data sets with both), median_difference
        (reference - method), statistic, p, reason. Two-sided, exact where the ranks allow it.
    """
    columns = ["normalization", "measurements", "metric", "reference", "method", "n", "median_difference"]
    columns += ["statistic", "p", "reason"]
    rows = []
    for cell, group in metrics[metrics["status"] == "ok"].groupby(CELL[1:], sort=False):
        for name in names:
            means = group.pivot_table(index="dataset", columns="method", values=name)
            for method in means.columns:
                if reference in means.columns and method != reference:
                    difference = (means[reference] - means[method]).dropna()
                    row = dict(zip(CELL[1:], cell, strict=True), metric=name, reference=reference, method=method)
                    rows.append(row | {"n": len(difference)} | _signed_rank(difference.to_numpy()))
    return pd.DataFrame(rows, columns=columns)


def _signed_rank(difference):
    if len(difference) < 2:
        middle = float(difference[0]) if len(difference) else np.nan
        reason = f"{len(difference)} data sets with both values, at least 2 needed"
        return {"median_difference": middle, "statistic": np.nan, "p": np.nan, "reason": reason}
    middle = float(np.median(difference))
    if not difference.any():
        return {"median_difference": middle, "statistic": np.nan, "p": np.nan, "reason": "no difference"}
    from scipy import stats

    test = stats.wilcoxon(difference)
    return {"median_difference": middle, "statistic": float(test.statistic), "p": float(test.pvalue), "reason": ""}


def relative_em(metrics):
    """Return `metrics` with a column `em_relative`: EM over the EM of predicting zero, same cells.

    NaN where no row of `zero`, or of `zero-…` where a protocol drops a cell, has the same split.
    """
    return _beside(metrics, "em", "zero", "em_relative", lambda value, control: value / control)


def skill(metrics):
    """Skill of each row against predicting the mean training profile, same split.

    Returns
    -------
    pandas.DataFrame
        `metrics` with `skill_mse` = 1 - MSE / MSE of mean, and `skill_pcc` = (PCC - PCC of mean) / (1 - PCC of mean);
        NaN where no control has a value: `mean`, or `mean-…` where a protocol drops a cell. On raw counts much of
        either is sequencing depth.
    """
    table = _beside(metrics, "mse", "mean", "skill_mse", lambda value, control: 1 - value / control)
    return _beside(table, "pcc", "mean", "skill_pcc", lambda value, control: (value - control) / (1 - control))


def _beside(metrics, name, control, column, combine):
    """Add a column that combines a metric with that of a control on the same split.

    The control may have several names, `mean` and `mean-released-zscore`, for several splits; on one split they agree.
    """
    split = [*CELL, "seed", "n_cells"]
    metrics = metrics.assign(n_cells=_n_cells(metrics), **{column: np.nan})
    fine = metrics["status"].eq("ok")
    of_control = metrics["method"].eq(control) | metrics["method"].str.startswith(f"{control}-")
    known = metrics[of_control & fine].drop_duplicates(split).set_index(split)[name]
    keys = pd.MultiIndex.from_frame(metrics.loc[fine, split])
    with np.errstate(divide="ignore", invalid="ignore"):
        result = combine(metrics.loc[fine, name].to_numpy(float), known.reindex(keys).to_numpy(float))
    metrics.loc[fine, column] = np.where(np.isfinite(result), result, np.nan)
    return metrics.drop(columns="n_cells")


def skill_intervals(metrics):
    """Return the mean skill over seeds and its 95 % t interval.

    Columns dataset, normalization, measurements, method, quantity (`mse` or `pcc`), n, skill, ci_low, ci_high, reason.
    """
    table = skill(metrics)
    rows = []
    for keys, group in table.groupby([*CELL, "method"], sort=False):
        for quantity in ("mse", "pcc"):
            n, mean, low, high, reason = t_interval(group[f"skill_{quantity}"])
            rows.append((*keys, quantity, n, mean, low, high, reason))
    return pd.DataFrame(rows, columns=[*CELL, "method", "quantity", "n", "skill", "ci_low", "ci_high", "reason"])


def bootstrap(cells, measurements, dataset, control="mean", differences=(), replicates=1000, seed=1):
    """Bootstrap over cells of the skill of methods that share their splits.

    Each replicate draws cell ids with replacement once, for all methods and seeds. The skill of a seed is
    1 - sum of squared errors / that of the control, or (m - c) / (1 - c) with m and c the means over cells of the PCC
    within the cell; the mean over seeds is reported with its 95 % percentile interval.

    Parameters
    ----------
    cells : dict of str to dict
        For each method the arrays of its cells.npz; `control` among them.
    measurements : int
        The h to look at.
    dataset : str
        Id of the data set, for the random stream.
    differences : sequence of (str, str)
        Pairs of methods whose difference in skill is wanted too.

    Returns
    -------
    pandas.DataFrame
        Columns method, minus, measurements, quantity, n_cells, n_seeds, replicates, estimate, ci_low, ci_high, reason;
        `minus` is empty but for a difference.
    """
    base = cells[control]
    ids = np.unique(base["test"])
    found, reasons = {}, {}
    for method, arrays in cells.items():
        position = np.flatnonzero(arrays["measurements"] == measurements)
        if not len(position):
            reasons[method] = f"no h = {measurements}"
        elif not _same_splits(arrays, base):
            reasons[method] = f"not the splits of {control}"
        else:
            found[method] = {
                "sse": _spread(arrays, "sse", position[0], ids, 0.0),
                "pcc": _spread(arrays, "pcc", position[0], ids, np.nan),
            }
    if control not in found:
        raise ValueError(f"{control}: {reasons[control]}")
    estimates = _skills(found, control, np.ones((1, len(ids))))
    draws = _draw_skills(found, control, len(ids), replicates, stream("bootstrap", dataset, seed))
    rows = []
    for method, minus in [(method, "") for method in cells if method != control] + list(differences):
        for quantity in ("mse", "pcc"):
            row = [method, minus, measurements, quantity, len(ids), len(base["seeds"]), replicates]
            missing = next((reasons[name] for name in (method, minus) if name in reasons), "")
            if missing:
                rows.append([*row, np.nan, np.nan, np.nan, missing])
                continue
            other = (minus, quantity)
            value = estimates[method, quantity] - (estimates[other] if minus else 0)
            values = draws[method, quantity] - (draws[other] if minus else 0)
            if not np.isfinite(value).all():
                rows.append([*row, np.nan, np.nan, np.nan, "undefined for a seed"])
                continue
            low, high = np.nanquantile(values, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
            rows.append([*row, float(value[0]), float(low), float(high), ""])
    return pd.DataFrame(rows, columns=BOOTSTRAP)


def _spread(arrays, name, position, ids, absent):
    """A per-cell array by cell id, shape (n_ids, S); `absent` where a cell is not in a seed's test."""
    values = np.full((len(ids), len(arrays["seeds"])), absent)
    for place, test in enumerate(arrays["test"]):
        values[np.searchsorted(ids, test), place] = arrays[name][position, place]
    return values


def _draw_skills(found, control, n_cells, replicates, draw):
    """Skills for each replicate, a few replicates at a time."""
    step = max(1, DRAWS_AT_ONCE // n_cells)
    parts = []
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        weights = np.stack([np.bincount(draw.integers(n_cells, size=n_cells), minlength=n_cells) for _ in range(size)])
        parts.append(_skills(found, control, weights.astype(float)))
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _skills(found, control, weights):
    """Skill of each method and quantity, mean over seeds, one value for each row of `weights`."""
    sums = {method: _weighted(values, weights) for method, values in found.items()}
    squares, correlation = sums[control]
    result = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for method, (error, pcc) in sums.items():
            result[method, "mse"] = (1 - error / squares).mean(axis=1)
            result[method, "pcc"] = ((pcc - correlation) / (1 - correlation)).mean(axis=1)
    return result


def _weighted(values, weights):
    """Weighted sum of squared errors and weighted mean PCC, shape (replicates, S)."""
    known = ~np.isnan(values["pcc"])
    errors = weights @ values["sse"]  # NaN if the run failed
    with np.errstate(divide="ignore", invalid="ignore"):
        return errors, weights @ np.nan_to_num(values["pcc"]) / (weights @ known.astype(float))


def bootstrap_table(files, load, controls=("mean", "mean-released-zscore"), reference="pca", replicates=1000):
    """Bootstrap all data sets and normalisations of a grid.

    Parameters
    ----------
    files : sequence of (str, str, str, str)
        Data set, normalisation, method and path of each ``.cells.npz``.
    load : callable
        Reads one: `deepae.io.files.load_npz`.
    controls : sequence of str
        Methods are compared with the first of these that shares their splits.
    reference : str
        Differences in skill of the DeepAE methods from this one are reported too: a learned linear encoder.

    Returns
    -------
    pandas.DataFrame
        As `bootstrap`, with the columns dataset, normalization, control in front.
    """
    groups = {}
    for dataset, normalization, method, path in files:
        groups.setdefault((dataset, normalization), []).append((method, load(path)))
    parts = []
    for (dataset, normalization), arrays in groups.items():
        for h in sorted({int(h) for _, item in arrays for h in item["measurements"]}):
            left = {method: item for method, item in arrays if h in item["measurements"]}
            for control in controls:
                for seeds, same in _by_seeds(left, control).items():
                    left = {name: item for name, item in left.items() if name not in same}
                    pairs = [(name, reference) for name in same if name.startswith("deepae") and reference in same]
                    part = bootstrap(
                        {name: _at_seeds(item, seeds) for name, item in same.items()},
                        h,
                        dataset,
                        control,
                        pairs,
                        replicates,
                    )
                    for place, value in enumerate((dataset, normalization, control)):
                        part.insert(place, ("dataset", "normalization", "control")[place], value)
                    parts.append(part)
    columns = ["dataset", "normalization", "control", *BOOTSTRAP]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _by_seeds(cells, control):
    """Methods that share the control's splits, by the seeds they have in common with it; the control in each group."""
    groups = {}
    if control not in cells:
        return groups
    base = cells[control]
    for method, arrays in cells.items():
        seeds = tuple(int(seed) for seed in np.intersect1d(arrays["seeds"], base["seeds"]))
        if seeds and _same_splits(_at_seeds(arrays, seeds), _at_seeds(base, seeds)):
            groups.setdefault(seeds, {control: base})[method] = arrays
    return groups


def _at_seeds(arrays, seeds):
    """The arrays of a cells.npz for some of its seeds, in this order."""
    places = [int(np.flatnonzero(arrays["seeds"] == seed)[0]) for seed in seeds]
    chosen = {name: arrays[name][:, places] for name in ("sse", "pcc")}
    return (
        chosen | {name: arrays[name][places] for name in ("seeds", "test")} | {"measurements": arrays["measurements"]}
    )


def _same_splits(a, b):
    return np.array_equal(a["seeds"], b["seeds"]) and np.array_equal(a["test"], b["test"])
