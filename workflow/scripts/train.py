from deepae.benchmark.job import Job
from deepae.benchmark.scoring import write_job
from deepae.benchmark.train import best_device, train
from deepae.io.files import save_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    run = snakemake.params.run
    about = run["method"], snakemake.params.entry, run["normalization"]
    device = best_device(log if not snakemake.input.fits else lambda line: None)  # nothing is trained then
    given = {"iterations": run["iterations"] or None, "threads": snakemake.threads, "device": device}
    job = Job(snakemake.input.data, *about, snakemake.params.settings, **given, log=log)
    fits = {"fits": next(iter(snakemake.input.fits), None), "keep_fits": snakemake.output.get("fits")}
    rows, cells, encoder = train(job, run["measurements"], run["seeds"], snakemake.output.get("model"), **fits)
    save_npz(snakemake.output.encoder, **encoder)
    write_job(snakemake.output.metrics, snakemake.output.cells, rows, cells)
