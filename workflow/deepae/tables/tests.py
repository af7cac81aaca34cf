"""Table S4: t-tests of DeepAE against each other method."""

import pandas as pd

from deepae.config.vocabulary import METRICS, PRINTED
from deepae.tables.comparison import columns, dataset_notes, h_notes, nearest_measurements

SHOWN = ("mean_difference", "ci_low", "ci_high", "p_student", "p_welch", "p_paired", "p_adjusted")


def table_s4(ttests, methods, datasets=None):
    """Pairwise t-tests of DeepAE against each other method (P Table S4), a row for each method.

    Parameters
    ----------
    ttests : pandas.DataFrame
        As `deepae.analysis.ttests.ttests` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns dataset, normalization, reference, metric, method, the difference (reference - method) with its paired
        95 % interval, p-values of Student's test (as the paper), Welch's, the paired one and that adjusted,
        measurements, note.
    """
    h = nearest_measurements(ttests)
    ttests = ttests[(ttests["measurements"] == h) & ttests["metric"].isin(PRINTED)]
    chosen, labels = columns(ttests, methods)
    keys = ["dataset", "normalization", "reference", "metric"]
    rows = []
    for key, group in ttests.groupby(keys, sort=False):
        notes = dataset_notes(key[:1], datasets) + h_notes(h)
        group = group.set_index("method")
        for name in (name for name in chosen if name in group.index):
            same = group["same_as"].get(name, "") if "same_as" in group else ""
            own = [
                f"{labels[name]}: {text}" for text in [group["reason"].get(name, "")] if isinstance(text, str) and text
            ]
            own += [f"{labels[name]} is the same as {labels.get(same, same)} on {key[0]}"] if same else []
            rows.append(
                dict(zip(keys, key, strict=True))
                | {"metric": METRICS[key[3]].label, "method": labels[name]}
                | {column: group[column][name] for column in SHOWN}
                | {"measurements": h, "note": "; ".join(notes + own)}
            )
    return pd.DataFrame(rows, columns=[*keys, "method", *SHOWN, "measurements", "note"])
