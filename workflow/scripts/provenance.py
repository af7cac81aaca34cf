from pathlib import Path

from deepae.benchmark.merge import check_table, in_block
from deepae.io.files import write_text
from deepae.io.scripting import logged
from deepae.report import provenance

with logged(snakemake.log[0]):
    check_table(snakemake.input.metrics, snakemake.params.metrics)
    for name, block in snakemake.params.blocks.items():
        table = Path(snakemake.params.tables) / f"{name}.tsv"
        if table.exists():  # only the blocks that a figure or table reads are merged
            keep = lambda row, block=block: in_block(row, block["measurements"], block["seeds"])  # noqa: E731
            check_table(table, block["files"], keep)
    collected = provenance.collect(
        config=dict(snakemake.config),
        config_files=snakemake.params.config_files,
        data=snakemake.input.data,
        gene_sets=snakemake.params.gene_sets,
        metrics=snakemake.input.metrics,
        benchmarks=snakemake.params.benchmarks,
    )
    write_text(snakemake.output[0], provenance.dumps(collected))
