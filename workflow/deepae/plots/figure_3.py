"""Figure 3: Frobenius norm of the error (EM) on test cells, one panel per data set, grouped bars over h."""

from deepae.plots import grouped_bars, roles, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 3.

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
    heading = style.heading("Figure 3", "em", table)
    return grouped_bars.draw(table, datasets, methods, ["em"], variant, heading, measurements)
