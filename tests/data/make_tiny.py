"""Cut the tiny data sets of the workflow tests from the bundled ones: most variable genes, first cells of each kind.

    python tests/data/make_tiny.py

Committed beside this file are its two outputs; sources and licences are those of resources/README.md.
"""

import gzip
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
EXPRESSION = HERE.parent.parent / "resources" / "expression"


def cut(source, target, n_genes, cells):
    with gzip.open(EXPRESSION / source, "rt") as file:
        header = file.readline().rstrip("\n").split("\t")
        rows = [line.rstrip("\n").split("\t") for line in file]
    columns = [0] + [position + 1 for position in cells(header[1:])]
    values = np.log1p(np.array([row[1:] for row in rows], dtype=float)[:, np.array(columns[1:]) - 1])
    chosen = np.sort(np.argsort(-values.var(axis=1), kind="stable")[:n_genes])
    lines = [[header[c] for c in columns]] + [[rows[r][c] for c in columns] for r in chosen]
    with open(HERE / target, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as file:
        file.write(("\n".join("\t".join(line) for line in lines) + "\n").encode())


def stressed_and_not(names):
    stressed = [position for position, name in enumerate(names) if "_Stressed" in name]
    others = [position for position, name in enumerate(names) if "_Unstressed" in name]
    return stressed[:30] + others[:30]


cut("GSE102475_GASCH_NaCl-scRNAseq_NormData.txt.gz", "tiny-yeast.tsv.gz", 400, stressed_and_not)
cut("GSE60361_zeisel_subset_3529x200_counts.tsv.gz", "tiny-mouse.tsv.gz", 300, lambda names: range(50))
