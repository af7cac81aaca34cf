"""All downloads of the grid's data sets, and the table of what is there: also when some failed."""

import sys

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
    missing = [row["dataset"] for row in rows if row["status"] != "ok"]
    if missing:
        raise DownloadError(
            f"fetch: {len(missing)} of {len(rows)} data sets failed: {', '.join(missing)} "
            f"(reasons in {snakemake.params.table}); what has arrived is kept, run it again"
        )
