"""Figure 4: PCC against h, mean over the data sets."""

from deepae.config import roles
from deepae.figures import grouped_bars, style


def draw(table, datasets, methods, variant=roles.PUBLISHED, measurements=None):
    """Draw Figure 4.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of ``metrics.tsv``.
    datasets : dict of str to dict
        Data sets averaged over, in order: ``label``, ``note``.
    methods : dict of str to dict
        Methods drawn, in order: ``label``, ``colour``, ``protocol``.
    variant : str
        ``published`` or ``corrected``: decoder of the baselines.
    measurements : sequence of int, optional
        Default: those in the table.

    Returns
    -------
    matplotlib.figure.Figure
        A dot is the mean of one data set over its seeds, a bar the mean of the dots, a whisker their standard
        deviation (ddof 1). A bar over which a data set is missing is marked: it is the mean of the others.
    """
    heading = style.heading("Figure 4", "pcc", table)
    return grouped_bars.draw(table, datasets, methods, ["pcc"], variant, heading, measurements, average=True)
