"""Values with a known structure: so many dimensions, each with its genes and the cells it is active in.

A cell's log-expression is a gene's level, the cell's depth, and for each planted dimension its activity times the
gene's loading. The genes of a dimension are those of a gene set, so that dimension, modules and enriched sets are
known and can be looked for in what the pipeline makes of the files.
"""

import csv
import gzip
from dataclasses import dataclass

import numpy as np

from deepae.data import gene_ids

DIMENSIONS = 4
ERCC = [f"ERCC-{number:05d}" for number in range(2, 172)]
SET_SIZES = (25, 80)  # genes of a planted set
BLOCK = 1000  # cells that are drawn at a time


@dataclass
class Structure:
    """What is planted in a data set.

    Attributes
    ----------
    sets : list of (str, list of str)
        Id and genes (symbols or ORFs) of the gene set of each dimension; no gene is in two.
    members : array of int, shape (n_genes,)
        The dimension a gene belongs to, -1 for none.
    groups : array of int, shape (n_cells,)
        The dimension that is most active in a cell.
    level : array, shape (n_genes,)
        Log-expression where no dimension is active.
    loadings : array, shape (n_genes, DIMENSIONS)
    activity : array, shape (DIMENSIONS, n_cells)
    """

    sets: list
    members: np.ndarray
    groups: np.ndarray
    level: np.ndarray
    loadings: np.ndarray
    activity: np.ndarray


def gene_sets(path, wanted=DIMENSIONS, sizes=SET_SIZES):
    """Return the first gene sets of a GMT that have a middling size and no gene in common: list of (id, genes)."""
    chosen, used = [], set()
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for name, _, *genes in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if sizes[0] <= len(genes) <= sizes[1] and used.isdisjoint(genes):
                chosen.append((name, genes))
                used.update(genes)
            if len(chosen) == wanted:
                return chosen
    raise ValueError(f"{path}: {len(chosen)} sets of {sizes[0]} to {sizes[1]} genes without a common one")


def known_genes(organism, root):
    """Return the gene table of an organism as a list of mappings: symbol, ensembl (or the ORF of yeast), entrez."""
    path = f"{root}/{gene_ids.TABLES}/{organism}.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def structure(genes, n_cells, sets, random):
    """Return the `Structure` of a data set.

    Parameters
    ----------
    genes : list of str
        What a gene is called in `sets`; "" for what is in none.
    n_cells : int
    sets : list of (str, list of str)
    random : numpy.random.Generator
    """
    members = np.full(len(genes), -1)
    place = {gene: index for index, gene in enumerate(genes) if gene}
    for dimension, (_, names) in enumerate(sets):
        members[[place[name] for name in names if name in place]] = dimension
    loadings = np.zeros((len(genes), DIMENSIONS), dtype=np.float32)
    inside = members >= 0
    loadings[inside, members[inside]] = random.uniform(1.0, 2.0, inside.sum())
    groups = np.sort(random.integers(DIMENSIONS, size=n_cells))
    activity = random.uniform(0, 0.5, (DIMENSIONS, n_cells))
    activity[groups, np.arange(n_cells)] = random.uniform(1.0, 2.0, n_cells)
    level = random.normal(-1.5, 1.8, len(genes))
    level[inside] = random.uniform(0.5, 1.5, inside.sum())
    return Structure(sets, members, groups, level.astype(np.float32), loadings, activity.astype(np.float32))


def values(planted, unit, random):
    """Yield the values of a data set in blocks of genes x cells, float32, in the cells' order.

    Parameters
    ----------
    planted : Structure
    unit : {"counts", "decimals", "logarithms"}
        Counts of molecules; TPM, FPKM or other counts with decimals, half of the weak ones not seen; log intensities of
        an array, which may be negative.
    random : numpy.random.Generator
    """
    for first in range(0, planted.activity.shape[1], BLOCK):
        activity = planted.activity[:, first : first + BLOCK]
        depth = random.normal(0, 0.3, activity.shape[1]).astype(np.float32)
        logs = planted.level[:, None] + planted.loadings @ activity
        if unit == "logarithms":
            noise = random.standard_normal(logs.shape, dtype=np.float32)
            yield np.round(logs + 7 + 0.2 * noise, 3)
            continue
        mean = np.exp(np.minimum(logs + depth, 9))
        if unit == "counts":
            yield random.poisson(mean).astype(np.float32)
            continue
        seen = random.random(logs.shape, dtype=np.float32) < 1 - np.exp(-mean)
        noise = np.exp(0.3 * random.standard_normal(logs.shape, dtype=np.float32))
        yield np.round(np.where(seen, 4 * mean * noise, 0), 2).astype(np.float32)


def events(n_events, n_channels, random):
    """Return events x channels of a mass cytometer: Time, event length, and markers of four kinds of cells.

    Ion counts lie between -1 and some thousands.
    """
    kinds = random.integers(DIMENSIONS, size=n_events)
    centres = random.choice([0.5, 2.0, 20.0, 120.0], size=(DIMENSIONS, n_channels - 2))
    markers = random.gamma(2.0, centres[kinds] / 2.0) + random.uniform(-1, 0, (n_events, n_channels - 2))
    time = np.sort(random.uniform(0, 5e5, n_events)).round()
    length = random.integers(10, 75, n_events)
    return np.column_stack([time, length, markers]).astype(np.float32)
