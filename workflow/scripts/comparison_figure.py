from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import comparison

    params, files = snakemake.params, snakemake.output
    paper, companion = ([files[f"{kind}{suffix}"] for suffix in ("svg", "pdf", "png")] for kind in ("", "companion_"))
    table = next(iter(snakemake.input), None)
    comparison.make(params.figure, table, params.datasets, params.methods, paper, companion, files.found)
