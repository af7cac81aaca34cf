import numpy as np
import pandas as pd

from deepae.figures import figure_s3, style
from deepae.io.scripting import logged
from deepae.io.tables import read_tsv


def read(path):
    return read_tsv(path, empty_is_nan=False)


with logged(snakemake.log[0]):
    model, background = snakemake.params.datasets, figure_s3.BACKGROUND
    tables = np.array_split(np.array(snakemake.input.tables, dtype=object), len(model))
    sections = []
    for entry, paths, summary, control in zip(
        model, tables, snakemake.input.summary, snakemake.input.control, strict=True
    ):
        rows = read(summary)
        rows = rows[(rows["kind"] == "go") & (rows["background"] == background)].sort_values("dimension")
        null = read(control)
        null = null[(null["kind"] == "go") & (null["background"] == background) & (null["relabelled"] == "strata")]
        null = null[null["statistic"] == "terms-of-dimension"]
        limits = dict(zip(null["dimension"].astype(int), null["null_95"], strict=True))
        sections.append(
            {
                "label": entry["label"],
                "note": entry["note"],
                "tables": figure_s3.ordered([read(path) for path in paths]),
                "counts": [int(count or 0) if pd.notna(count) else 0 for count in rows["terms"]],
                "reasons": [figure_s3.reason(row) for row in rows.to_dict("records")],
                "control": [float(limits.get(number, np.nan)) for number in rows["dimension"]],
            }
        )
    style.save(figure_s3.draw(sections), snakemake.output)
