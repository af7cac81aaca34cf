import json

from deepae.analysis.runs import read_metrics
from deepae.io.files import write_text, write_tsv
from deepae.io.scripting import logged
from deepae.tables.tables import column_groups, table_s3, to_html

CAPTION = "Table S3. Results for each data set"

with logged(snakemake.log[0]):
    methods = json.loads(snakemake.params.methods)
    table = table_s3(read_metrics(snakemake.input[0]), methods, datasets=json.loads(snakemake.params.datasets))
    write_tsv(snakemake.output.tsv, table)
    write_text(snakemake.output.html, to_html(table, CAPTION, groups=column_groups(methods)))
