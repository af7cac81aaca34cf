import pandas as pd

from deepae.enrichment import pathways
from deepae.enrichment.node_genes import read_gene_table
from deepae.enrichment.overrepresentation import read_tested
from deepae.enrichment.queries import read_key_genes
from deepae.figures import figure_9, style
from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    found, problems = pathways.collect(snakemake.input.gpml)
    panels, rows, tables = [], [], {"": None}
    for model, key_genes, tested, control in zip(
        snakemake.params.datasets,
        snakemake.input.key_genes,
        snakemake.input.tested,
        snakemake.input.control,
        strict=True,
    ):
        path, ids = model["gene_table"], model["ids"]
        if path not in tables:
            tables[path] = read_gene_table(path, ids)
        panel, row = figure_9.panel(
            model,
            read_key_genes(key_genes),
            read_tested(tested),
            found,
            tables[path],
            ids,
            pd.read_csv(control, sep="\t"),
        )
        panels.append(panel)
        rows.append(row)
        log(f"{model['dataset']}: {row['pathway'] or 'nothing drawn'} {row['note']}")
    figure = figure_9.draw(panels, rows, problems, snakemake.params.title)
    style.save(figure, [path for path in snakemake.output if not path.endswith(".tsv")])
    write_tsv(snakemake.output.table, figure_9.frame(rows))
