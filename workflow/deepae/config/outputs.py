"""The figures and tables: one entry each, and what a configuration asks of them.

An entry says what it shows, what it needs and what draws it; rules, checks and the report derive from it. Light:
painters are names, and are imported where they draw.
"""

from typing import NamedTuple

from deepae.config.vocabulary import PRINTED


class Figure(NamedTuple):
    """A figure.

    Attributes
    ----------
    subject : str
        What it shows: beside its number in headings and in the report.
    painter : str
        Module and function in `deepae.figures`.
    needs : str
        ``block`` (rows of a block), ``heatmap`` (a block and a saved model of its first data set), ``models`` (saved
        models of its data sets) or ``nothing``.
    metrics : tuple of str
        Of a comparison: its columns of panels.
    kind : str
        Of a comparison: only data sets of this kind.
    reads : str
        What the figure reads beside the rows of its block: ``cells`` (the errors of each cell), ``trained`` (the errors
        of networks on their training cells); ``all`` (the rows of all blocks in place of one).
    """

    subject: str
    painter: str
    needs: str = "block"
    metrics: tuple = ()
    kind: str = ""
    reads: str = ""


class Table(NamedTuple):
    """A table: what it shows, the function in `deepae.tables` that makes it, what it needs.

    `needs` is ``block``, ``cells`` (a block and the errors of each cell), ``tests`` (of a block's methods and data
    sets) or ``data`` (the ingested data sets).
    """

    subject: str
    painter: str
    needs: str = "block"


FIGURES = {
    "figure-1": Figure("the network", "figure_1:draw", "nothing"),
    "figure-2": Figure("correlation with the original (PCC)", "comparison:bars", metrics=("pcc",)),
    "figure-3": Figure("Frobenius norm of the error (EM)", "comparison:bars", metrics=("em",)),
    "figure-4": Figure("correlation over the data sets (PCC)", "comparison:average", metrics=("pcc",)),
    "figure-5": Figure("heat maps of the reconstructions", "figure_5:draw", "heatmap"),
    "figure-6": Figure("arrays", "comparison:bars", metrics=PRINTED, kind="array"),
    "figure-7": Figure("mass cytometry", "comparison:bars", metrics=PRINTED, kind="mass-cytometry"),
    "figure-8": Figure("cells before and after compression", "embedding:draw", "models"),
    "figure-9": Figure("a pathway of the key genes", "figure_9:draw", "models"),
    "figure-s1": Figure("mean absolute error (MAE)", "comparison:bars", metrics=("mae",)),
    "figure-s2": Figure("cells before and after compression, other data sets", "embedding:draw", "models"),
    "figure-s3": Figure("GO terms of the key dimensions", "figure_s3:draw", "models"),
    "figure-s4": Figure("further pathways", "figure_9:draw", "models"),
    "figure-s5": Figure(
        "correlation and errors against the number of measurements", "comparison:lines", metrics=PRINTED
    ),
    "figure-s6": Figure("rank correlation (Spearman)", "comparison:lines", metrics=("spearman",)),
    "figure-s7": Figure("codes as heat maps", "figure_s7:draw", "heatmap"),
    "summary": Figure("every method between the mean profile and the ceiling", "scaled:draw", metrics=PRINTED),
    "learning-curve": Figure("scores against the number of training cells", "axis:draw", metrics=("pcc", "em")),
    "noise": Figure("scores against the noise of the measurements", "axis:draw", metrics=("pcc", "em")),
    "rate-distortion": Figure("scores against the bits of a code", "axis:draw", metrics=("pcc", "em")),
    "training-length": Figure(
        "errors against the number of updates", "axis:draw", metrics=("em", "mae"), reads="trained"
    ),
    "held-out-group": Figure("trained on one group of cells, tested on another", "axis:draw", metrics=("em", "pcc")),
    "cross-normalization": Figure(
        "trained under one normalisation, scored under another", "axis:draw", metrics=("pcc", "em")
    ),
    "specification": Figure(
        "DeepAE over its rivals under every choice", "specification:draw", "nothing", metrics=("em",), reads="all"
    ),
    "ranks": Figure("least error first, and which tie", "ranks:draw", metrics=("em",), reads="cells"),
    "cost": Figure("accuracy, seconds and size of the decoder", "cost:draw", metrics=("em",), reads="cells"),
    "ablation": Figure("one switch at a time", "ablation:draw"),
    "stability": Figure("key dimensions under another seed", "stability:draw", "models"),
}
TABLES = {
    "table-1": Table("data sets", "data:table_1", "data"),
    "table-2": Table("architectures", "data:table_2", "data"),
    "table-3": Table("average over data sets", "comparison:table_3"),
    "table-s1": Table("architectures DeepAE1 to DeepAE4", "comparison:table_s1"),
    "table-s2": Table("architectures DeepAE4 to DeepAE6", "comparison:table_s2"),
    "table-s3": Table("each data set", "comparison:table_s3"),
    "table-s4": Table("t-tests over seeds", "tests:table_s4", "tests"),
    "contest": Table("scaled scores, further metrics and cost", "contest:contest", "cells"),
}
REGISTRIES = {"figures": FIGURES, "tables": TABLES}
VARIANTS_MADE = ("by-method",)
"""Endings of the companions that a figure makes beside itself; no variant may take such a name."""


def title(name):
    """Return what a figure or table is called: ``figure-s1`` -> ``Figure S1``."""
    return name.replace("-", " ").capitalize().replace(" s", " S")


def heading(name):
    """Return name and subject: ``Figure 2 · correlation with the original``."""
    entry = FIGURES.get(name) or TABLES[name]
    return f"{title(name)} · {entry.subject}"


def caption_of(name):
    """Return the file of workflow/report, without suffix, that says what a figure or table shows and how."""
    if name in FIGURES and is_comparison(name):
        return "comparison"
    shared = {"stability": "figure-stability", "figure-s2": "figure-8", "figure-s4": "figure-9"}
    return shared.get(name, name)


def is_comparison(name):
    """Return whether a figure compares methods on the rows of a block."""
    return FIGURES[name].painter.startswith("comparison:")
