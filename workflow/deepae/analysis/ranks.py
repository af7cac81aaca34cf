"""Ranks by EM with what is a tie: cells and seeds are drawn again, and a method is ahead only where that is sure.

The difference of two methods is the mean over seeds of the log of the ratio of their EM. Its interval adds two sources:
test cells, drawn with replacement, the same for all methods and seeds, and seeds, drawn with replacement. As there are
few seeds, what drawing them moves is widened by ``sqrt(S / (S - 1))``, for the variance, and by Student's over the
normal quantile. A method is ahead or behind where the interval (95 %, not adjusted for many pairs) leaves out 0; else
the two tie.
"""

import numpy as np
import pandas as pd
from scipy import special

from deepae.analysis.intervals import CONFIDENCE
from deepae.analysis.runs import SETTING
from deepae.config.roles import is_ranked
from deepae.data.randomness import stream

RANKS = [*SETTING, "method", "label", "em", "rank", "rank_low", "rank_high", "ties", "of", "n_cells", "n_seeds"]
REPLICATES = 1000


def ranks(rows, cells, methods, replicates=REPLICATES):
    """Rank the methods of each data set, normalisation and h.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns of metrics.tsv, of one block; failed and shortened runs have no EM.
    cells : dict of (str, str, str) to list of dict
        For data set, normalisation and method the arrays of its ``.cells.npz`` (one, or one for each h).
    methods : dict of str to dict
        Ceilings are not ranked.
    replicates : int

    Returns
    -------
    pandas.DataFrame
        Columns `RANKS`, sorted: `rank` is that of the mean over seeds of log EM, the same for equal ones; `rank_low` is
        1 + how many are surely ahead, `rank_high` how many are not surely behind; `ties` names those that are neither.
        `em` is the mean over the seeds that all methods have. With one seed nothing is sure.
    """
    parts = []
    for (dataset, normalization, h), here in rows.dropna(subset=["em"]).groupby(SETTING, sort=False):
        seeds = {
            name: set(rows["seed"]) for name, rows in here.groupby("method", sort=False) if is_ranked(methods[name])
        }
        found = {name: errors(cells.get((dataset, normalization, name), ()), h, of) for name, of in seeds.items()}
        found = _same_cells({name: item for name, item in found.items() if item is not None})
        if len(found) > 1:
            draw = stream("ranks", f"{dataset} {normalization}", h)
            names, sse = list(found), np.stack(list(found.values()))
            log, low, high = differences(sse, replicates, draw)
            part = _ranked(names, log.mean(axis=1), low, high, methods)
            part = part.assign(
                dataset=dataset, normalization=normalization, measurements=h, n_cells=sse.shape[2], n_seeds=sse.shape[1]
            )
            em = dict(zip(names, np.exp(log).mean(axis=1), strict=True))
            parts.append(part.assign(em=part["method"].map(em)))
    return pd.concat(parts, ignore_index=True)[RANKS] if parts else pd.DataFrame(columns=RANKS)


def errors(files, h, seeds=None):
    """Return test cells and squared errors of one h for each seed, of those that are wanted; None if there are none."""
    for arrays in files:
        at = np.flatnonzero(arrays["measurements"] == h)
        if len(at):
            of_seeds = zip(arrays["seeds"].tolist(), arrays["test"], arrays["sse"][at[0]], strict=True)
            found = {seed: (test, sse) for seed, test, sse in of_seeds if seeds is None or seed in seeds}
            found = {seed: item for seed, item in found.items() if np.isfinite(item[1]).all()}
            if found:
                return found
    return None


def _same_cells(found):
    """Return squared errors (S, n_ids) by cell id of the methods that test on the cells that most test on.

    Only seeds that all of these methods have count: another block may ask for more of one method, and a run may fail.
    """
    cells = {name: {seed: test.tobytes() for seed, (test, _) in item.items()} for name, item in found.items()}

    def alike(one, other):
        return all(one[seed] == other[seed] for seed in one.keys() & other.keys()) and one.keys() & other.keys()

    groups = [[name for name in found if alike(cells[name], cells[first])] for first in found]
    kept = max(groups, key=len, default=[])
    common = sorted(set.intersection(*(set(found[name]) for name in kept))) if kept else []
    if not common:
        return {}
    ids = np.unique([found[kept[0]][seed][0] for seed in common])
    sse = {name: np.zeros((len(common), len(ids))) for name in kept}
    for name in kept:
        for place, seed in enumerate(common):
            test, values = found[name][seed]
            sse[name][place, np.searchsorted(ids, test)] = values
    return sse


def differences(sse, replicates, draw):
    """Return log EM (M, S) and the interval of each difference between two methods, (M, M): row less column.

    Parameters
    ----------
    sse : numpy.ndarray, shape (M, S, n_ids)
        Squared error of each cell, 0 where a cell is not in a seed's test. With one seed the intervals have no ends.
    replicates : int
    draw : numpy.random.Generator
    """
    n_methods, n_seeds, n_cells = sse.shape
    log = 0.5 * np.log(np.maximum(sse.sum(axis=2), np.finfo(float).tiny))
    weights = draw.multinomial(n_cells, np.full(n_cells, 1 / n_cells), size=replicates)
    drawn = weights @ sse.reshape(-1, n_cells).T
    over_cells = 0.5 * np.log(np.maximum(drawn, np.finfo(float).tiny)).reshape(replicates, n_methods, n_seeds).mean(
        axis=2
    )
    over_cells -= log.mean(axis=1)
    over_seeds = np.zeros((replicates, n_methods))
    if n_seeds > 1:
        quantile = 0.5 + CONFIDENCE / 2
        wider = np.sqrt(n_seeds / (n_seeds - 1)) * special.stdtrit(n_seeds - 1, quantile) / special.ndtri(quantile)
        share = draw.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=replicates) / n_seeds
        over_seeds = wider * (share @ log.T - log.mean(axis=1))
    moved = over_cells + over_seeds
    low, high = np.empty((2, n_methods, n_methods))
    for place in range(n_methods):
        estimate = (log[place] - log).mean(axis=1)
        change = moved[:, [place]] - moved
        low[place], high[place] = estimate + np.quantile(change, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2], axis=0)
    if n_seeds == 1:  # what another seed would move is not known
        low, high = np.full_like(low, -np.inf), np.full_like(high, np.inf)
    return log, low, high


def _ranked(names, log, low, high, methods):
    """Return ranks and ties of the methods of one setting; equal to 12 digits is equal."""
    ahead, behind = (high < -1e-12).sum(axis=0), (high < -1e-12).sum(axis=1)
    rank = pd.Series(np.round(log, 12)).rank(method="min").astype(int)
    tied = ~((high < -1e-12) | (low > 1e-12))
    labels = [methods[name]["label"] for name in names]
    found = pd.DataFrame({
        "method": names, "label": labels, "rank": rank, "rank_low": 1 + ahead, "rank_high": len(names) - behind,
        "ties": ["; ".join(labels[j] for j in range(len(names)) if tied[i, j] and i != j) for i in range(len(names))],
        "of": len(names),
    })  # fmt: skip
    return found.sort_values("rank", kind="stable", ignore_index=True)
