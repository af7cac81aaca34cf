from deepae.audit.claims import Printed
from deepae.audit.results import from_job
from deepae.io.scripting import logged
from deepae.report.pages import home

with logged(snakemake.log[0]):
    results = from_job(snakemake.input, snakemake.params)
    home.write(
        results,
        Printed(snakemake.params.printed),
        snakemake.input.made,
        snakemake.params.results,
        left_out=snakemake.params.left_out,
    )
