"""Tables 1 and 2: the data sets as they were read, and the architectures."""

import itertools

import pandas as pd

from deepae.config.architectures import ARCHITECTURES
from deepae.config.vocabulary import TABLE_MEASUREMENTS as MEASUREMENTS

SHAPES = ("genes", "cells", "expected_genes", "expected_cells", "paper_genes", "paper_cells")


def table_1(found, methods=None, datasets=None):
    """Data sets (P Table 1).

    Parameters
    ----------
    found : dict of str to dict
        What was found in each ingested file: ``genes``, ``cells``, ``nonzero`` (share of the values).
    methods
        Not used.
    datasets : dict of str to dict
        Entries of the catalogue.

    Returns
    -------
    pandas.DataFrame
        Columns dataset, accession, species, genes, cells, expected_genes, expected_cells (the catalogue's),
        paper_genes, paper_cells (of the paper's data set, also where this is a part of it), nonzero,
        unit, journal, note.
    """
    rows = []
    for name, size in found.items():
        entry = (datasets or {}).get(name, {})
        expected = entry.get("expected") or {}
        rows.append(
            {
                "dataset": name,
                "accession": entry.get("accession", ""),
                "species": entry.get("species", ""),
                "genes": size["genes"],
                "cells": size["cells"],
                "expected_genes": expected.get("genes"),
                "expected_cells": expected.get("cells"),
                "paper_genes": entry.get("paper", {}).get("genes"),
                "paper_cells": entry.get("paper", {}).get("cells"),
                "nonzero": size["nonzero"],
                "unit": entry.get("unit", ""),
                "journal": entry.get("journal", ""),
                "note": entry.get("note") or "",
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({name: "Int64" for name in SHAPES})


def table_2(found, methods=None, datasets=None, architectures=ARCHITECTURES, h=MEASUREMENTS):
    """Architectures (P Table 2).

    Parameters
    ----------
    found : dict of str to dict
        ``genes`` of each ingested data set; weights are counted for the largest.
    methods, datasets
        Not used.
    architectures : dict of str to sequence of int
        Hidden widths of the encoder before the centre.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, layers (widths from input to output, g: genes, h: measurements), hidden_layers, genes,
        measurements, weights (biases included).
    """
    genes = max((size["genes"] for size in found.values()), default=0)
    rows = []
    for name, hidden in architectures.items():
        half = ["g", *map(str, hidden)]
        widths = [genes, *hidden, h, *reversed(hidden), genes]
        rows.append(
            {
                "architecture": name,
                "layers": "-".join([*half, "h", *reversed(half)]),
                "hidden_layers": len(widths) - 2,
                "genes": genes,
                "measurements": h,
                "weights": sum((a + 1) * b for a, b in itertools.pairwise(widths)),
            }
        )
    return pd.DataFrame(rows)
