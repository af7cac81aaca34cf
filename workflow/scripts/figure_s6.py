from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import drawing, figure_s6

    drawing.comparison(
        figure_s6.draw,
        next(iter(snakemake.input), None),
        snakemake.params.datasets,
        snakemake.params.methods,
        snakemake.output.published,
        snakemake.output.corrected,
    )
