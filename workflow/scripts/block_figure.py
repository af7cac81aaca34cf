from deepae.analysis.overfitting import overfitting
from deepae.analysis.runs import by_job
from deepae.config.outputs import FIGURES
from deepae.figures import axis, comparison, cost, ranks, scaled, specification, style
from deepae.io.files import load_npz, write_tsv
from deepae.io.scripting import logged

MODULES = {"axis": axis, "cost": cost, "ranks": ranks, "scaled": scaled, "specification": specification}

with logged(snakemake.log[0]):
    name, datasets, methods = (snakemake.params[key] for key in ("figure", "datasets", "methods"))
    table = comparison.rows(snakemake.input.rows)
    beside = []
    if "cells" in snakemake.input.keys():
        beside.append(by_job(snakemake.params.jobs, snakemake.input.cells))
    elif "trained" in snakemake.input.keys():
        trained = [(*key, path) for key, path in zip(snakemake.params.trained, snakemake.input.trained, strict=True)]
        beside.append(overfitting(table, trained, load_npz))
    figure = MODULES[FIGURES[name].painter.partition(":")[0]].draw(name, table, datasets, methods, *beside)
    style.save(figure, [snakemake.output[key] for key in ("svg", "pdf", "png", "found")])
    write_tsv(snakemake.output.behind, getattr(figure, "behind", table.head(0)))
