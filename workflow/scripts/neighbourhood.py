from deepae.data import store
from deepae.data.cells import Cells
from deepae.interpretation import neighbourhood
from deepae.interpretation.codes import from_arrays
from deepae.io.files import load_npz, save_npz, write_tsv
from deepae.io.scripting import logged

with logged(snakemake.log[0]) as log:
    dataset = store.read(snakemake.input.data)
    arrays = load_npz(snakemake.input.codes)
    normalization, seed = snakemake.wildcards.normalization, int(arrays["seed"])
    cells = Cells(dataset.matrix, arrays["cells"], normalization, dataset.name, seed)
    labels = None if dataset.labels is None else dataset.labels[arrays["cells"]].astype(str)
    representations = from_arrays(arrays)
    product = neighbourhood.gram(cells)
    rows = neighbourhood.assess(product, representations, labels)
    log(f"{len(rows)} representations of {len(cells)} cells compared")
    table = neighbourhood.table(rows, dataset=dataset.name, normalization=normalization, seed=seed)
    write_tsv(snakemake.output.table, table)
    embedding = neighbourhood.embeddings(product, representations, snakemake.threads)
    if labels is None:
        scores = neighbourhood.principal_coordinates(product, neighbourhood.COMPONENTS)
        named = {"clusters": neighbourhood.groups(scores)}
    else:
        named = {"labels": labels}
    save_npz(snakemake.output.embedding, **embedding, **named, n_test=arrays["n_test"])
