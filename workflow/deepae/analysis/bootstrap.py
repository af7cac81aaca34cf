"""Is a skill beyond the choice of cells? Cell ids are drawn again, once for all methods and seeds."""

import numpy as np
import pandas as pd

from deepae.analysis.intervals import CONFIDENCE
from deepae.data.randomness import stream

BOOTSTRAP = ["method", "minus", "measurements", "quantity", "n_cells", "n_seeds", "replicates"]
BOOTSTRAP += ["estimate", "ci_low", "ci_high", "reason"]
QUANTITIES = ("mse", "pcc_cell")
"""Squared error and mean PCC within a cell: what is a sum over cells. (PCC of the flattened matrices is none.)"""
CONTROLS = ("mean", "mean-released-zscore")
LINEAR = "pca"
"""A learned linear encoder."""
REPLICATES = 1000
DRAWS_AT_ONCE = 10_000_000  # weights of the bootstrap held at once: 80 MB


def bootstrap(cells, measurements, dataset, control="mean", differences=(), replicates=REPLICATES):
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
                "pcc_cell": _spread(arrays, "pcc", position[0], ids, np.nan),
            }
    if control not in found:
        raise ValueError(f"{control}: {reasons[control]}")
    estimates = _skills(found, control, np.ones((1, len(ids))))
    draws = _draw_skills(found, control, len(ids), replicates, stream("bootstrap", dataset, 1))
    rows = []
    for method, minus in [(method, "") for method in cells if method != control] + list(differences):
        for quantity in QUANTITIES:
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
            result[method, "pcc_cell"] = ((pcc - correlation) / (1 - correlation)).mean(axis=1)
    return result


def _weighted(values, weights):
    """Weighted sum of squared errors and weighted mean PCC, shape (replicates, S)."""
    known = ~np.isnan(values["pcc_cell"])
    errors = weights @ values["sse"]  # NaN if the run failed
    with np.errstate(divide="ignore", invalid="ignore"):
        return errors, weights @ np.nan_to_num(values["pcc_cell"]) / (weights @ known.astype(float))


def bootstrap_table(files, load, networks=(), left_out=(), replicates=REPLICATES):
    """Bootstrap all data sets and normalisations of a grid.

    Parameters
    ----------
    files : sequence of (str, str, str, str)
        Data set, normalisation, method and path of each ``.cells.npz``.
    load : callable
        Reads one: `deepae.io.files.load_npz`.
    networks : collection of str
        The DeepAE methods: differences in their skill from that of `LINEAR` are reported too.
    left_out : collection of (str, str, str, int)
        Data set, normalisation, method and h of what is no result: shortened networks.

    Returns
    -------
    pandas.DataFrame
        As `bootstrap`, with the columns dataset, normalization, control in front: methods are compared with the first
        of `CONTROLS` that shares their splits.
    """
    groups = {}
    for dataset, normalization, method, path in files:
        groups.setdefault((dataset, normalization), []).append((method, load(path)))
    parts = []
    for (dataset, normalization), arrays in groups.items():
        for h in sorted({int(h) for _, item in arrays for h in item["measurements"]}):
            left = {method: item for method, item in arrays if h in item["measurements"]}
            left = {name: item for name, item in left.items() if (dataset, normalization, name, h) not in left_out}
            for control in CONTROLS:
                for seeds, same in _by_seeds(left, control).items():
                    left = {name: item for name, item in left.items() if name not in same}
                    pairs = [(name, LINEAR) for name in same if name in networks and LINEAR in same]
                    cells = {name: _at_seeds(item, seeds) for name, item in same.items()}
                    part = bootstrap(cells, h, dataset, control, pairs, replicates)
                    parts.append(part.assign(dataset=dataset, normalization=normalization, control=control))
    columns = ["dataset", "normalization", "control", *BOOTSTRAP]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


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
