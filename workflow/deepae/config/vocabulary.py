"""The vocabulary: every metric, normalisation, organism, protocol and role, once.

Schemas, columns, tables, figures, audit and ablation derive from here, so that a new word is one entry. This module is
imported while the Snakefile is parsed: it imports nothing heavy and computes nothing.
"""

import math
from typing import NamedTuple

KEY_DIMENSIONS = 10
"""Measurements of the key dimensions (the paper's ten): up to here encoder products and models are saved."""
TABLE_MEASUREMENTS = 50
"""Measurements of the paper's Tables 3 and S1 to S4."""
TRAIN_FRACTION = 0.05
"""Share of the cells that train (the paper: 5 %)."""
TRAIN_MINIMUM = 5
"""Least number of training cells."""
SNR = 2.0
"""Signal over noise of the baselines' measurements: the ratio of the Frobenius norms."""


class Metric(NamedTuple):
    """What a metric's number means.

    Attributes
    ----------
    label : str
        On axes and in tables.
    title : str
        In headings.
    unit : str
        ``1`` for a pure number.
    lowest, highest : float
    direction : int
        1: higher is better; -1: lower is.
    family : str
        Tests of one family are adjusted together: ``printed`` (the paper's metrics), ``further``; empty: not tested.
    ratio : bool
        Whether the ratio of two values has a meaning (log ratios, percent).
    on_request : bool
        Computed only for methods that ask for it with `metrics` in methods.yaml.
    """

    label: str
    title: str
    unit: str
    lowest: float
    highest: float
    direction: int
    family: str = ""
    ratio: bool = False
    on_request: bool = False


METRICS = {
    "pcc": Metric("PCC", "Pearson correlation (PCC)", "1", -1.0, 1.0, 1, "printed"),
    "spearman": Metric("Spearman", "Spearman correlation", "1", -1.0, 1.0, 1, "further"),
    "em": Metric("EM", "Frobenius error (EM)", "expression", 0.0, math.inf, -1, "printed", ratio=True),
    "mae": Metric("MAE", "mean absolute error (MAE)", "expression", 0.0, math.inf, -1, "printed", ratio=True),
    "mse": Metric("MSE", "mean squared error", "expression squared", 0.0, math.inf, -1, "further", ratio=True),
    "pcc_cell": Metric("PCC per cell", "PCC, mean over cells", "1", -1.0, 1.0, 1, "further"),
    "pcc_gene": Metric("PCC per gene", "PCC, mean over genes", "1", -1.0, 1.0, 1, "further"),
    "em_allpairs": Metric(
        "EM over all pairs", "distance of all pairs", "expression", 0.0, math.inf, -1, on_request=True
    ),
}
"""The columns of metrics.tsv that are metrics, in order; `deepae.benchmark.metrics` computes them."""

PRINTED = tuple(name for name, metric in METRICS.items() if metric.family == "printed")
FURTHER = tuple(name for name, metric in METRICS.items() if metric.family == "further")
RATIOS = tuple(name for name, metric in METRICS.items() if metric.ratio)
BOUNDED = tuple(name for name, metric in METRICS.items() if metric.highest < math.inf)


class Normalization(NamedTuple):
    """A normalisation: how headings call it, and how a sentence calls its values."""

    label: str
    plural: str


NORMALIZATIONS = {
    "none": Normalization("raw values", "raw values"),
    "log1p": Normalization("log(x + 1)", "log(x + 1)"),
    "zscore": Normalization("z-score per cell", "z-scores"),
}
"""`deepae.data.normalise` computes them."""


class Organism(NamedTuple):
    """An organism: its scientific name, and whether its genes have a table under resources/gene_ids."""

    species: str
    gene_table: bool = True


ORGANISMS = {
    "mouse": Organism("Mus musculus"),
    "human": Organism("Homo sapiens"),
    "yeast": Organism("Saccharomyces cerevisiae"),
    "maize": Organism("Zea mays", gene_table=False),
}

PROTOCOLS = {
    "paper": "as published",
    "corrected": "unit-norm decoding",
    "released-zscore": "released program, z-score",
    "released-raw": "released program, raw",
    "control": "controls",
    "ablation": "one switch changed",
    "contest": "beyond the paper",
}
"""The protocols of methods.yaml, and how a table heads their methods."""


class Role(NamedTuple):
    """What a method is in a comparison.

    Attributes
    ----------
    label : str
        Heading of such methods.
    line : bool
        Drawn as a line that others are read against, not as a method of its own.
    ranked : bool
        Whether it may be called best. A ceiling has seen the test cells: it never is.
    """

    label: str
    line: bool = False
    ranked: bool = True


ROLES = {
    "proposed": Role("DeepAE"),
    "network": Role("networks and factor models"),
    "published": Role("baselines as published"),
    "unit-norm": Role("baselines with unit-norm decoding"),
    "compressed-sensing": Role("compressed sensing"),
    "panel": Role("panels of genes"),
    "control": Role("controls", line=True),
    "ceiling": Role("ceilings", line=True, ranked=False),
}
"""`proposed`: DeepAE under one of its own protocols; what tests set against all others."""

KINDS = {"single-cell": "single cells", "array": "arrays", "mass-cytometry": "mass cytometry"}
"""Kinds of data sets, and how a sentence calls them."""


def definitions():
    """Return what schemas refer to as ``#/$defs/…``: the words that are allowed."""
    words = {
        "normalization": NORMALIZATIONS,
        "organism": ORGANISMS,
        "mapped-organism": [name for name, organism in ORGANISMS.items() if organism.gene_table],
        "protocol": PROTOCOLS,
        "role": ROLES,
        "kind": KINDS,
        "metric": METRICS,
        "metric-on-request": [name for name, metric in METRICS.items() if metric.on_request],
    }
    return {name: {"enum": list(known)} for name, known in words.items()}
