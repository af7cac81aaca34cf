"""How much better than the mean training profile, and than predicting nothing, each run is."""

import numpy as np
import pandas as pd

from deepae.analysis.intervals import t_interval
from deepae.analysis.runs import SETTING, SPLIT, shortened

QUANTITIES = ("mse", "pcc", "pcc_cell")
"""Whose skill is told: squared error, PCC of the flattened matrices, mean PCC within a cell."""


def relative_em(metrics):
    """Return `metrics` with a column `em_relative`: EM over the EM of predicting zero, same cells.

    NaN where no row of `zero`, or of its variant where a protocol drops a cell, has the same split.
    """
    return _beside(metrics, "em", "zero", "em_relative", lambda value, control: value / control)


def skill(metrics):
    """Skill of each row against predicting the mean training profile, same split.

    Returns
    -------
    pandas.DataFrame
        `metrics` with `skill_mse` = 1 - MSE / MSE of mean, `skill_pcc` = (PCC - PCC of mean) / (1 - PCC of mean) of
        the flattened matrices, and `skill_pcc_cell`, the same of the mean PCC within a cell; NaN where no control has
        a value: `mean`, or its variant where a protocol drops a cell. On raw counts much of each is sequencing depth.
    """
    table = _beside(metrics, "mse", "mean", "skill_mse", lambda value, control: 1 - value / control)
    for name in QUANTITIES[1:]:
        table = _beside(table, name, "mean", f"skill_{name}", lambda value, control: (value - control) / (1 - control))
    return table


def _beside(metrics, name, control, column, combine):
    """Add a column that combines a metric with that of a control on the same split.

    The control may have several names, `mean` and `mean-released-zscore`, for several splits; on one split they agree.
    """
    split = [*SETTING, "seed", *SPLIT]
    metrics = metrics.assign(**{column: np.nan})
    fine = metrics["status"].eq("ok")
    of_control = metrics["method"].eq(control) | (metrics["base"].eq(control) & metrics["role"].eq("control"))
    known = metrics[of_control & fine].drop_duplicates(split).set_index(split)[name]
    keys = pd.MultiIndex.from_frame(metrics.loc[fine, split])
    with np.errstate(divide="ignore", invalid="ignore"):
        result = combine(metrics.loc[fine, name].to_numpy(float), known.reindex(keys).to_numpy(float))
    metrics.loc[fine, column] = np.where(np.isfinite(result), result, np.nan)
    return metrics


def skill_intervals(metrics, methods=None):
    """Return the mean skill over seeds and its 95 % t interval.

    Columns dataset, normalization, measurements, method, quantity (`QUANTITIES`), n, skill, ci_low, ci_high, reason.
    A network of `methods` whose training was shortened has no skill, and the reason.
    """
    table = skill(metrics)
    table = table.assign(cut=shortened(table, methods or {}))
    rows = []
    for keys, group in table.groupby([*SETTING, "method"], sort=False):
        cut = next((said for said in group["cut"] if said), "")
        for quantity in QUANTITIES:
            found = (0, np.nan, np.nan, np.nan, cut) if cut else t_interval(group[f"skill_{quantity}"])
            rows.append((*keys, quantity, *found))
    return pd.DataFrame(rows, columns=[*SETTING, "method", "quantity", "n", "skill", "ci_low", "ci_high", "reason"])
