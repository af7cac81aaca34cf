from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import comparison

    comparison.make(
        snakemake.params.figure,
        next(iter(snakemake.input), None),
        snakemake.params.datasets,
        snakemake.params.methods,
        snakemake.output.paper,
        snakemake.output.companion,
        snakemake.output.found,
    )
