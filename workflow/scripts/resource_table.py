from deepae import resources
from deepae.scripting import logged

with logged(snakemake.log[0]):
    resources.write(snakemake.output[0], resources.collect(snakemake.params.benchmarks))
