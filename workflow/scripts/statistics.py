from deepae.analysis.bootstrap import bootstrap_table
from deepae.analysis.overfitting import overfitting
from deepae.analysis.runs import read_metrics, shortened
from deepae.analysis.skill import skill_intervals
from deepae.analysis.ttests import ttests
from deepae.analysis.wilcoxon import wilcoxon
from deepae.config import roles
from deepae.io.files import load_npz, write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    methods = snakemake.params.methods
    metrics = read_metrics(snakemake.input.metrics, methods)
    write_tsv(snakemake.output.ttests, ttests(metrics, methods=methods))
    of_cells = metrics[metrics["dataset"].isin(snakemake.params.cells)]
    write_tsv(snakemake.output.wilcoxon, wilcoxon(of_cells, methods=methods))
    write_tsv(snakemake.output.skill, skill_intervals(metrics, methods))
    trained = [(*key, path) for key, path in zip(snakemake.params.trained, snakemake.input.trained, strict=True)]
    write_tsv(snakemake.output.overfitting, overfitting(metrics, trained, load_npz))
    log("tests over seeds and data sets done; bootstrap over cells")
    cut = metrics[shortened(metrics, methods) != ""]
    left_out = set(cut[["dataset", "normalization", "method", "measurements"]].itertuples(index=False, name=None))
    cells = [(*key, path) for key, path in zip(snakemake.params.jobs, snakemake.input.cells, strict=True)]
    write_tsv(
        snakemake.output.bootstrap,
        bootstrap_table(cells, load_npz, networks=roles.having(methods, "proposed", "network"), left_out=left_out),
    )
