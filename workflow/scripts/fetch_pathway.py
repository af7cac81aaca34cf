from deepae.enrichment.pathways import fetch
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    fetch(snakemake.wildcards.pathway, snakemake.output[0])
