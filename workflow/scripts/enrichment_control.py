import json

import numpy as np
import pandas as pd

from deepae import enrichment, genesets
from deepae.data import store
from deepae.files import write_tsv
from deepae.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    key_genes = enrichment.read_key_genes(snakemake.input.key_genes)
    positions = enrichment.key_positions(key_genes, snakemake.params.dimensions)
    expression = np.asarray(dataset.matrix.mean(axis=0)).ravel()
    draws = {
        "random": enrichment.random_sets(dataset.name, dataset.n_genes, len(positions[0]), snakemake.params.draws),
        "expression-matched": enrichment.matched_sets(dataset.name, expression, positions, snakemake.params.draws),
    }
    tables = []
    for kind, entry in json.loads(snakemake.params.libraries).items():
        if entry is None:
            log(f"{kind}: no library for {snakemake.params.organism or 'this organism'}")
            continue
        library = genesets.load(entry["name"], entry)
        tested = enrichment.read_tested(snakemake.input[kind])
        measured = enrichment.measured_ids(dataset, library.ids)
        tables.append(
            enrichment.control(dataset.name, library, kind, measured, tested, snakemake.params.dimensions, draws)
        )
        log(f"{kind}: {snakemake.params.draws} draws of each control")
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=enrichment.CONTROL)
    write_tsv(snakemake.output[0], table)
