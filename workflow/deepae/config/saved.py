"""The saved models of a configuration: which there are, and which of them codes, key genes and figures are made from.

Functions take the plan of the grid first. A model is (data set, normalisation, method, h).
"""

from deepae.config import roles
from deepae.errors import ConfigError


def of(plan, dataset, normalization):
    """Return the saved (method, h) of a data set and normalisation, in the order of the configuration."""
    found = [(method, h) for *pair, method, h in plan.saved() if pair == [dataset, normalization]]
    if not found:
        raise ConfigError(f"{dataset}/{normalization}: no saved model; list one under `models` in the configuration")
    return found


def key_models(plan, dataset):
    """Return the saved (normalisation, method, h) of a data set, the largest h of each: those that are looked at."""
    largest = {}
    for name, normalization, method, h in plan.saved():
        if name == dataset:
            largest[normalization, method] = max(h, largest.get((normalization, method), 0))
    if not largest:
        raise ConfigError(f"{dataset}: no saved model; list one under `models` in the configuration")
    return [(*key, h) for key, h in largest.items()]


def encoded_methods(plan, dataset, normalization):
    """Return the CPU methods of the grid with a run at the largest saved h of a data set and normalisation.

    Ceilings see test cells: their codes say nothing of what a method keeps.
    """
    h = max(h for _, h in of(plan, dataset, normalization))
    jobs = plan.jobs.values()
    names = {
        job.method for job in jobs if (job.dataset, job.normalization) == (dataset, normalization) and h in job.runs
    }
    methods = plan.methods.items()
    return [name for name, entry in methods if name in names and entry["needs"] == "cpu" and entry["role"] != "ceiling"]


def encoded_dictionaries(plan, dataset, normalization):
    """Return the factorisations that these methods decode, each once."""
    jobs = [plan.jobs[dataset, normalization, name, None] for name in encoded_methods(plan, dataset, normalization)]
    return list(dict.fromkeys(file for job in jobs for file in plan.dictionary_files(job)))


def coded_methods(plan, dataset, normalization):
    """Return the methods whose codes of a data set and normalisation are compared: saved models, and CPU methods."""
    return [*dict(of(plan, dataset, normalization)), *encoded_methods(plan, dataset, normalization)]


def pictured_methods(plan, dataset, normalization):
    """Return the methods that a configured Figure 5 shows; predicting nothing has no panel."""
    blocks = [plan.blocks[item["block"]] for item in plan.config.get("figures", []) if item["name"] == "figure-5"]
    blocks = [block for block in blocks if (block.datasets[0], block.normalization) == (dataset, normalization)]
    names = {name for block in blocks for name in block.methods}
    return [name for name in plan.methods if name in names and name not in roles.control(plan.methods, "zero")]


def heatmap_pair(plan, item):
    """Return data set and normalisation of a heat map figure: of its block, the first data set."""
    return plan.blocks[item.block].datasets[0], item.normalization


def embedded(plan, item):
    """Return the models that a t-SNE figure shows: of each of its data sets the first with the largest h.

    By default the data sets whose catalogue entry names this figure; the others are in Figure S2.
    """
    named = [name for name in plan.saved_datasets() if plan.catalogue[name].get("figure", "figure-s2") == item.name]
    return [(name, *key_models(plan, name)[0]) for name in item.entry.get("datasets") or named]
