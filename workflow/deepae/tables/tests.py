"""Table S4: t-tests of DeepAE against each other method."""

import pandas as pd

from deepae.config.vocabulary import METRICS, PRINTED
from deepae.config.vocabulary import TABLE_MEASUREMENTS as MEASUREMENTS
from deepae.tables.comparison import columns, dataset_notes, h_note, nearest_measurements

SHOWN = ("mean_difference", "ci_low", "ci_high", "p_student", "p_welch", "p_paired", "p_adjusted")


def table_s4(ttests, methods, wanted=MEASUREMENTS, datasets=None, names=PRINTED):
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
    h = nearest_measurements(ttests, wanted)
    ttests = ttests[(ttests["measurements"] == h) & ttests["metric"].isin(names)]
    chosen, labels = columns(ttests, methods)
    keys = ["dataset", "normalization", "reference", "metric"]
    rows = []
    for key, group in ttests.groupby(keys, sort=False):
        notes = dataset_notes(key[:1], datasets) + ([h_note(h, wanted)] if h != wanted else [])
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
