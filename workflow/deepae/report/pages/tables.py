"""Tables of the home page: what each is, and its rows as a script, since a page from a disk may read nothing else."""

import json
import math

import numpy as np
import pandas as pd

from deepae.io.tables import read_tsv

TABLES = {
    "metrics": ("tables/metrics.tsv", "Metrics", "Every run: correlations and errors on the test cells."),
    "ttests": ("tables/ttests.tsv", "t-tests", "DeepAE against each other method, over the seeds of a data set."),
    "wilcoxon": ("tables/wilcoxon.tsv", "Wilcoxon", "DeepAE against each other method, over data sets."),
    "skill": ("tables/skill.tsv", "Skill", "Improvement on the mean training profile, over seeds."),
    "bootstrap": ("tables/skill-bootstrap.tsv", "Skill over cells", "The same, cells drawn again."),
    "overfitting": ("tables/overfitting.tsv", "Overfitting", "Error on training cells against error on test cells."),
    "contest": ("tables/contest.tsv", "Contest", "Each method and h: scaled scores, metrics beyond the paper's, cost."),
    "ranks": ("tables/ranks.tsv", "Ranks", "Ranks by EM, and what ties when cells and seeds are drawn again."),
    "specification": ("tables/specification.tsv", "Specifications", "DeepAE over each rival under every choice."),
    "neighbourhood": ("tables/neighbourhood.tsv", "Neighbours", "How well codes keep who is near whom."),
    "enrichment": ("enrichment", "Enrichment", "GO terms and pathways of each key dimension."),
    "control": ("control", "Enrichment by chance", "How many terms are found where genes are relabelled at random."),
    "stability": ("stability", "Key genes, seeds", "Key genes and codes under another seed, and their nulls."),
    "questions": ("audit/questions.tsv", "Our questions", "Questions of our own and their answers."),
    "claims": ("audit/claims.tsv", "Claims", "The paper's claims and what was found."),
}
"""Name: path below the results (or the kind of one table for each data set), title, caption."""
HIDDEN = ("fit_seconds", "evaluate_seconds", "evidence", "device", "threads", "genes")
"""Columns that only the file has: seconds, devices and long texts."""


def read(paths):
    """Read and stack the tables of several files; one of a data set's folder gets the column dataset."""
    parts = []
    for path in paths:
        frame = read_tsv(path)
        if "dataset" not in frame and len(paths) and path.parent.parent.name in ("enrichment", "interpretation"):
            frame.insert(0, "dataset", path.parent.name)
        parts.append(frame)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def script(name, frame, meanings):
    """Return a table as the script that hands it to the page.

    Numbers have five significant digits; a column of texts is a list of its different texts and an index for each row.

    Parameters
    ----------
    name : str
        One of `TABLES`.
    frame : pandas.DataFrame
    meanings : dict of str to str
        What a column means: shown when a heading is pointed at.
    """
    frame = frame[[column for column in frame if column not in HIDDEN and frame[column].notna().any()]]
    columns, values = [], []
    for column in frame:
        entry = {"name": column}
        if column in meanings:
            entry["meaning"] = meanings[column]
        if pd.api.types.is_numeric_dtype(frame[column]) and frame[column].dtype != bool:
            values.append([_rounded(value) for value in frame[column]])
        else:
            texts = frame[column].fillna("").astype(str)
            codes, different = pd.factorize(texts)
            entry["texts"] = list(different)
            values.append([int(code) for code in codes])
        columns.append(entry)
    table = {"caption": TABLES[name][2], "columns": columns, "rows": list(zip(*values, strict=True))}
    text = json.dumps(table, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    return f"deepaeTable({json.dumps(name)},{text});\n"


def _rounded(value):
    if not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < 1e9:
        return int(value)
    return float(np.format_float_positional(value, precision=5, fractional=False)) if value else 0
