from deepae.figures import embedding, figure_s7, heatmap, style
from deepae.interpretation.heatmap import UNITS
from deepae.io.files import load_npz
from deepae.io.scripting import logged
from deepae.io.tables import read_tsv

with logged(snakemake.log[0]):
    arrays, codes = load_npz(snakemake.input.heatmap[0]), load_npz(snakemake.input.codes[0])
    trained = {}
    for key, values in codes.items():
        kind, _, rest = key.partition("/")
        method, _, h = rest.partition("/")
        if kind == "code" and method in snakemake.params.methods:
            trained.setdefault(method, {})[int(h)] = values[arrays["cells"]]
    method = next(iter(trained), None)
    table = read_tsv(snakemake.input.tables[0], empty_is_nan=False)
    label = snakemake.params.methods[method]["label"] if method else ""
    kept = {
        h: embedding.beside({"method": method, "h": h, "method_label": label}, table) for h in trained.get(method, {})
    }
    figure = figure_s7.draw(
        arrays["original"].T,
        dict(sorted(trained[method].items())) if method else {},
        UNITS[snakemake.params.normalization],
        f"Figure S7 · {heatmap.heading(snakemake.params.datasets, seed=int(arrays['seed']))}",
        kept,
    )
    style.save(figure, snakemake.output)
