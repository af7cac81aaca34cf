import pandas as pd

from deepae.figures import figure_s2, style
from deepae.io.files import load_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    clouds = [
        figure_s2.cloud(model, load_npz(arrays), pd.read_csv(table, sep="\t", keep_default_na=False, na_values=["NaN"]))
        for model, arrays, table in zip(
            snakemake.params.clouds, snakemake.input.embeddings, snakemake.input.tables, strict=True
        )
    ]
    style.save(figure_s2.draw(clouds, "Figure S2"), snakemake.output)
