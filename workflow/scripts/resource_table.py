from deepae.io.scripting import logged
from deepae.report import resources

with logged(snakemake.log[0]):
    resources.write(snakemake.output[0], resources.collect(snakemake.params.benchmarks, snakemake.params.logs))
