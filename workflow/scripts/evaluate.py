import json

from deepae.benchmark.evaluate import evaluate
from deepae.benchmark.job import Job
from deepae.benchmark.scoring import write_job
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    job = Job(
        snakemake.input.data,
        snakemake.wildcards.method,
        json.loads(snakemake.params.entry),
        snakemake.wildcards.normalization,
        settings=json.loads(snakemake.params.settings),
        threads=snakemake.threads,
        log=log,
    )
    runs = {int(h): seeds for h, seeds in json.loads(snakemake.params.runs).items()}
    rows, cells = evaluate(job, runs, snakemake.input.get("dictionary") or None)
    write_job(snakemake.output.metrics, snakemake.output.cells, rows, cells)
