from deepae.benchmark.merge import merge
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    merge(snakemake.input, snakemake.output[0])
