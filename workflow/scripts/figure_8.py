import pandas as pd

from deepae.figures import embedding, style
from deepae.io.files import load_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    clouds = [
        embedding.cloud(model, load_npz(arrays), pd.read_csv(table, sep="\t", keep_default_na=False, na_values=["NaN"]))
        for model, arrays, table in zip(
            snakemake.params.clouds, snakemake.input.embeddings, snakemake.input.tables, strict=True
        )
    ]
    style.save(embedding.draw(clouds, snakemake.params.title), snakemake.output)
