"""Where a rehearsal takes place: the configuration, catalogue and method table of a run on synthetic data."""

import copy
from pathlib import Path

import numpy as np
import yaml

from deepae.config import catalogue
from deepae.io.yaml_files import read_yaml
from deepae.rehearsal import layouts

SCALES = {"full": 1, "tenth": 10, "fiftieth": 50}
LEAST = {"genes": 300, "cells": 40}  # of a scaled data set, unless the original has fewer
UPDATES, SEEDS, DRAWS = 2, 2, 199
FOLD_ITERATIONS = 50  # of sNMF in the folds of a cross-validation: a quarter of what they have, and of their hour
BANNER = "Rehearsal on synthetic data: no result"
NOTE = "synthetic data"
#: The data set that is trained for as long as it takes to find what is planted in it; the same at every scale.
PLANTED = "planted"
PLANTED_SHAPE = {"genes": 500, "cells": 400, "status": "V"}
PLANTED_UPDATES = 200


def scaled(expected, scale):
    """Return the shape of a data set at a scale: genes and cells divided by it, within `LEAST`."""
    part = SCALES[scale]
    return {key: min(expected[key], max(expected[key] // part, least)) for key, least in LEAST.items()}


def datasets(entries, scale):
    """Return the catalogue of a rehearsal: the paper's entries at a scale, to be fetched, and the planted one."""
    found = {}
    for name, entry in catalogue.from_source(entries, "geo").items():
        if not entry["complete"]:
            continue
        entry = copy.deepcopy(entry)
        shape = scaled(entry["expected"], scale)
        if entry["kind"] == "mass-cytometry":  # the channels stay
            side = "cells" if entry["gene_id_type"] == "none" else "genes"
            shape[side] = entry["expected"][side]
            shape["genes" if side == "cells" else "cells"] = max(3452 // SCALES[scale], 60)
        entry["expected"] = shape | {"status": entry["expected"]["status"]}
        entry["note"] = NOTE
        for file in entry["files"]:
            for key in ("path", "bytes", "sha256"):
                file.pop(key, None)
        found[name] = entry
    found[PLANTED] = copy.deepcopy(found["GSE60361"]) | {
        "label": "planted",
        "accession": "GSE100",
        "expected": PLANTED_SHAPE,
        "files": [{"name": "GSE100_planted.txt.gz", "url": "{base}/series/GSEnnn/GSE100/suppl/GSE100_planted.txt.gz"}],
    }
    return found


def methods(table):
    """Return a method table whose networks are trained for a few updates, which count as their full training."""
    table = copy.deepcopy(table)
    for entry in table.values():
        parameters = entry.get("parameters", {})
        if entry["implementation"].startswith("nmf:") and parameters.get("corrected"):
            entry["parameters"] = parameters = {**parameters, "fold_iterations": FOLD_ITERATIONS}
        if "iterations" in parameters:
            parameters["iterations"] = UPDATES if parameters["iterations"] >= 500 else 1
        for key in ("report_after", "weights_after"):
            if key in parameters:
                parameters[key] = 1
    return table


def configuration(paper, base, scale):
    """Return the configuration of a rehearsal: every block, figure and table of the paper's, with fewer seeds.

    Full shapes and a fiftieth also have fewer numbers of measurements in each block: the one has to end in two hours on
    two cores, the other is part of the tests.
    """
    config = copy.deepcopy(paper)
    config |= {"results": "results", "datasets": ["datasets.yaml"], "methods": ["methods.yaml"], "banner": BANNER}
    config["source"] = "geo"
    config["geo"] = {"base": base, "attempts": 2, "pause": 0.1, "timeout": 60, "per_host": 4}
    for block in config["grid"]:
        block["seeds"] = min(SEEDS, block.get("seeds", SEEDS))
        block.pop("iterations", None)
    if scale != "tenth":
        for entry in config["grid"] + config["models"]:
            entry["measurements"] = _fewer(entry["measurements"])
    planted = {"datasets": [PLANTED], "normalization": "zscore", "seeds": SEEDS}
    linear = {"name": f"{PLANTED}-linear", "methods": ["snmf", "smaf", "pca", "mean"], "measurements": [1, 2, 5, 10]}
    network = {"name": PLANTED, "methods": ["deepae"], "measurements": [10], "iterations": PLANTED_UPDATES}
    config["grid"] += [planted | linear, planted | network]
    config["models"].append({"dataset": PLANTED, "normalization": "zscore", "method": "deepae", "measurements": [10]})
    config["figures"].append({"name": "figure-s3", "datasets": [PLANTED], "variant": PLANTED})
    config["audit"] = True
    config["enrichment"] = {"draws": DRAWS}
    return config


def _fewer(measurements):
    """The first, the last and the paper's 10 and 50 of some numbers of measurements: enough for every claim."""
    return [h for h in measurements if h in (measurements[0], 10, 50, measurements[-1])]


def prepare(folder, root, paper, scale, base, say):
    """Write the files to be served, the catalogue, the methods and the configuration; return what was planted.

    Data that are there already are not written again: they depend on the scale alone.
    """
    folder, root = Path(folder), Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    config = read_yaml(root / paper)
    entries = datasets(catalogue.load(root / "config/datasets.yaml"), scale)
    served, written, structures = folder / "geo", folder / "written.yaml", {}
    there = read_yaml(written) if written.exists() else None
    for number, (name, entry) in enumerate(entries.items()):
        random = np.random.default_rng([2020, number])
        if there == entries and name != PLANTED:
            continue
        say(f"{name}: {entry['expected']['genes']} genes x {entry['expected']['cells']} cells")
        structures[name] = layouts.write(name, entry, served, root, random)
    table = {}
    for path in config.get("methods", ["config/methods.yaml"]):
        table |= read_yaml(root / path)
    for name, content in (
        ("datasets.yaml", entries),
        ("methods.yaml", methods(table)),
        ("config.yaml", configuration(config, base, scale)),
        ("written.yaml", entries),
    ):
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return structures
