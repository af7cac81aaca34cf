from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.analysis.ablation import effects
    from deepae.figures import ablation, comparison, style
    from deepae.io.files import write_tsv

    table = comparison.rows(next(iter(snakemake.input), None))
    methods = snakemake.params.methods
    write_tsv(snakemake.output.table, effects(table, methods)[0])
    style.save(ablation.draw(table, snakemake.params.datasets, methods), snakemake.output[:3])
