# What the rules share: the package on the path, the checked configuration, the plan of the grid, and functions.
# Nothing here imports torch, pandas or anndata: this file is read at every start, on every node.
import json
import os
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

HERE = Path(str(workflow.current_basedir)).resolve()  # workflow/rules, also when this workflow is a module of another
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "workflow"))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT / "workflow")] + [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
)

from deepae import grid
from deepae.data import catalogue
from deepae.errors import DeepAEError
from deepae.fingerprint import fingerprint


def project_file(path):
    """Return a path as given if it exists, else below the project: a module's files are not where the user stands."""
    return str(path) if Path(path).exists() else str(ROOT / path)


def load_plan(config):
    """Read catalogue and methods, check everything, and expand the grid; a known error is one line, not a traceback."""
    try:
        return grid.load(config, project_file)
    except DeepAEError as error:
        print(f"deepae: {error}", file=sys.stderr)
        raise SystemExit(1) from None


PLAN = load_plan(config)
CONFIG = PLAN.config
CATALOGUE = PLAN.catalogue
METHODS = PLAN.methods
RESULTS = CONFIG["results"].rstrip("/")
TARGETS = []  # what `all` makes; each topic adds its own

KEPT = [
    (model["dataset"], model["normalization"], model["method"], int(h))
    for model in CONFIG.get("models", [])
    for h in model["measurements"]
]


wildcard_constraints:
    dataset=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    normalization="none|log1p|zscore",
    method=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    block=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    h=r"[1-9][0-9]*",


def grid_datasets():
    """Ids of the data sets of the grid."""
    return PLAN.datasets()


def cell_of(wildcards, h=None):
    """The cell of the grid that a job computes."""
    key = (wildcards.dataset, wildcards.normalization, wildcards.method, h)
    if key not in PLAN.cells:
        raise WorkflowError(f"{'/'.join(str(part) for part in key if part)} is not in the grid of this configuration")
    return PLAN.cells[key]


def trained_cell(wildcards):
    """The cell of the grid that a training job computes."""
    return cell_of(wildcards, int(wildcards.h))


def dictionary_method(method):
    """The method whose factorisation a method decodes, or None if it has none."""
    return METHODS[method].get("dictionary")


def dictionary_file(wildcards):
    """The factorisation that an evaluation decodes."""
    source = dictionary_method(wildcards.method)
    return f"{RESULTS}/dictionaries/{wildcards.dataset}/{wildcards.normalization}/{source}.npz" if source else []


def dictionary_seeds(wildcards):
    """The seeds of a factorisation: those of all methods that decode it."""
    seeds = set()
    for cell in PLAN.cells.values():
        if (cell.dataset, cell.normalization) == (wildcards.dataset, wildcards.normalization):
            if dictionary_method(cell.method) == wildcards.method:
                seeds.update(*cell.runs.values())
    if not seeds:
        raise WorkflowError(f"no method of the grid decodes {wildcards.method} on {wildcards.dataset}")
    return " ".join(map(str, sorted(seeds)))


def kept():
    """A pattern for the data set of a trained cell whose model is kept: it looks ahead at the rest of the path."""
    looks = [rf"{re.escape(dataset)}(?=/{normalization}/{re.escape(method)}[/-]h{h}\.)" for dataset, normalization, method, h in KEPT]
    return "|".join(looks) or "(?!)"


def not_kept():
    """A pattern for the data set of a trained cell whose model is not kept."""
    return rf"(?!{kept()})[A-Za-z0-9][A-Za-z0-9._-]*"


def block_text(name):
    """What picks a block's rows from the metrics of its cells, as plain text for params."""
    block = PLAN.blocks[name]
    return json.dumps({"measurements": block.measurements, "seeds": block.seeds})


def dataset_files(wildcards):
    """The files a data set is read from: bundled, the user's own, or fetched."""
    return [
        str(path) if path.is_relative_to(catalogue.DOWNLOADS) else project_file(path)  # downloads: where the user stands
        for path in catalogue.paths(CATALOGUE[wildcards.dataset])
    ]


def ingest_text(dataset):
    """What the ingested matrix depends on, as plain text for params: where a file comes from is not in it."""
    entry = CATALOGUE[dataset]
    files = [{key: file[key] for key in file if key not in ("url", "mirrors", "status")} for file in entry["files"]]
    ignored = ("label", "seeds", "normalizations", "files", "manual")
    return json.dumps({key: entry[key] for key in entry if key not in ignored} | {"files": files}, sort_keys=True)


def code_of(method):
    """The modules behind a method's implementation."""
    return "methods." + METHODS[method]["implementation"].partition(":")[0]


def entry_text(method):
    """What a method computes from, as plain text for params: labels, colours and references rerun nothing."""
    entry = METHODS[method]
    keys = ("protocol", "implementation", "needs", "split", "metrics", "parameters")
    return json.dumps({key: entry[key] for key in keys if key in entry}, sort_keys=True)


def settings_text(*keys):
    """Settings of the configuration as plain text for params."""
    return json.dumps({key: CONFIG[key] for key in keys if key in CONFIG}, sort_keys=True)


def cell_file(cell):
    """The metrics of a cell."""
    return f"{RESULTS}/metrics/{cell.stem}.tsv"


def cell_files(block):
    """The metrics of all cells of a block."""
    return [cell_file(cell) for cell in PLAN.block_cells(block)]


def block_table(block):
    """The table of a block's rows."""
    return f"{RESULTS}/tables/blocks/{block}.tsv"


def per_cell_files(block):
    """The per-cell errors of all cells of a block."""
    return [f"{RESULTS}/metrics/{cell.stem}.cells.npz" for cell in PLAN.block_cells(block)]


def encoder_file(dataset, normalization, method, h):
    """The encoder's product of a trained cell, for h <= 10."""
    return f"{RESULTS}/metrics/{dataset}/{normalization}/{method}/h{h}.encoder.npz"


def model_file(dataset, normalization, method, h):
    """The kept model of a trained cell."""
    return f"{RESULTS}/models/{dataset}/{normalization}/{method}-h{h}.safetensors"


def methods_text(names=None):
    """Labels, colours and protocols of methods, in the order of the table, as plain text for params."""
    return json.dumps(
        {
            name: {key: entry[key] for key in ("label", "colour", "protocol", "dictionary") if key in entry}
            for name, entry in METHODS.items()
            if names is None or name in names
        }
    )


def dataset_note(name, block=None):
    """What a reader must know of a data set in a figure: that it is a subset, that training was shortened."""
    entry = CATALOGUE[name]
    notes = [entry["note"]] if entry.get("note") else []
    if block is not None:
        for method in PLAN.blocks[block].methods:
            own = METHODS[method].get("parameters", {}).get("iterations")
            steps = PLAN.blocks[block].iterations.get(name, own)
            if own and steps and steps < own:
                notes.append(f"shortened training: {steps} of {own} iterations")
    return "; ".join(dict.fromkeys(notes))


def datasets_text(block=None, names=None):
    """Labels and notes of data sets as plain text for params."""
    names = names or (PLAN.blocks[block].datasets if block else grid_datasets())
    return json.dumps(
        {name: {"label": CATALOGUE[name].get("label", name), "note": dataset_note(name, block)} for name in names}
    )


def items(kind, name):
    """The entries of `figures` or `tables` with one name, with what their rule needs.

    Each has: rule_name (e.g. figure_2 or figure_2_raw), variant, stem (path without suffix), block, normalization,
    table (the block's rows), methods and datasets (texts for params), log, labels (for the report), entry.
    """
    found = []
    for entry in CONFIG.get(kind, []):
        if entry["name"] != name:
            continue
        variant = entry.get("variant", "")
        full = f"{name}-{variant}" if variant else name
        block = entry.get("block")
        title = name.replace("-", " ").capitalize().replace(" s", " S")
        found.append(
            SimpleNamespace(
                rule_name=re.sub(r"[^A-Za-z0-9]", "_", full),
                variant=variant,
                block=block,
                normalization=PLAN.blocks[block].normalization if block else "",
                stem=f"{RESULTS}/{kind}/{full}",
                table=block_table(block) if block else [],
                methods=methods_text(PLAN.blocks[block].methods if block else None),
                datasets=datasets_text(block) if block else datasets_text(),
                log=f"{RESULTS}/logs/{kind}/{full}.log",
                labels={kind[:-1]: f"{title} ({variant})" if variant else title},
                entry=entry,
            )
        )
    return found


def figures(name):
    """The configured figures of one name."""
    return items("figures", name)


def tables(name):
    """The configured tables of one name."""
    return items("tables", name)


def picture_files(stem):
    """The three files of a figure."""
    return [f"{stem}.{suffix}" for suffix in ("svg", "pdf", "png")]


def missing_cells():
    """The cells of the grid without a result."""
    return [cell for cell in PLAN.cells.values() if not os.path.exists(cell_file(cell))]


def say_what_is_missing():
    """After a failed run: which cells of the grid are missing, how to retry them and how to draw the rest."""
    missing = missing_cells()
    if not missing or {"fetch", "fetch_check"} & set(sys.argv):  # those end with a table of their own
        return
    command = " ".join(["snakemake", *(shlex.quote(word) for word in sys.argv[1:])])
    print(f"deepae: {len(missing)} of {len(PLAN.cells)} cells of the grid are missing:", file=sys.stderr)
    for cell in missing[:20]:
        print(f"  {cell_file(cell)}  (log: {RESULTS}/logs/)", file=sys.stderr)
    if len(missing) > 20:
        print(f"  … and {len(missing) - 20} more", file=sys.stderr)
    print(f"deepae: retry with: {command}", file=sys.stderr)
    print(f"deepae: draw what exists with: {command} partial", file=sys.stderr)
