"""Parts of configurations that tests share: an entry of the catalogue, a block of the grid, and nothing beside it."""

import yaml

ENTRY = yaml.safe_load("""
    {label: x, kind: single-cell, unit: counts, complete: true, gene_id_type: none, seeds: [1, 2],
     reader: {layout: genes-by-cells, separator: tab, header: full}, normalizations: [none, log1p, zscore]}
""")
ONLY_THE_GRID = {"figures": [], "tables": [], "models": [], "audit": False}


def entry(file, **changes):
    """Return an entry of one file, which is at a path unless `file` says otherwise."""
    return ENTRY | {"files": [file]} | changes


def block(dataset, normalization="none", methods=("mean",), h=2, seeds=1):
    """Return a block of the grid."""
    about = {"name": "main", "datasets": [dataset], "normalization": normalization, "methods": list(methods)}
    return about | {"measurements": [h], "seeds": seeds}


def geo_path(accession, file):
    """Return the path of a file on GEO's server."""
    return f"/series/{accession[:-3]}nnn/{accession}/{file}"


def geo_entry(accession, genes, **changes):
    """Return the entry of a series with one file of 8 cells on GEO's server."""
    file = {"name": f"{accession}.txt.gz", "url": "{base}" + geo_path(accession, f"suppl/{accession}.txt.gz")}
    about = {"accession": accession, "species": "Mus musculus", "expected": {"genes": genes, "cells": 8}}
    return entry(file, label=accession, **about | changes)
