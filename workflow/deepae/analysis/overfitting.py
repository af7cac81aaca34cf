"""Are networks better on the cells that they were trained on? Error there against error on test cells."""

import numpy as np
import pandas as pd

COLUMNS = ["dataset", "normalization", "method", "measurements", "seed", "mae_train", "mae_test", "ratio"]


def overfitting(metrics, jobs, load):
    """Set the error on training cells beside that on test cells.

    Parameters
    ----------
    metrics : pandas.DataFrame
        As metrics.tsv.
    jobs : sequence of (str, str, str, int, str)
        Data set, normalisation, method, h and path of the ``.encoder.npz`` of each training job.
    load : callable
        Reads one: `deepae.io.files.load_npz`.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row for each seed that was trained; ratio is test over training.
    """
    keys = ["dataset", "normalization", "method", "measurements", "seed"]
    known = metrics.drop_duplicates(keys).set_index(keys)["mae"].astype(float)
    rows = []
    for *job, path in jobs:
        arrays = load(path)
        for seed, error in zip(arrays["seeds"], arrays["mae_train"], strict=True):
            test = known.get((*job, int(seed)), np.nan)
            if np.isfinite(error) and np.isfinite(test):
                rows.append((*job, int(seed), float(error), test, test / error if error > 0 else np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)
