import pandas as pd

from deepae.benchmark.job import Job
from deepae.interpretation import stability
from deepae.io.files import load_npz, write_tsv
from deepae.io.scripting import logged
from deepae.methods.autoencoder import model as models

with logged(snakemake.log[0]) as log:
    entries, settings = snakemake.params.entries, snakemake.params.settings
    parts = []
    for key, encoder, model in zip(
        snakemake.params.models, snakemake.input.encoders, snakemake.input.models, strict=True
    ):
        normalization, method, h = key
        job = Job(snakemake.input.data, method, entries[method], normalization, settings, threads=snakemake.threads)
        rows = stability.compare_seeds(job, load_npz(encoder), models.load(model).network)
        log(f"{normalization} {method} h = {h}: {len(rows)} rows")
        parts.append(stability.table(rows, normalization=normalization, method=method, measurements=h))
    write_tsv(snakemake.output[0], pd.concat(parts, ignore_index=True))
