import json

import pandas as pd

from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.tables.tables import column_groups, table_s4, to_html

CAPTION = "Table S4. t-tests of DeepAE against each other method over seeds, p-values"
NOTE = (
    "Seeds of one data set share most of their test cells: a p-value describes split, initial weights and noise on "
    "this data set, not new cells."
)

with logged(snakemake.log[0]):
    methods = json.loads(snakemake.params.methods)
    datasets = json.loads(snakemake.params.datasets)
    tests = pd.read_csv(snakemake.input[0], sep="\t", keep_default_na=False, na_values=["NaN"])
    chosen = tests["normalization"].eq(snakemake.params.normalization) & tests["dataset"].isin(datasets)
    chosen &= tests["method"].isin(methods) & tests["reference"].isin(methods)
    table = table_s4(tests[chosen], methods, datasets=datasets)
    write_tsv(snakemake.output.tsv, table)
    write_text(snakemake.output.html, to_html(table, CAPTION, [NOTE], groups=column_groups(methods)))
