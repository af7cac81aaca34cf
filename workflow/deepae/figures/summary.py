"""What a figure shows of the results table: the runs of each method and h on a data set, their mean and spread."""

from dataclasses import dataclass

import numpy as np

from deepae.analysis.runs import shortened


@dataclass(frozen=True)
class Runs:
    """The runs of one data set, normalisation, method and h, seen through one metric.

    Attributes
    ----------
    values : tuple of float
        The metric of each run that has one, in order of the table.
    failed : int
        Runs whose status is not ``ok``.
    undefined : int
        Runs that went well but have no value, such as the correlation of a constant.
    short : bool
        Whether a network was stopped before its full training: it is drawn hatched and enters no average.
    sources : tuple of int
        Where values stand for data sets: which ones.
    """

    values: tuple = ()
    failed: int = 0
    undefined: int = 0
    short: bool = False
    sources: tuple = ()

    @property
    def mean(self):
        """Mean over runs; NaN without any."""
        return float(np.mean(self.values)) if self.values else float("nan")

    @property
    def sd(self):
        """Standard deviation over runs with ddof 1; NaN below two runs."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else float("nan")

    @property
    def state(self):
        """``ok``, ``failed`` (any run), ``undefined`` (any run), or ``missing``: no run is in the table."""
        if self.failed:
            return "failed"
        if self.undefined:
            return "undefined"
        return "ok" if self.values else "missing"


def collect(table, metric, methods):
    """Collect the runs of each data set, normalisation, method and h.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    metric : str
        Column.
    methods : dict of str to dict
        For `deepae.analysis.runs.shortened`.

    Returns
    -------
    dict of (dataset, normalization, method, h) to Runs
    """
    cut = table.index[shortened(table, methods).ne("")]
    found = {}
    for key, rows in table.groupby(["dataset", "normalization", "method", "measurements"], sort=False):
        fine = (rows["status"] == "ok").to_numpy()
        values = rows[metric].to_numpy(dtype=float)
        finite = fine & np.isfinite(values)
        short = bool(rows.index.isin(cut).any())
        counts = int((~fine).sum()), int((fine & ~finite).sum())
        found[(*key[:3], int(key[3]))] = Runs(tuple(values[finite].tolist()), *counts, short)
    return found


def over_datasets(found, where):
    """Average each method and h over data sets; the mean of a data set over its runs counts once.

    Parameters
    ----------
    found : dict
        From `collect`.
    where : sequence of (dataset, normalization)
        What to average over. A data set on which a network was shortened counts as failed.

    Returns
    -------
    dict of (method, h) to Runs
        Its values are the data sets' means, `failed` counts data sets without any value.
    """
    averaged = {}
    for method, h in dict.fromkeys(key[2:] for key in found):
        here = [found.get((*pair, method, h), Runs()) for pair in where]
        useful = {number: runs for number, runs in enumerate(here) if runs.values and not runs.short}
        rest = [runs for runs in here if not runs.values or runs.short]
        averaged[method, h] = Runs(
            values=tuple(runs.mean for runs in useful.values()),
            sources=tuple(useful),
            failed=sum(runs.short or runs.state in ("failed", "missing") for runs in rest),
            undefined=sum(not runs.short and runs.state == "undefined" for runs in rest),
        )
    return averaged
