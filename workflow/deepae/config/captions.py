"""What figures, tables and captions say of methods, data sets, blocks and saved models: plain data and sentences.

Functions take the plan of the grid first; results are params of rules, so they hold plain values only.
"""

import re

from deepae.config import axes, roles
from deepae.config.vocabulary import TRAIN_FRACTION, TRAIN_MINIMUM

SHOWN = ("label", "colour", "line", "protocol", "role", "base", "switch", "trained", "dictionary", "floor", "bounds")
SHOWN += ("measures",)
"""Keys of a method that a figure or table uses; edits of the others redraw nothing."""
AXES = ("series", "split", *axes.AXES)
"""What a method at a value of an axis is called without it, and the value."""


def escaped(text):
    """Return a text of the configuration as one line of plain reStructuredText, in which captions are written."""
    return re.sub(r"([\\`*_|<>:])", r"\\\1", " ".join(str(text).split()))


def methods(plan, names=None):
    """Return label, colour, protocol, role, and updates of full training of methods, in the order of the table."""
    found = {}
    for name, entry in plan.methods.items():
        if names is None or name in names:
            found[name] = {key: entry[key] for key in (*SHOWN, *AXES) if key in entry}
            if entry.get("trained"):
                found[name]["iterations"] = roles.full_training(entry)
            if roles.is_autoencoder(entry):
                found[name]["loss"] = entry.get("parameters", {}).get("loss", "mae")
    return found


def datasets(plan, names, block=None):
    """Return label and note of data sets; `short` lists the methods of a block that trained less there than in full."""
    found = {}
    for name in names:
        found[name] = {"label": plan.catalogue[name].get("label", name), "note": dataset_note(plan, name, block)}
        papers = of_paper(plan, plan.catalogue[name]["kind"])
        if {name, plan.catalogue[name].get("subset_of")} & set(papers):
            found[name]["of"] = len(papers)
        short = shortened(plan, name, block)
        if short:
            found[name]["short"] = list(short)
    return found


def table_1(plan, names):
    """Return what Table 1 says of data sets: keys of the catalogue, and the shape that the paper's data set has."""
    found = entries(plan, names, "accession", "species", "journal", "unit", "expected", "note")
    for name in names:
        whole = plan.catalogue[name].get("subset_of", name)
        if whole in of_paper(plan, plan.catalogue[name]["kind"]):
            found[name]["paper"] = plan.catalogue[whole].get("expected", {})
    return found


def of_paper(plan, kind):
    """Return the paper's data sets of one kind: complete ones with an accession."""
    known = plan.catalogue.items()
    return [name for name, entry in known if entry["kind"] == kind and entry["complete"] and "accession" in entry]


def entries(plan, names, *keys):
    """Return some keys of the catalogue's entries of data sets, those that are given."""
    known = plan.catalogue
    return {name: {key: known[name][key] for key in keys if key in known[name]} for name in names}


def shortened(plan, dataset, block=None):
    """Return the networks of a block that stop early on a data set: method -> (updates, updates of full training)."""
    if block is None:
        return {}
    steps = plan.blocks[block].iterations.get(dataset)
    names = [name for name in plan.blocks[block].methods if roles.is_shortened(plan.methods[name], steps)]
    return {name: (steps, roles.full_training(plan.methods[name])) for name in names}


def dataset_note(plan, name, block=None):
    """Return what a reader must know of a data set: that it is a subset, that training was shortened."""
    notes = [plan.catalogue[name]["note"]] if plan.catalogue[name].get("note") else []
    for steps, full in shortened(plan, name, block).values():
        notes.append(f"shortened training: {steps} of {full} iterations")
    return "; ".join(dict.fromkeys(notes))


def model(plan, dataset, normalization, method, h):
    """Return a saved model as plain data: names, label, colour, note."""
    return {
        "dataset": dataset,
        "normalization": normalization,
        "method": method,
        "h": h,
        "label": plan.catalogue[dataset].get("label", dataset),
        "method_label": plan.methods[method]["label"],
        "colour": plan.methods[method]["colour"],
        "note": model_note(plan, dataset, normalization, method, h),
    }


def model_note(plan, dataset, normalization, method, h):
    """Return what a reader must know of a saved model: that the data are a subset, that training was shortened."""
    steps = plan.jobs[dataset, normalization, method, h].iterations
    notes = [dataset_note(plan, dataset)]
    if roles.is_shortened(plan.methods[method], steps):
        notes.append(f"shortened training: {steps} of {roles.full_training(plan.methods[method])} iterations")
    return "; ".join(filter(None, notes))


def describe_block(plan, item):
    """Say what a figure's block holds: data sets with their notes, normalisation, h, runs, training."""
    if item.block is None:
        return "No block of this configuration is for this figure."
    if not item.datasets:
        return "Nothing is drawn: the block has no data set of this kind."
    block = plan.blocks[item.block]
    named = [name + (f" ({escaped(info['note'])})" if info["note"] else "") for name, info in item.datasets.items()]
    runs = sorted({len(block.seeds[name]) for name in item.datasets})
    split = {"fraction": TRAIN_FRACTION, "minimum": TRAIN_MINIMUM} | plan.config.get("split", {})
    trained = [name for name in roles.networks(plan.methods) if name in block.methods]
    return (
        f"Block {item.block}: {', '.join(named)}; normalisation {block.normalization}; "
        f"h = {', '.join(map(str, block.measurements))}; runs of each (one a seed): {' or '.join(map(str, runs))}. "
        f"{100 * split['fraction']:g} % of the cells train, {_limits(split)}; full-batch Adam. "
        + " ".join(training(plan, name) for name in trained)
    )


def training(plan, method):
    """Say how a network is trained."""
    given = plan.methods[method].get("parameters", {})
    if not roles.is_autoencoder(plan.methods[method]):  # another network: its class says how it is trained
        return f"{escaped(plan.methods[method]['label'])}: {escaped(plan.methods[method]['implementation'])}."
    loss = {"mae": "mean absolute error", "mse": "mean squared error"}[given.get("loss", "mae")]
    return (
        f"{escaped(plan.methods[method]['label'])}: {given.get('architecture', 'DeepAE4')}, {loss}, "
        f"{given.get('iterations', 1000)} updates unless shortened."
    )


def describe_models(plan, models, which="Models of the first seed"):
    """Say which saved models (data set, normalisation, method, h) a figure is drawn from."""
    texts = []
    for dataset, normalization, method, h in models:
        note = model_note(plan, dataset, normalization, method, h)
        texts.append(f"{dataset}, {normalization}, h = {h}" + (f" ({escaped(note)})" if note else ""))
    trained = " ".join(training(plan, method) for method in dict.fromkeys(model[2] for model in models))
    return f"{which}: {'; '.join(texts)}. {trained}" if models else "No model is saved for this figure."


def network(plan, item):
    """Return the parameters of the network that Figure 1 draws: of its block, else of the grid, else of the table."""
    wanted = plan.blocks[item.block].methods if item.block else [job.method for job in plan.jobs.values()]
    trained = [name for name in roles.networks(plan.methods) if roles.is_autoencoder(plan.methods[name])]
    found = [name for name in [*wanted, *trained] if name in trained]
    return plan.methods[found[0]].get("parameters", {}) if found else {}


def _limits(split):
    """Say which limits a configuration sets to the cells that train and test."""
    most = f"at least {split['minimum']}" + (f", at most {split['maximum']}" if "maximum" in split else "")
    return most + (f"; at most {split['test_maximum']} of the others test" if "test_maximum" in split else "")
