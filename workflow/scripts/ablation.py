import json

from deepae.scripting import logged

with logged(snakemake.log[0]):
    from deepae.ablation import effects
    from deepae.files import write_tsv
    from deepae.plots import ablation, drawing, style

    table = drawing.rows(next(iter(snakemake.input), None))
    methods = json.loads(snakemake.params.methods)
    write_tsv(snakemake.output.table, effects(table, methods)[0])
    style.save(ablation.draw(table, json.loads(snakemake.params.datasets), methods), snakemake.output[:3])
