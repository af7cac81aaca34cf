import json

from deepae.analysis.statistics import bootstrap_table, read_metrics, skill_intervals, ttests, wilcoxon
from deepae.io.files import load_npz, write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    metrics = read_metrics(snakemake.input.metrics)
    write_tsv(snakemake.output.ttests, ttests(metrics))
    write_tsv(snakemake.output.wilcoxon, wilcoxon(metrics))
    write_tsv(snakemake.output.skill, skill_intervals(metrics))
    log("tests over seeds and data sets done; bootstrap over cells")
    cells = [(*key, path) for key, path in zip(json.loads(snakemake.params.jobs), snakemake.input.cells, strict=True)]
    write_tsv(snakemake.output.bootstrap, bootstrap_table(cells, load_npz))
