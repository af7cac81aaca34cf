import pandas as pd

from deepae.data import store
from deepae.enrichment.library import load_library
from deepae.enrichment.overrepresentation import analyse, write_tested
from deepae.enrichment.queries import read_key_genes
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    key_genes = read_key_genes(snakemake.input.key_genes)
    log(f"{dataset.name}: ranking {key_genes.attrs['ranking']}, seed {key_genes.attrs['seed']}, {len(key_genes)} rows")
    summaries = []
    for kind, entry in snakemake.params.libraries.items():
        library = load_library(entry["name"], entry) if entry else None
        tables, tested, summary = analyse(
            dataset, key_genes, library, kind, snakemake.params.dimensions, snakemake.params.organism
        )
        for path, table in zip(snakemake.output[kind], tables, strict=True):
            write_tsv(path, table)
        write_tested(snakemake.output[f"tested_{kind}"], tested)
        summaries.append(summary)
        log(f"{kind}: {len(tested)} tests, {sum(map(len, tables))} rows kept")
    write_tsv(snakemake.output.summary, pd.concat(summaries, ignore_index=True))
