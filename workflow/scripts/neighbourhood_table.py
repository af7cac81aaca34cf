import pandas as pd

from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    parts = [pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False) for path in snakemake.input]
    write_tsv(snakemake.output[0], pd.concat(parts, ignore_index=True))
