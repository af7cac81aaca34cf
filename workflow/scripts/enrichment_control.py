import pandas as pd

from deepae.data import store
from deepae.enrichment.library import load_library
from deepae.enrichment.null import COLUMNS, control
from deepae.enrichment.queries import read_rankings
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    key_genes = read_rankings(snakemake.input.key_genes)
    tables = [pd.DataFrame(columns=["ranking", *COLUMNS])]
    for kind, entry in snakemake.params.libraries.items():
        if entry is None:
            log(f"{kind}: no library for {snakemake.params.organism or 'this organism'}")
            continue
        library = load_library(entry["name"], entry)
        tables.append(control(dataset, key_genes, library, kind, snakemake.params.dimensions, snakemake.params.draws))
        log(f"{kind}: {snakemake.params.draws} draws of each relabelling for every ranking")
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    write_tsv(snakemake.output.rankings, table)
    write_tsv(snakemake.output.control, table.loc[table["ranking"] == "path", COLUMNS])
