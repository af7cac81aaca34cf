"""One file of the catalogue: from the cache, or fetched into it."""

from deepae.fetch import fetching
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as say:
    entries = fetching.entries(snakemake.config)
    fetching.fetch_file(snakemake.wildcards.file, entries, snakemake.output[0], snakemake.config, say)
