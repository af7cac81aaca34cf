"""Figure S5: PCC, EM and MAE against h from 1 to 100, a row for each data set."""

from deepae.plots import lines, roles, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure S5.

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
        Markers: mean over seeds; whiskers: standard deviation (ddof 1); dots: seeds.
    """
    heading = style.heading("Figure S5", "", table)
    return lines.draw(table, datasets, methods, ["pcc", "em", "mae"], variant, heading, measurements)
