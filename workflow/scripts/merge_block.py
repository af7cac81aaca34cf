from deepae.benchmark.merge import in_block, merge
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    block = snakemake.params.block
    merge(snakemake.input, snakemake.output[0], keep=lambda row: in_block(row, block["measurements"], block["seeds"]))
