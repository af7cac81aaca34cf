"""Does each address of the grid's data sets answer? Nothing is fetched."""

import sys

from deepae.config.absent import after_fetch_check
from deepae.errors import DownloadError
from deepae.fetch import fetching
from deepae.io.files import write_text
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as say:
    entries = fetching.entries(snakemake.config, snakemake.params.datasets)
    rows = fetching.check(entries, snakemake.config, say)
    write_text(snakemake.params.table, fetching.tsv(rows, fetching.CHECK_COLUMNS))
    text = fetching.table(rows, fetching.CHECK_COLUMNS)
    print(text)
    print(text, file=sys.__stderr__, flush=True)
    if (lines := after_fetch_check(snakemake.params.table)) and snakemake.params.in_a_module:
        raise DownloadError("; ".join(lines))
