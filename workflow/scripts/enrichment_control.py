import json

import pandas as pd

from deepae.config import genesets
from deepae.data import store
from deepae.enrichment import overrepresentation as enrichment
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    tables = [pd.DataFrame(columns=["ranking", *enrichment.CONTROL])]
    for kind, entry in json.loads(snakemake.params.libraries).items():
        if entry is None:
            log(f"{kind}: no library for {snakemake.params.organism or 'this organism'}")
            continue
        library = genesets.load(entry["name"], entry)
        key_genes, draws = snakemake.input.key_genes, snakemake.params.draws
        tables.append(enrichment.rankings(dataset, key_genes, library, kind, snakemake.params.dimensions, draws))
        log(f"{kind}: {draws} draws of each control for every ranking")
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    write_tsv(snakemake.output.rankings, table)
    write_tsv(snakemake.output.control, table.loc[table["ranking"] == "path", enrichment.CONTROL])
