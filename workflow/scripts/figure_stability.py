import json

import pandas as pd

from deepae.figures import stability, style
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    tables = {path.split("/")[-2]: pd.read_csv(path, sep="\t") for path in snakemake.input.tables}
    groups = []
    for kept in json.loads(snakemake.params.kept):
        rows = tables[kept["dataset"]]
        chosen = (
            (rows["normalization"] == kept["normalization"])
            & (rows["method"] == kept["method"])
            & (rows["measurements"] == kept["h"])
        )
        groups.append((stability.group_label(kept), rows[chosen], kept["colour"]))
    style.save(stability.draw(groups), snakemake.output)
