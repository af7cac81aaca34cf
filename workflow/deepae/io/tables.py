"""Tables of a run, read in one way: tab separated, `NaN` is NaN, and names that look like missing values stay names."""

import pandas as pd


def read_tsv(path, empty_is_nan=True, **options):
    """Return a table.

    Parameters
    ----------
    path : path
    empty_is_nan : bool
        Whether an empty field is a missing value, or an empty text.
    **options
        Further ones of `pandas.read_csv`.
    """
    missing = ["NaN", ""] if empty_is_nan else ["NaN"]
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=missing, **options)
