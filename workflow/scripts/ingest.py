import json

from deepae.data import store
from deepae.data.ingest import ingest
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    entry = json.loads(snakemake.params.entry)
    dataset = ingest(entry, list(snakemake.input), snakemake.wildcards.dataset, snakemake.params.root)
    store.write(snakemake.output[0], dataset)
    log(f"{dataset.name}: {dataset.n_cells} cells x {dataset.n_genes} genes")
