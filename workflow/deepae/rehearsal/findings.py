"""Does what was planted come back from what the pipeline wrote?"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from deepae.config.catalogue import load as load_catalogue
from deepae.io.files import load_npz
from deepae.io.tables import read_tsv

FLAT, STEEP = 0.02, 0.03  # gain in PCC that counts as none, as one
SEPARATED = 0.9  # area under the curve of a module's loadings
SIGNIFICANT = 0.01


def compare(folder, name, structure):
    """Compare a planted data set, and the shapes of all, with the results of a rehearsal.

    Parameters
    ----------
    folder : path
        Of the rehearsal: `datasets.yaml` and `results`.
    name : str
        The planted data set.
    structure : planted.Structure

    Returns
    -------
    list of (str, bool)
        What was looked for and found, in words; whether it is what was planted.
    """
    results = Path(folder) / "results"
    metrics = read_tsv(results / "tables/metrics.tsv")
    return [
        _shapes(load_catalogue(Path(folder) / "datasets.yaml"), metrics),
        _dimension(metrics[(metrics["dataset"] == name) & (metrics["method"] == "pca")], len(structure.sets)),
        _modules(results / f"dictionaries/{name}/zscore/snmf.npz", structure),
        _enriched(results / f"enrichment/{name}", structure),
    ]


def _shapes(entries, metrics):
    """Every data set has the genes and the cells that were written."""
    found = metrics[metrics["method"] == "mean"].groupby("dataset")[["n_genes", "n_train", "n_test"]].first()
    wrong = [
        name
        for name, row in found.iterrows()
        if (row["n_genes"], row["n_train"] + row["n_test"]) != tuple(entries[name]["expected"][k] for k in SHAPE)
    ]
    return f"shapes of {len(found)} data sets as written" + (f"; not {', '.join(wrong)}" if wrong else ""), not wrong


SHAPE = ("genes", "cells")


def _dimension(rows, planted):
    """The correlation of the PCA encoder rises up to the planted number of dimensions, and no further."""
    mean = rows.groupby("measurements")["pcc"].mean()
    below = mean[mean.index < planted].max()
    enough = mean[mean.index >= planted]
    words = ", ".join(f"{value:.3f} at h = {h}" for h, value in mean.items())
    good = enough.iloc[0] - below >= STEEP and enough.max() - enough.iloc[0] <= FLAT
    return f"{planted} dimensions planted: PCC of the PCA encoder {words}", bool(good)


def _modules(path, structure):
    """Each planted module is what one atom of the sNMF dictionary loads on."""
    arrays = load_npz(path)
    dictionary = next(array for key, array in arrays.items() if key.endswith("dictionary"))
    areas = []
    for module in range(len(structure.sets)):
        inside = structure.members == module
        pairs = (mannwhitneyu(atom[inside], atom[~inside]).statistic for atom in dictionary.T)
        areas.append(max(pairs) / (inside.sum() * (~inside).sum()))
    words = ", ".join(f"{area:.3f}" for area in areas)
    return f"{len(areas)} modules planted: area under the curve of the best sNMF atom {words}", min(areas) >= SEPARATED


def _enriched(folder, structure):
    """Each planted gene set is among the terms of a key dimension, against the measured genes."""
    tables = [read_tsv(path) for path in sorted(Path(folder).glob("dimension-*.go.tsv"))]
    terms = pd.concat(tables)
    terms = terms[terms["background"] == "measured"]
    best = {term.split()[0]: terms.loc[terms["term_id"] == term.split()[0], "p_adjusted"] for term, _ in structure.sets}
    found = {term: float(np.min(values)) if len(values) else 1.0 for term, values in best.items()}
    words = ", ".join(f"{term} {value:.1g}" for term, value in found.items())
    return f"{len(found)} gene sets planted: lowest adjusted p {words}", max(found.values()) <= SIGNIFICANT
