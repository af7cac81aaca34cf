from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import embedding

    params, files = snakemake.params, snakemake.input
    embedding.make(params.clouds, files.embeddings, files.tables, params.title, snakemake.output)
