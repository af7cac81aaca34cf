import json

from deepae import models
from deepae.data import store
from deepae.files import load_npz, write_tsv
from deepae.interpretation.key_genes import rank_all
from deepae.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    runs = [
        (*cell, load_npz(encoder), models.load(model))
        for cell, encoder, model in zip(
            json.loads(snakemake.params.cells), snakemake.input.encoders, snakemake.input.models, strict=True
        )
    ]
    table = rank_all(dataset, runs)
    write_tsv(snakemake.output[0], table)
    log(f"{dataset.name}: {len(table)} key genes, {table['ranking'].nunique()} rankings")
