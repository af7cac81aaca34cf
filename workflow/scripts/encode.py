import numpy as np
import pandas as pd

from deepae.io.files import write_tsv
from deepae.io.scripting import logged
from deepae.methods.autoencoder import model as models

with logged(snakemake.log[0]) as log:
    model = models.load(snakemake.input.model)
    model.threads = snakemake.threads
    matched = model.match(snakemake.input.cells, snakemake.params.get("gene_column"))
    log(f"{snakemake.input.model}: {model.method}, {model.normalization}, h = {model.h}, seed {model.seed}")
    log(f"{snakemake.input.cells}: {matched}", screen=True)
    codes = pd.DataFrame(model.encode(matched), columns=[f"dimension_{k}" for k in np.arange(1, model.h + 1)])
    codes.insert(0, "cell", matched.cells)
    write_tsv(snakemake.output[0], codes)
