from deepae.enrichment.gpml import read
from deepae.enrichment.pathways import address
from deepae.fetch.libraries import fetch_pathway
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    fetch_pathway(address(snakemake.wildcards.pathway), snakemake.output[0], read)
