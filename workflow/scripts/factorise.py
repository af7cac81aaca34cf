from deepae.benchmark.factorise import factorise
from deepae.benchmark.job import Job
from deepae.io.files import save_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    about = snakemake.wildcards.method, snakemake.params.entry, snakemake.wildcards.normalization
    job = Job(snakemake.input.data, *about, snakemake.params.settings, threads=snakemake.threads, log=log)
    save_npz(snakemake.output[0], **factorise(job, snakemake.params.seeds))
