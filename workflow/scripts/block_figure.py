from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import axis, comparison, scaled, style

    table = comparison.rows(next(iter(snakemake.input), None))
    name, datasets, methods = (snakemake.params[key] for key in ("figure", "datasets", "methods"))
    draw = scaled.draw if name == "summary" else axis.draw
    style.save(draw(name, table, datasets, methods), snakemake.output)
