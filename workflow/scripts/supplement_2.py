import pandas as pd

from deepae.enrichment.overrepresentation import read_tested
from deepae.enrichment.queries import read_key_genes
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    parts = []
    for dataset, key_genes, tested, *tables in snakemake.params.files:
        keys = read_key_genes(key_genes).attrs
        everything = read_tested(tested)[["dimension", "background", "term_id", "p_adjusted_all"]]
        for dimension, path in enumerate(tables, start=1):
            table = read_tested(path)
            table.insert(0, "dimension", dimension)
            for column in ("seed", "measurements", "method", "normalization"):
                table.insert(0, column, keys[column])
            table.insert(0, "dataset", dataset)
            parts.append(table.merge(everything, on=["dimension", "background", "term_id"], how="left"))
        log(f"{dataset}: {sum(map(len, parts[-len(tables) :]))} rows")
    write_tsv(snakemake.output[0], pd.concat(parts, ignore_index=True))
