import json

from deepae.files import save_npz
from deepae.jobs.factorise import factorise
from deepae.jobs.job import Job
from deepae.scripting import logged

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
    seeds = [int(seed) for seed in snakemake.params.seeds.split()]
    save_npz(snakemake.output[0], **factorise(job, seeds))
