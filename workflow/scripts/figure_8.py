import pandas as pd

from deepae.figures import figure_8, style
from deepae.io.files import load_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    clouds = [
        figure_8.cloud(model, load_npz(arrays), pd.read_csv(table, sep="\t", keep_default_na=False, na_values=["NaN"]))
        for model, arrays, table in zip(
            snakemake.params.clouds, snakemake.input.embeddings, snakemake.input.tables, strict=True
        )
    ]
    style.save(figure_8.draw(clouds, "Figure 8"), snakemake.output)
