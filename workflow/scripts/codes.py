from deepae.benchmark.job import Job
from deepae.interpretation.codes import compute
from deepae.io.files import load_npz, save_npz
from deepae.io.scripting import logged
from deepae.methods.autoencoder import model as models

with logged(snakemake.log[0]) as log:
    entries = snakemake.params.entries
    names = [method for method, _ in snakemake.params.models]
    saved = [
        (name, entries[name], models.load(path), load_npz(encoder, "seeds", "codes"))
        for name, path, encoder in zip(names, snakemake.input.models, snakemake.input.encoders, strict=True)
    ]
    methods = {name: entries[name] for name in snakemake.params.methods}
    files = {path.rsplit("/", 1)[1].removesuffix(".npz"): path for path in snakemake.input.dictionaries}
    dictionaries = {name: files[entry["dictionary"]] for name, entry in methods.items() if entry["dictionary"]}
    about = names[0], entries[names[0]], snakemake.wildcards.normalization
    job = Job(snakemake.input.data, *about, snakemake.params.settings, threads=snakemake.threads, log=log)
    codes, heatmap = compute(job, saved, methods, dictionaries, snakemake.params.pictured)
    save_npz(snakemake.output.codes, **codes)
    save_npz(snakemake.output.heatmap, **heatmap)
