"""Table S4: t-tests of DeepAE against each other method."""

import numpy as np
import pandas as pd

from deepae.config.vocabulary import METRICS, PRINTED
from deepae.config.vocabulary import TABLE_MEASUREMENTS as MEASUREMENTS
from deepae.tables.comparison import columns, dataset_notes, h_note, nearest_measurements

TESTS = {
    "Student": "p_student",
    "Welch": "p_welch",
    "paired": "p_paired",
    "paired, adjusted": "p_adjusted",
    "mean difference": "mean_difference",
}


def table_s4(ttests, methods, wanted=MEASUREMENTS, datasets=None, names=PRINTED):
    """Pairwise t-tests of DeepAE against each other method (P Table S4).

    Parameters
    ----------
    ttests : pandas.DataFrame
        As `deepae.analysis.ttests.ttests` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, reference, metric, test, one for each method, measurements, note. Each test is a
        row of p-values: Student's as the paper, Welch's, the paired one, and that adjusted; last the mean difference.
    """
    h = nearest_measurements(ttests, wanted)
    ttests = ttests[ttests["measurements"] == h]
    chosen, labels = columns(ttests, methods)
    keys = ["dataset", "normalization", "reference", "metric"]
    rows = []
    for key, group in ttests[ttests["metric"].isin(names)].groupby(keys, sort=False):
        group = group.set_index("method")
        missing = group["reason"].fillna("")
        notes = dataset_notes(key[:1], datasets) + ([h_note(h, wanted)] if h != wanted else [])
        notes += [f"{labels[name]}: {missing[name]}" for name in chosen if missing.get(name)]
        for test, column in TESTS.items():
            rows.append(
                dict(zip(keys, key, strict=True), test=test, measurements=h, note="; ".join(notes))
                | {"metric": METRICS[key[3]].label}
                | {labels[name]: group[column].get(name, np.nan) for name in chosen}
            )
    return pd.DataFrame(rows, columns=[*keys, "test", *labels.values(), "measurements", "note"])
