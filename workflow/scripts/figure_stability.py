from deepae.figures import stability, style
from deepae.io.scripting import logged
from deepae.io.tables import read_tsv

with logged(snakemake.log[0]):
    tables = {path.split("/")[-2]: read_tsv(path) for path in snakemake.input.tables}
    groups = []
    for model in snakemake.params.models:
        rows = tables[model["dataset"]]
        chosen = (
            (rows["normalization"] == model["normalization"])
            & (rows["method"] == model["method"])
            & (rows["measurements"] == model["h"])
        )
        groups.append((stability.group_label(model), rows[chosen], model["colour"]))
    style.save(stability.draw(groups), snakemake.output)
