from deepae.figures import figure_5, heatmap, style
from deepae.interpretation.heatmap import UNITS
from deepae.io.files import load_npz
from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    arrays = load_npz(snakemake.input.heatmap[0])
    methods = snakemake.params.methods
    stored = {key.split("/")[1]: values.T for key, values in arrays.items() if key.startswith("reconstruction/")}
    run = heatmap.heading(snakemake.params.datasets, int(arrays["measurements"]), int(arrays["seed"]))
    figure = figure_5.draw(
        arrays["original"].T,
        {name: stored[name] for name in figure_5.sequence(methods) if name in stored},
        methods,
        UNITS[snakemake.params.normalization],
        f"Figure 5 · {run}",
        snakemake.params.separate,
    )
    style.save(figure, snakemake.output)
