from deepae.enrichment import pathways
from deepae.enrichment.overrepresentation import read_tested
from deepae.enrichment.queries import read_key_genes
from deepae.figures import figure_9, figure_s4, style
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    found, problems = pathways.collect(snakemake.input.gpml)
    panels, rows = [], []
    for model, key_genes, tested in zip(
        snakemake.params.datasets, snakemake.input.key_genes, snakemake.input.tested, strict=True
    ):
        table = pathways.read_gene_table(model["gene_table"], model["ids"]) if model["gene_table"] else None
        panel, row = figure_9.panel(model, read_key_genes(key_genes), read_tested(tested), found, table, model["ids"])
        panels.append(panel)
        rows.append(row)
        log(f"{model['dataset']}: {row['pathway'] or 'nothing drawn'} {row['note']}")
    style.save(figure_s4.draw(panels, problems), [snakemake.output.svg, snakemake.output.pdf, snakemake.output.png])
    write_tsv(snakemake.output.table, figure_9.frame(rows))
