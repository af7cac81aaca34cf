import pandas as pd

from deepae.analysis.runs import read_metrics
from deepae.io.scripting import logged
from deepae.report.pages import recommend

with logged(snakemake.log[0]):
    families = pd.concat(map(read_metrics, snakemake.input.families), ignore_index=True)
    curve = read_metrics(snakemake.input.curve)
    recommend.write(snakemake.output[0], families, curve, snakemake.params.dataset, snakemake.params.methods)
