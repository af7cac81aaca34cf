from deepae.data import store
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.methods.autoencoder.network import ARCHITECTURES
from deepae.tables.tables import table_2, to_html

CAPTION = "Table 2. Architectures"

with logged(snakemake.log[0]):
    genes = max((store.read(path).n_genes for path in snakemake.input), default=0)
    table = table_2(ARCHITECTURES, genes)
    write_tsv(snakemake.output.tsv, table)
    note = "Weights, biases included, for as many genes as the largest of the data sets has."
    write_text(snakemake.output.html, to_html(table, CAPTION, [note]))
