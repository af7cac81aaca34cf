import json

from deepae.data import store
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.tables.tables import table_1, to_html

CAPTION = "Table 1. Data sets"

with logged(snakemake.log[0]):
    entries = json.loads(snakemake.params.entries)
    rows = []
    for (name, entry), path in zip(entries.items(), snakemake.input, strict=True):
        dataset = store.read(path)
        share = dataset.matrix.count_nonzero() / (dataset.n_cells * dataset.n_genes)
        rows.append((name, entry, {"genes": dataset.n_genes, "cells": dataset.n_cells, "nonzero": share}))
    table = table_1(rows)
    write_tsv(snakemake.output.tsv, table)
    write_text(snakemake.output.html, to_html(table, CAPTION))
