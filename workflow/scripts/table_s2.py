import json

from deepae.analysis.runs import read_metrics
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.tables.tables import table_s2, to_html

CAPTION = "Table S2. Architectures DeepAE4 to DeepAE6 and the time to train one seed"

with logged(snakemake.log[0]):
    methods = json.loads(snakemake.params.methods)
    table = table_s2(read_metrics(snakemake.input[0]), methods, datasets=json.loads(snakemake.params.datasets))
    write_tsv(snakemake.output.tsv, table)
    write_text(snakemake.output.html, to_html(table, CAPTION))
