from deepae.merge import merge
from deepae.scripting import logged

with logged(snakemake.log[0]):
    merge(snakemake.input, snakemake.output[0])
