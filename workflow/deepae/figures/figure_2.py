"""Figure 2: Pearson correlation (PCC) of test cells, one panel per data set, grouped bars over h."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 2.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets : dict of str to dict
        Data sets drawn, in order: ``label``, ``note``.
    methods : dict of str to dict
        Methods drawn, in order: ``label``, ``colour``, ``protocol``.
    variant : str
        ``published`` or ``corrected``: decoder of the baselines.
    measurements : sequence of int, optional
        Default: those in the table.

    Returns
    -------
    matplotlib.figure.Figure
        Bars: mean over seeds; whiskers: standard deviation (ddof 1); dots: seeds; lines: controls.
    """
    heading = style.heading("Figure 2", "pcc", table)
    return grouped_bars.draw(table, datasets, methods, ["pcc"], variant, heading, measurements)
