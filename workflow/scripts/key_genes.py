from deepae.data import store
from deepae.interpretation.key_genes import first, rank_all
from deepae.io.files import load_npz, write_tsv
from deepae.io.scripting import logged
from deepae.methods.autoencoder import model as models

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    runs = [
        (*key, load_npz(encoder), models.load(model))
        for key, encoder, model in zip(
            snakemake.params.models, snakemake.input.encoders, snakemake.input.models, strict=True
        )
    ]
    table = rank_all(dataset, runs)
    write_tsv(snakemake.output.all, table)
    write_tsv(snakemake.output.top, first(table))
    log(f"{dataset.name}: {len(table)} key genes, {table['ranking'].nunique()} rankings")
