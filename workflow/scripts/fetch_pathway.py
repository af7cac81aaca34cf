from deepae.pathways import fetch
from deepae.scripting import logged

with logged(snakemake.log[0]):
    fetch(snakemake.wildcards.pathway, snakemake.output[0])
