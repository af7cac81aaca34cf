import pandas as pd

from deepae.benchmark.job import Job
from deepae.interpretation import codes, neighbourhood
from deepae.io.files import load_npz, save_npz, write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    params, entries = snakemake.params, snakemake.params.entries
    arrays = load_npz(snakemake.input.codes)
    normalization, seed = snakemake.wildcards.normalization, int(arrays["seed"])
    saved = [
        (name, entries[name], int(h), load_npz(path, "seeds", "codes"))
        for (name, h), path in zip(params.models, snakemake.input.encoders, strict=True)
    ]
    job = Job(snakemake.input.data, *saved[0][:2], normalization, settings=params.settings, log=log)
    dataset = job.dataset
    cells = job.cells(arrays["cells"], seed)
    labels = None if dataset.labels is None else dataset.labels[arrays["cells"]].astype(str)
    found = codes.from_arrays(arrays)
    product = neighbourhood.gram(cells)
    named = {"dataset": dataset.name, "normalization": normalization}
    tables = [neighbourhood.table(neighbourhood.assess(product, found, labels), **named, seed=seed)]
    linear = list(dict.fromkeys(item.method for item in found if item.kind == "scores"))
    for other, test, theirs in codes.by_seed(job, saved, seed, [(name, entries[name]) for name in linear]):
        tables.append(neighbourhood.table(neighbourhood.kept(neighbourhood.gram(test), theirs), **named, seed=other))
    log(f"{len(found)} representations of {len(cells)} cells compared; codes of {len(tables)} seeds")
    write_tsv(snakemake.output.table, pd.concat(tables, ignore_index=True))
    embedding = neighbourhood.embeddings(product, found, snakemake.threads)
    if labels is None:
        scores = neighbourhood.principal_coordinates(product, neighbourhood.COMPONENTS)
        groups = {"clusters": neighbourhood.groups(scores)}
    else:
        groups = {"labels": labels}
    save_npz(snakemake.output.embedding, **embedding, **groups, n_test=arrays["n_test"])
