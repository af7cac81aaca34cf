from deepae.fetch.libraries import fetch_enrichr
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    fetch_enrichr(snakemake.wildcards.library, snakemake.params.organism, snakemake.output[0])
