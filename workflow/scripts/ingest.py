from pathlib import Path

from deepae.data import store
from deepae.data.ingest import ingest
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    entry, tables = snakemake.params.entry, snakemake.input.gene_tables
    root = Path(tables[0]).parents[2] if tables else "."  # of the project: its resources/gene_ids/<organism>.tsv.gz
    dataset = ingest(entry, list(snakemake.input.files), snakemake.wildcards.dataset, root)
    for line in dataset.provenance["notes"].get("said", []):
        log(f"{snakemake.input.files[0]}: {line}", screen=True)
    store.write(snakemake.output[0], dataset)
    log(f"{dataset.name}: {dataset.n_cells} cells x {dataset.n_genes} genes")
