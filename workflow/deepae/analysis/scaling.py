"""Scores on one scale: 0 is the mean training profile, 1 the best ceiling, on the same cells."""

import numpy as np
import pandas as pd

from deepae.analysis.runs import SETTING, SPLIT, usable, with_roles
from deepae.benchmark.further import scaled
from deepae.config.roles import bounds, control
from deepae.config.vocabulary import METRICS

PERFECT = {"pcc": 1.0, "em": 0.0, "mae": 0.0, "mse": 0.0, "spearman": 1.0, "pcc_cell": 1.0, "pcc_gene": 1.0}
"""The ceiling where no method of the block is one: a reconstruction without error."""


def scaled_runs(metrics, methods, names):
    """Scale each run between the mean training profile and the ceiling of its split.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Columns of ``metrics.tsv``.
    methods : dict of str to dict
        All methods of the rows: ``role``, ``base``; a network that stopped before its full training has no score.
    names : sequence of str
        Metrics.

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, measurements, method, seed, metric, scaled, flag, ceiling. `scaled` is NaN for a
        failed run, where the split has no mean profile, and where no ceiling is better than it. `flag`: ``below`` or
        ``above`` outside [0, 1]. `ceiling`: the method that is best of the ceilings on that split, of those that are
        bounds; empty where a perfect reconstruction stands for it.
    """
    metrics = with_roles(usable(metrics, names, methods), methods)
    floors = control(methods, "mean")
    ceilings = bounds(methods)
    rows = []
    for (*setting, seed, _, _, _), group in metrics.groupby([*SETTING, "seed", *SPLIT], sort=False):
        for name in names:
            values = group.set_index("method")[name].astype(float)
            floor = values.reindex(floors).dropna()
            floor = floor.iloc[0] if len(floor) else np.nan
            reached = (values * METRICS[name].direction).reindex(ceilings).dropna()
            best = str(reached.idxmax()) if len(reached) else ""
            ceiling = values[best] if best else PERFECT[name]
            if not (ceiling - floor) * METRICS[name].direction > 0:
                ceiling = np.nan  # the scale would be turned round
            for method, value in values.items():
                found = scaled(value, floor, ceiling)
                rows.append((*setting, method, seed, name, *found, best))
    return pd.DataFrame(rows, columns=[*SETTING, "method", "seed", "metric", "scaled", "flag", "ceiling"])
