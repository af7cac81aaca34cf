import pandas as pd

from deepae.io.files import write_tsv
from deepae.io.scripting import logged
from deepae.io.tables import read_tsv

with logged(snakemake.log[0]):
    parts = [read_tsv(path, empty_is_nan=False, dtype=str) for path in snakemake.input]
    write_tsv(snakemake.output[0], pd.concat(parts, ignore_index=True))
