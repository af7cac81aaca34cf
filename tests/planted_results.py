"""A run that never was, in which the paper holds: tables for the audit, to be spoiled by tests."""

import functools
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from deepae.analysis import overfitting
from deepae.analysis.runs import read_metrics
from deepae.analysis.skill import skill_intervals
from deepae.analysis.ttests import ttests
from deepae.analysis.wilcoxon import wilcoxon
from deepae.audit.results import Results
from deepae.benchmark.columns import COLUMNS
from deepae.config import catalogue, grid
from deepae.io.files import write_tsv

NINE = ["GSE60361", "GSE65525", "GSE62270", "GSE48968", "GSE52529", "GSE84133", "GSE78779", "GSE69405", "GSE102475"]
FIGURES, ALL = (10, 25, 50, 100), (1, 2, 5, 10, 25, 50, 100)
BASELINES = ("svd", "ksvd", "snmf", "smaf")
COMPARED = ("deepae", *BASELINES)
# PCC at h = 50, EM and MAE as in Table 3; PCC within genes; others by the paper's words.
PAPER = {
    "svd": (0.7708, 1.939e6, 1.353e6),
    "ksvd": (0.8428, 1.939e6, 1.352e6),
    "snmf": (0.8553, 1.933e6, 1.347e6),
    "smaf": (0.8561, 1.931e6, 1.345e6),
    "deepae": (0.9056, 9.836e5, 3.693e5),
    "deepae1": (0.82, 1.1e6, 4e5),
    "deepae2": (0.84, 1.1e6, 4e5),
    "deepae3": (0.86, 1.1e6, 4e5),
    "deepae5": (0.90, 9.7e5, 3.6e5),
    "deepae6": (0.89, 1.1e6, 4e5),
    "deepae-released-zscore": (0.9056, 9.836e5, 3.693e5),
    "deepae-released-raw": (0.9056, 9.836e5, 3.693e5),
    "zero": (np.nan, 1.94e6, 1.355e6),
    "mean": (0.5, 1.8e6, 1.3e6),
    "mean-released-zscore": (0.5, 1.8e6, 1.3e6),
    "pca": (0.7, 1.9e6, 1.35e6),
    "random-lmmse": (0.6, 1.9e6, 1.35e6),
}
CORRECTED = {f"{name}-corrected": (PAPER[name][0], 1.2e6, 8e5) for name in BASELINES}
OWN_RUN = {1: 0.813, 10: 0.863, 50: 0.866}


@functools.cache
def methods(root):
    """What the audit knows of the methods."""
    found = {}
    for name, entry in grid.load_methods(root / "config/methods.yaml").items():
        parameters = entry.get("parameters", {})
        found[name] = {key: entry[key] for key in ("label", "colour", "protocol", "role", "base") if key in entry}
        if "iterations" in parameters:
            found[name]["iterations"] = parameters.get("report_after", parameters["iterations"])
    return found


@functools.cache
def known_datasets(root):
    """The entries of the catalogue."""
    return catalogue.load(root / "config/datasets.yaml")


def datasets(root, names):
    """What the audit knows of the data sets."""
    entries = known_datasets(root)
    keys = ("label", "note", "kind", "complete", "subset_of")
    return {name: {key: entries[name][key] for key in keys if key in entries[name]} for name in names}


def metrics(root):
    """Rows as metrics.tsv in which each claim about metrics holds."""
    known, entries = methods(root), known_datasets(root)
    arrays, cytof = ["metabolic-mouse", "metabolic-maize"], ["CyTOF-MDA-MB-231"]
    plan = [("none", name, FIGURES) for name in NINE + cytof]
    plan += [("zscore", name, ALL) for name in ("GSE84133", "GSE65525", "GSE60361", "GSE102475")]
    plan += [("zscore", name, FIGURES) for name in arrays]
    plan += [("log1p", "GSE60361", (10,))]
    rows = []
    for normalization, dataset, hs in plan:
        shape = entries[dataset]["expected"]
        train = max(int(0.05 * shape["cells"]), 5)
        for method, numbers in (PAPER | CORRECTED).items():
            if method.endswith("raw") and normalization != "none":
                continue
            if method.endswith("released-zscore") and normalization != "zscore":
                continue
            for h in (h for h in hs if h <= shape["genes"]):
                for position, seed in enumerate(entries[dataset]["seeds"]):
                    row = dict.fromkeys(COLUMNS, "") | _values(method, dataset, h, numbers, position)
                    row |= {"dataset": dataset, "normalization": normalization, "method": method, "seed": seed}
                    row |= {"protocol": known[method]["protocol"], "measurements": h, "status": "ok"}
                    row |= {"n_train": train, "n_test": shape["cells"] - train, "n_genes": shape["genes"]}
                    row |= {"iterations": known[method].get("iterations", ""), "device": "cpu", "threads": 1}
                    rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _values(method, dataset, h, numbers, position):
    pcc, em, mae = numbers
    small = np.log(50 / h)  # below 0 for h = 100
    if method.removesuffix("-corrected") in BASELINES:
        pcc -= {"smaf": 0.03}.get(method.removesuffix("-corrected"), 0.05) * small
    elif method.startswith("deepae"):
        pcc -= 0.002 * small
    if dataset == "GSE69405" and method == "deepae3":
        pcc = 0.95
    if dataset == "GSE84133" and method == "deepae5":
        pcc = 0.93
    spearman = pcc - (0.05 * small if method.startswith("deepae") else 0.1)
    if method == "deepae-released-zscore" and dataset == "GSE102475" and h in OWN_RUN:
        pcc, mae = OWN_RUN[h], 0.199
    own_noise = zlib.crc32(f"{dataset} {method}".encode()) / 2**32
    noise = 1 + 1e-4 * (position - 2) * (1 + 0.1 * len(method)) + 1e-7 * own_noise
    own = method == "deepae-released-zscore" or method == "mean-released-zscore"
    return {
        "pcc": pcc * noise,
        "spearman": spearman * noise,
        "em": em * noise,
        "mae": mae * noise,
        "mse": numbers[2] * noise,  # as if the printed MAE were mean squared errors
        "pcc_cell": pcc * noise,
        "pcc_gene": (pcc - 0.2) * noise,
        "em_allpairs": 52 * noise if own else "",
        "fit_seconds": {"deepae": 1445.55, "deepae5": 2542.33}.get(method, 1.0),
    }


def write(root, folder, table):
    """Write all tables of a run below a folder and return its `Results`."""
    folder = Path(folder)
    tables = folder / "tables"
    write_tsv(tables / "metrics.tsv", table)
    frame = read_metrics(tables / "metrics.tsv", methods(root))
    at_50 = frame[(frame["measurements"] == 50) & (frame["normalization"] == "none")]
    at_50 = at_50[at_50["dataset"].isin(NINE)]
    small = frame[(frame["measurements"] == 10) & (frame["normalization"] == "zscore")]
    linear = frame[(frame["normalization"] == "zscore") & frame["method"].isin(["deepae", "pca"])]
    write_tsv(tables / "ttests.tsv", pd.concat([tests(at_50), ttests(linear, names=("pcc", "em", "mae"))]))
    write_tsv(tables / "wilcoxon.tsv", wilcoxon(at_50[at_50["method"].isin(COMPARED)], names=("pcc", "em", "mae")))
    write_tsv(tables / "skill.tsv", skill_intervals(small[small["method"].isin([*COMPARED, "mean"])]))
    trained = frame[frame["method"].eq("deepae")].drop_duplicates(["dataset", "normalization", "measurements", "seed"])
    trained = trained.assign(mae_train=trained["mae"] / 1.5, mae_test=trained["mae"], ratio=1.5)
    write_tsv(tables / "overfitting.tsv", trained[overfitting.COLUMNS])
    files = {kind: [tables / f"{kind}.tsv"] for kind in ("metrics", "ttests", "wilcoxon", "skill", "overfitting")}
    return Results(files | meanings(folder), folder, datasets(root, dict.fromkeys(table["dataset"])), methods(root))


def tests(frame):
    """The t-tests of DeepAE against the baselines."""
    return ttests(frame[frame["method"].isin(COMPARED)], names=("pcc", "em", "mae"))


def spoiled(root, results, table=None, **changes):
    """Return the `Results` of a run with other metrics, or with changed columns in one table (kind: columns)."""
    entries = results.datasets if table is None else datasets(root, dict.fromkeys(table["dataset"]))
    other = Results(results.files, results.root, entries, results.methods)
    other._frames |= {kind: results.frame(kind) for kind in results.files}  # as read
    other._frames |= {} if table is None else {"metrics": table}
    other._frames |= {kind: results.frame(kind).assign(**columns) for kind, columns in changes.items()}
    return other


def meanings(folder):
    """Write the tables of codes, key genes and enrichment of all nine data sets; return their paths by kind."""
    near = [
        (name, normalization, method, kind, h, seed, h, 100, 10, trust, recall, 0.1, 2, 0.5, 0.5, "")
        for name in NINE
        for normalization in (("none", "zscore") if name == "GSE60361" else ("none",))
        for method, kind, trust, recall in (
            ("deepae", "code", 0.9, 0.5),
            ("pca", "scores", 0.85, 0.4),
            ("random", "projection", 0.7, 0.3),
        )
        for h in (1, 2, 5, 10)
        for seed in (1, 2)
    ]
    columns = "dataset normalization method representation measurements seed dimensions n_cells k trustworthiness "
    columns += "recall chance clusters ari ami reason"
    path = folder / "tables/neighbourhood.tsv"
    write_tsv(path, pd.DataFrame(near, columns=columns.split()))
    files = {"neighbourhood": [path], "key_genes": [], "stability": [], "enrichment": [], "control": []}
    genes = pd.DataFrame({"rank": range(1, 1998)})
    top = {"ranking": "path", "normalization": "none", "method": "deepae", "measurements": 10, "seed": 1}
    path = folder / "interpretation/GSE60361/key-genes.tsv"
    write_tsv(path, pd.concat([genes.assign(**top, dimension=k) for k in (1, 2)]))
    files["key_genes"].append(path)
    titles = {
        "GSE65525": "Myometrial relaxation and contraction pathways",
        "GSE48968": "Nonalcoholic fatty liver disease",
        "GSE52529": "VEGFA-VEGFR2 signaling",
        "GSE62270": "Translation factors",
    }
    for name in NINE:
        path = folder / f"interpretation/{name}/stability.tsv"
        rows = [
            ("none", "deepae", 10, quantity, source, a, b, pairs, value, low, high)
            for quantity in ("jaccard-top", "cka-codes", "cka-codes-without-1")
            for source, a, b, pairs, value, low, high in (
                *(("observed", a, b, 1, 0.5, np.nan, np.nan) for a, b in ((1, 2), (1, 3), (2, 3))),
                ("random", 1, 2, 3, 0.06, 0.05, 0.07),
            )
        ]
        columns = "normalization method measurements quantity source seed_a seed_b pairs value low high"
        write_tsv(path, pd.DataFrame(rows, columns=columns.split()))
        files["stability"].append(path)
        rows, controls = [], []
        for kind in ("go", "wikipathways"):
            for background in ("annotated", "measured"):
                for k in range(1, 11):
                    term = titles.get(name, "x") if kind == "wikipathways" else f"term {k}"
                    where = (name, kind, "planted", "1", k, background)
                    rows.append((*where, 1997, 1684, 7, term, 1e-5, 1e-3, ""))
                    criteria = ["p_adjusted <= 0.01"] if kind == "go" else ["p_adjusted <= 0.05", "p < 0.05"]
                    statistics = [("terms-of-dimension", k)]
                    statistics += [("dimensions", ""), ("terms", "")] if k == 1 else []
                    controls += [
                        (name, kind, background, criterion, how, *statistic, 7, 199, 0.0, 1.0, 0.1, 0.005)
                        for how in ("free", "strata")
                        for criterion in criteria
                        for statistic in statistics
                    ]
        columns = "dataset kind library version dimension background key_genes query_size terms lowest_term lowest_p "
        columns += "lowest_p_adjusted_all reason"
        path = folder / f"enrichment/{name}/summary.tsv"
        write_tsv(path, pd.DataFrame(rows, columns=columns.split()))
        files["enrichment"].append(path)
        columns = "dataset kind background criterion relabelled statistic dimension observed draws null_median "
        columns += "null_95 null_any p"
        path = folder / f"enrichment/{name}/control.tsv"
        write_tsv(path, pd.DataFrame(controls, columns=columns.split()))
        files["control"].append(path)
    return files
