import json

from deepae.benchmark.job import Job
from deepae.benchmark.scoring import write_job
from deepae.benchmark.train import best_device, train
from deepae.io.files import save_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    job = Job(
        snakemake.input.data,
        snakemake.wildcards.method,
        json.loads(snakemake.params.entry),
        snakemake.wildcards.normalization,
        settings=json.loads(snakemake.params.settings),
        iterations=snakemake.params.iterations or None,
        threads=snakemake.threads,
        device=best_device(log),
        log=log,
    )
    h = int(snakemake.wildcards.h)
    seeds = json.loads(snakemake.params.runs)[str(h)]
    rows, cells, encoder = train(job, h, seeds, snakemake.output.get("model"))
    if "encoder" in snakemake.output.keys():
        save_npz(snakemake.output.encoder, **encoder)
    write_job(snakemake.output.metrics, snakemake.output.cells, rows, cells)
