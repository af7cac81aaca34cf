"""All downloads of the grid's data sets, and the table of what is there: also when some failed."""

import sys

from deepae.config.absent import after_fetch
from deepae.errors import DownloadError
from deepae.fetch import fetching
from deepae.io.files import write_text
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as say:
    entries = fetching.entries(snakemake.config, snakemake.params.datasets)
    rows, metadata = fetching.fetch_all(entries, snakemake.config, say)
    write_text(snakemake.params.table, fetching.tsv(rows, fetching.COLUMNS))
    for text in filter(None, (metadata, fetching.table(rows, fetching.COLUMNS))):
        print(text)
        print(text, file=sys.__stderr__, flush=True)
    # The Snakefile ends the run, so that what is to be done stands last.
    if lines := after_fetch(snakemake.params.table):
        say(lines[0])
        if snakemake.params.in_a_module:
            raise DownloadError("; ".join(lines))
