from deepae.benchmark.evaluate import evaluate
from deepae.benchmark.job import Job
from deepae.benchmark.scoring import write_job
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    about = snakemake.wildcards.method, snakemake.params.entry, snakemake.wildcards.normalization
    job = Job(snakemake.input.data, *about, snakemake.params.settings, threads=snakemake.threads, log=log)
    rows, cells = evaluate(job, snakemake.params.runs, next(iter(snakemake.input.dictionary), None))
    write_job(snakemake.output.metrics, snakemake.output.cells, rows, cells)
