"""What the rule of a figure reads, writes beside the pictures, and hands to its script: by what draws the figure.

Functions take the plan of the grid, its gene sets and a configured figure; results go into a rule, so they hold plain
values only.
"""

from pathlib import Path
from typing import NamedTuple

from deepae.config import captions, saved
from deepae.config.outputs import FIGURES
from deepae.config.vocabulary import KEY_DIMENSIONS


class Drawing(NamedTuple):
    """What is particular to the rule of one figure.

    Attributes
    ----------
    script : str
    inputs, params : dict
        By the names under which the script asks for them.
    tables : dict of str to path
        Tables that are written beside the pictures.
    finds : bool
        Whether the script writes what it found in words, with which the caption begins.
    """

    script: str
    inputs: dict
    params: dict
    tables: dict = {}
    finds: bool = True


def drawing(plan, enriched, item):
    """Return the `Drawing` of a configured figure.

    Parameters
    ----------
    plan : deepae.config.grid.Plan
    enriched : deepae.config.enriched.Enrichment
    item : object
        From `deepae.config.configured.configured`.
    """
    return BY_PAINTER[FIGURES[item.name].painter.partition(":")[0]](plan, enriched, item)


def jobs_of(plan, item):
    """Return the jobs of the block of a figure or table."""
    return plan.block_jobs(item.block) if item.block else []


def keys_of(plan, item):
    """Return data set, normalisation and method of each of these jobs."""
    return [(job.dataset, job.normalization, job.method) for job in jobs_of(plan, item)]


def cells_of(plan, item):
    """Return the errors of each cell that these jobs leave."""
    return [f"{plan.results}/metrics/{job.stem}.cells.npz" for job in jobs_of(plan, item)]


def of_models(plan, models, name):
    """Return a file of each saved model's data set and normalisation."""
    return [f"{plan.results}/interpretation/{dataset}/{normalization}/{name}" for dataset, normalization, *_ in models]


def _network(plan, enriched, item):
    return Drawing("figure_1", {}, {"network": captions.network(plan, item)}, finds=False)


def _shown(plan, item):
    """Return what every figure of a block is told."""
    said = {"datasets": item.datasets, "methods": item.methods, "description": captions.describe_block(plan, item)}
    return said | {"figure": item.name, "subject": item.subject}


def _comparison(plan, enriched, item):
    return Drawing("comparison_figure", {"table": item.table}, _shown(plan, item))


def _block(plan, enriched, item):
    """Of a figure that is drawn from the rows of its block, or of all, and leaves the table behind it."""
    trained = [job for job in jobs_of(plan, item) if job.measurements]
    inputs = {"rows": item.table or f"{plan.results}/tables/metrics.tsv"}
    reads = FIGURES[item.name].reads
    if reads == "cells":
        inputs["cells"] = cells_of(plan, item)
    elif reads == "trained":
        inputs["trained"] = [f"{plan.results}/metrics/{job.stem}.encoder.npz" for job in trained]
    behind = f"{plan.results}/tables/{Path(item.stem).name}.tsv"
    params = _shown(plan, item) | {"jobs": keys_of(plan, item), "trained": [job.key for job in trained]}
    return Drawing("block_figure", inputs, params, {"behind": behind})


def _ablation(plan, enriched, item):
    table = f"{plan.results}/tables/{Path(item.stem).name}.tsv"
    params = _shown(plan, item)
    return Drawing("ablation", {"table": item.table}, params, {"table": table}, finds=False)


def _heat_maps(plan, enriched, item):
    """Of the reconstructions (Figure 5), or of the codes (Figure S7), of the first data set of a block."""
    pair = [saved.heatmap_pair(plan, item)]
    inputs = {"heatmap": of_models(plan, pair, "heatmap.npz")}
    params = _shown(plan, item) | {"block": item.block, "normalization": item.normalization}
    if item.name == "figure-5":
        return Drawing("figure_5", inputs, params | {"separate": bool(item.entry.get("separate", False))})
    inputs |= {"codes": of_models(plan, pair, "codes.npz"), "tables": of_models(plan, pair, "neighbourhood.tsv")}
    return Drawing("figure_s7", inputs, params)


def _embeddings(plan, enriched, item):
    clouds = saved.embedded(plan, item)
    names = {"embeddings": "embedding.npz", "tables": "neighbourhood.tsv"}
    params = {"title": item.title, "clouds": [captions.model(plan, *model) for model in clouds]}
    params["description"] = captions.describe_models(plan, clouds)
    return Drawing("figure_8", {key: of_models(plan, clouds, name) for key, name in names.items()}, params)


def _of_key_genes(plan, enriched, item):
    """Return what the figures of enrichment are told."""
    models = enriched.key_models(enriched.shown(item.entry))
    description = captions.describe_models(plan, models)
    return {"datasets": enriched.models(enriched.shown(item.entry)), "description": description}


def _pathways(plan, enriched, item):
    datasets = enriched.shown(item.entry)
    files = {
        "key_genes": "interpretation/{}/key-genes.tsv",
        "tested": "enrichment/{}/tested.wikipathways.tsv.gz",
        "control": "enrichment/{}/control.tsv",
    }
    inputs = {key: [f"{plan.results}/{path.format(name)}" for name in datasets] for key, path in files.items()}
    inputs |= {"gpml": enriched.pathway_files(), "gene_tables": enriched.gene_tables(*datasets)}
    params = {"title": item.title} | _of_key_genes(plan, enriched, item)
    return Drawing("figure_9", inputs, params, {"table": f"{item.stem}.tsv"})


def _terms(plan, enriched, item):
    folders = [f"{plan.results}/enrichment/{name}" for name in enriched.shown(item.entry)]
    dimensions = range(1, KEY_DIMENSIONS + 1)
    inputs = {name: [f"{folder}/{name}.tsv" for folder in folders] for name in ("summary", "control")}
    inputs["tables"] = [f"{folder}/dimension-{k}.go.tsv" for folder in folders for k in dimensions]
    return Drawing("figure_s3", inputs, _of_key_genes(plan, enriched, item))


def _stability(plan, enriched, item):
    datasets = item.entry.get("datasets", plan.keyed_datasets())
    models = [(name, *model) for name in datasets for model in saved.key_models(plan, name)]
    params = {"models": [captions.model(plan, *model) for model in models]}
    params["description"] = captions.describe_models(plan, models, "Encoders of all seeds")
    tables = [f"{plan.results}/interpretation/{name}/stability.tsv" for name in datasets]
    return Drawing("figure_stability", {"tables": tables}, params)


BY_PAINTER = {
    "figure_1": _network,
    "comparison": _comparison,
    **dict.fromkeys(("axis", "scaled", "specification", "ranks", "cost"), _block),
    "ablation": _ablation,
    "figure_5": _heat_maps,
    "figure_s7": _heat_maps,
    "embedding": _embeddings,
    "figure_9": _pathways,
    "figure_s3": _terms,
    "stability": _stability,
}
"""By the module of `deepae.figures` that draws."""
