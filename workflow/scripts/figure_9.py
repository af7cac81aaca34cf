from deepae.io.files import write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    from deepae.figures import figure_9

    files, params = snakemake.input, snakemake.params
    pictures = [path for path in snakemake.output if not path.endswith(".tsv")]
    table = figure_9.make(
        params.datasets, files.key_genes, files.tested, files.control, files.gpml, params.title, pictures
    )
    write_tsv(snakemake.output.table, table)
    for row in table.to_dict("records"):
        log(f"{row['dataset']}: {row['pathway'] or 'nothing drawn'} {row['note']}")
