from deepae.enrichment import pathways
from deepae.enrichment.node_genes import read_gene_table
from deepae.enrichment.overrepresentation import read_tested
from deepae.enrichment.queries import read_key_genes
from deepae.figures import figure_9, style
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    found, problems = pathways.collect([snakemake.input.gpml])
    model = snakemake.params.datasets[0]
    table = read_gene_table(model["gene_table"], model["ids"]) if model["gene_table"] else None
    tested = read_tested(snakemake.input.tested)
    tested = tested[tested["term_id"].isin(list(found))]
    panel, _ = figure_9.panel(model, read_key_genes(snakemake.input.key_genes), tested, found, table)
    if "message" in panel:
        name = snakemake.wildcards.pathway
        panel["message"] = (
            f"{name} was not tested in this data set: another species, or none of its genes is a key gene."
        )
    style.save(figure_9.draw([panel], problems=problems, name="Pathway"), snakemake.output)
