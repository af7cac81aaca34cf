"""What a figure shows of the results table: for each cell of the grid the runs' values, their mean and spread."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cell:
    """The runs of one data set, normalisation, method and h, seen through one metric.

    Attributes
    ----------
    values : tuple of float
        The metric of each run that has one, in order of the table.
    failed : int
        Runs whose status is not ``ok``.
    undefined : int
        Runs that went well but have no value, such as the correlation of a constant.
    """

    values: tuple = ()
    failed: int = 0
    undefined: int = 0

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


def cells(table, metric):
    """Collect the runs of each cell of the grid.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    metric : str
        Column.

    Returns
    -------
    dict of (dataset, normalization, method, h) to Cell
    """
    found = {}
    for key, rows in table.groupby(["dataset", "normalization", "method", "measurements"], sort=False):
        fine = (rows["status"] == "ok").to_numpy()
        values = rows[metric].to_numpy(dtype=float)
        finite = fine & np.isfinite(values)
        found[(*key[:3], int(key[3]))] = Cell(
            tuple(values[finite].tolist()), int((~fine).sum()), int((fine & ~finite).sum())
        )
    return found


def over_datasets(found, panels):
    """Average each method and h over data sets; the mean of a data set over its runs counts once.

    Parameters
    ----------
    found : dict
        From `cells`.
    panels : sequence of (dataset, normalization)
        What to average over.

    Returns
    -------
    dict of (method, h) to Cell
        Its values are the data sets' means, `failed` counts data sets without any value.
    """
    averaged = {}
    for method, h in dict.fromkeys(key[2:] for key in found):
        here = [found.get((*panel, method, h), Cell()) for panel in panels]
        averaged[method, h] = Cell(
            values=tuple(cell.mean for cell in here if cell.values),
            failed=sum(not cell.values and cell.state in ("failed", "missing") for cell in here),
            undefined=sum(not cell.values and cell.state == "undefined" for cell in here),
        )
    return averaged
