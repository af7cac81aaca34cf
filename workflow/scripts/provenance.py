from deepae import provenance
from deepae.files import write_text
from deepae.scripting import logged

with logged(snakemake.log[0]):
    collected = provenance.collect(
        config=dict(snakemake.config),
        config_files=snakemake.params.config_files.split(),
        data=snakemake.input.data,
        gene_sets=snakemake.params.gene_sets.split(),
        metrics=snakemake.input.metrics,
        benchmarks=snakemake.params.benchmarks,
        root=snakemake.params.root,
    )
    write_text(snakemake.output[0], provenance.dumps(collected))
