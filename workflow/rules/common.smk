# What the rules share: the package on the path, the checked configuration, the plan of the grid, and functions.
# Nothing here imports torch, pandas or anndata: this file is read at every start, on every node.
import atexit
import json
import os
import re
import shlex
import sys
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(str(workflow.current_basedir)).resolve()  # workflow/rules, also when this workflow is a module of another
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "workflow"))
python_path = [str(ROOT / "workflow"), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
os.environ.update(PYTHONPATH=os.pathsep.join(python_path))

from deepae.config import genesets, grid, roles
from deepae.config import catalogue
from deepae.config.vocabulary import KEY_DIMENSIONS, NORMALIZATIONS, TRAIN_FRACTION, TRAIN_MINIMUM
from deepae.errors import DeepAEError
from deepae.io.yaml_files import read_yaml
from deepae.config.fingerprint import fingerprint, packages
from deepae.data.own_data import MAPPED, own_data
from deepae.report import ending

STARTED = time.time()
IS_A_JOB = "--mode" in sys.argv  # snakemake itself, started again for one job


def project_file(path):
    """Return a path as given if it exists, else below the project: a module's files are not where the user stands."""
    return str(path) if Path(path).exists() else str(ROOT / path)


def load_plan(config):
    """Read catalogue and methods, check everything, and expand the grid; a known error is one line, not a traceback."""
    try:
        for path in workflow.configfiles:
            read_yaml(path)  # Snakemake takes the last of two equal keys without a word
        return grid.load(config, project_file, own_data)
    except DeepAEError as error:
        print(f"deepae: {error}", file=sys.stderr)
        raise SystemExit(1) from None


PLAN = load_plan(config)
CONFIG = PLAN.config
CATALOGUE = PLAN.catalogue
METHODS = PLAN.methods
RESULTS = CONFIG["results"].rstrip("/")
if not IS_A_JOB:
    for line in PLAN.said:
        print(f"deepae: {line}", file=sys.stderr)
TARGETS = []  # what `all` makes; each topic adds its own

SAVED = [
    (model["dataset"], model["normalization"], model["method"], int(h))
    for model in CONFIG.get("models", [])
    for h in model["measurements"]
]


wildcard_constraints:
    dataset=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    normalization="|".join(NORMALIZATIONS),
    method=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    block=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    h=r"[1-9][0-9]*",


def grid_datasets():
    """Ids of the data sets of the grid."""
    return PLAN.datasets()


def job_of(wildcards, h=None):
    """The job of the grid of some wildcards."""
    key = (wildcards.dataset, wildcards.normalization, wildcards.method, h)
    if key not in PLAN.jobs:
        raise WorkflowError(f"{'/'.join(str(part) for part in key if part)} is not in the grid of this configuration")
    return PLAN.jobs[key]


def training_job(wildcards):
    """The training job of some wildcards."""
    return job_of(wildcards, int(wildcards.h))


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
    for job in PLAN.jobs.values():
        if (job.dataset, job.normalization) == (wildcards.dataset, wildcards.normalization):
            if dictionary_method(job.method) == wildcards.method:
                seeds.update(*job.runs.values())
    if not seeds:
        raise WorkflowError(f"no method of the grid decodes {wildcards.method} on {wildcards.dataset}")
    return " ".join(map(str, sorted(seeds)))


def saved():
    """A pattern for the data set of a training job whose model is saved: it looks ahead at the rest of the path."""
    looks = [
        rf"{re.escape(dataset)}(?=/{normalization}/{re.escape(method)}[/-]h{h}\.)"
        for dataset, normalization, method, h in SAVED
    ]
    return "|".join(looks) or "(?!)"


def not_saved():
    """A pattern for the data set of a training job whose model is not saved."""
    return rf"(?!{saved()})[A-Za-z0-9][A-Za-z0-9._-]*"


def block_text(name):
    """What picks a block's rows from the metrics of its jobs, as plain text for params."""
    block = PLAN.blocks[name]
    return json.dumps({"measurements": block.measurements, "seeds": block.seeds})


def blocks_text():
    """For each block its jobs' files and what picks its rows from them, as plain text for params."""
    return json.dumps({name: {"files": metrics_files(name)} | json.loads(block_text(name)) for name in PLAN.blocks})


def dataset_files(wildcards):
    """The files a data set is read from: bundled, the user's own, or fetched."""
    return [
        (
            str(path) if path.is_relative_to(catalogue.DOWNLOADS) else project_file(path)
        )  # downloads: where the user stands
        for path in catalogue.paths(CATALOGUE[wildcards.dataset])
    ]


def gene_tables(*datasets):
    """The tables of genes by which the ids of some data sets are mapped."""
    organisms = dict.fromkeys(
        CATALOGUE[name].get("organism") for name in datasets if CATALOGUE[name].get("organism") in MAPPED
    )
    return [project_file(f"resources/gene_ids/{organism}.tsv.gz") for organism in organisms]


def ingest_tables(dataset):
    """The tables of genes that ingest needs: all of them where nobody has said what the ids are."""
    own = gene_tables(dataset)
    if CATALOGUE[dataset]["gene_id_type"] != "auto":
        return own
    return list(dict.fromkeys(own + [project_file(f"resources/gene_ids/{name}.tsv.gz") for name in MAPPED]))


def ingest_text(dataset):
    """What the ingested matrix depends on, as plain text for params: where a file comes from is not in it."""
    entry = CATALOGUE[dataset]
    files = [{key: file[key] for key in file if key not in ("url", "mirrors", "status")} for file in entry["files"]]
    ignored = ("label", "seeds", "normalizations", "files", "manual")
    return json.dumps({key: entry[key] for key in entry if key not in ignored} | {"files": files}, sort_keys=True)


def implementation(method):
    """The class that computes a method, as `fingerprint` takes it: a job's code is that of its own method alone."""
    return METHODS[method]["implementation"]


def entry_text(method):
    """What a method computes from, as plain text for params: labels, colours and references rerun nothing."""
    entry = METHODS[method]
    keys = ("protocol", "implementation", "needs", "split", "metrics", "parameters")
    return json.dumps({key: entry[key] for key in keys if key in entry}, sort_keys=True)


def settings_text(*keys):
    """Settings of the configuration as plain text for params."""
    return json.dumps({key: CONFIG[key] for key in keys if key in CONFIG}, sort_keys=True)


def metrics_file(job):
    """The metrics file of a job."""
    return f"{RESULTS}/metrics/{job.stem}.tsv"


def metrics_files(block):
    """The metrics files of all jobs of a block."""
    return [metrics_file(job) for job in PLAN.block_jobs(block)]


def block_table(block):
    """The table of a block's rows."""
    return f"{RESULTS}/tables/blocks/{block}.tsv"


def encoder_file(dataset, normalization, method, h):
    """The encoder's product of a training job, for h <= 10."""
    return f"{RESULTS}/metrics/{dataset}/{normalization}/{method}/h{h}.encoder.npz"


def model_file(dataset, normalization, method, h):
    """The saved model of a training job."""
    return f"{RESULTS}/models/{dataset}/{normalization}/{method}-h{h}.safetensors"


SHOWN = ("label", "colour", "line", "protocol", "role", "base", "switch", "trained", "dictionary")


def methods_text(names=None):
    """Labels, colours and protocols of methods, in the order of the table, as plain text for params."""
    return json.dumps(
        {
            name: {key: entry[key] for key in SHOWN if key in entry}
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


def configured(kind, name):
    """The entries of `figures` or `tables` with one name, with what their rule needs.

    Each has: rule_name (e.g. figure_2 or figure_2_raw), variant, stem (path without suffix), block, normalization,
    table (the block's rows), methods and datasets (texts for params), log, benchmark, labels (for the report), entry.
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
                rule_name=(rule_name := re.sub(r"[^A-Za-z0-9]", "_", full)),
                variant=variant,
                block=block,
                normalization=PLAN.blocks[block].normalization if block else "",
                stem=f"{RESULTS}/{kind}/{full}",
                table=block_table(block) if block else [],
                methods=methods_text(PLAN.blocks[block].methods if block else None),
                datasets=datasets_text(block) if block else datasets_text(),
                log=f"{RESULTS}/logs/{kind}/{full}.log",
                benchmark=f"{RESULTS}/benchmarks/{rule_name}.tsv",
                labels={kind[:-1]: f"{title} ({variant})" if variant else title},
                entry=entry,
            )
        )
    return found


def figures(name):
    """The configured figures of one name."""
    return configured("figures", name)


def tables(name):
    """The configured tables of one name."""
    return configured("tables", name)


def picture_files(stem):
    """The three files of a figure."""
    return [f"{stem}.{suffix}" for suffix in ("svg", "pdf", "png")]


def missing_jobs():
    """The jobs of the grid without a result."""
    return [job for job in PLAN.jobs.values() if not os.path.exists(metrics_file(job))]


def needed_packages():
    """The packages that the scripts of this run import; those of rules that fetch are left out."""
    loaded = {
        "methods": {implementation(job.method) for job in PLAN.jobs.values()},
        "readers": {CATALOGUE[name]["reader"]["layout"] for name in grid_datasets()},
    }
    scripts = {Path(rule.script).stem for rule in workflow.rules if rule.script and not rule.name.startswith("fetch")}
    own = [name for name in sorted(scripts) if (ROOT / "workflow" / "scripts" / f"{name}.py").exists()]
    return sorted(set().union(*(packages(name, **loaded) for name in own)))


def refuse_without_packages():
    """End before anything starts if a package is not installed; jobs have environments of their own with conda."""
    if IS_A_JOB or any("conda" in str(method).lower() for method in workflow.deployment_settings.deployment_method):
        return
    if missing := ending.not_installed(needed_packages()):
        what = f"package {missing[0]!r} is" if len(missing) == 1 else f"packages {', '.join(missing)} are"
        print(f"deepae: {what} not installed in {sys.prefix}; `make environment` installs all", file=sys.stderr)
        raise SystemExit(1)


def say_what_failed():
    """At the end of a run: how many rows failed, by reason."""
    if not IS_A_JOB:
        print(f"deepae: {ending.failed_rows(map(metrics_file, PLAN.jobs.values()))}", file=sys.stderr)


def say_what_stopped():
    """After a failed run: as the very last line, when Snakemake has said its own, the first error."""
    if not IS_A_JOB:
        line = ending.what_stopped(f"{RESULTS}/logs", STARTED, needed_packages())
        atexit.register(print, f"deepae: {line}", file=sys.stderr, flush=True)


def say_what_is_missing():
    """After a failed run: which jobs of the grid are missing, how to retry them and how to draw the rest."""
    missing = missing_jobs()
    if not missing or {"fetch", "fetch_check", "--mode"} & set(
        sys.argv
    ):  # the first two end with a table; a cluster's job
        return
    targets = {str(target) for target in workflow.dag_settings.targets}
    words = [shlex.quote(word) for word in sys.argv[1:]]
    others = [shlex.quote(word) for word in sys.argv[1:] if word not in targets]
    print(f"deepae: {len(missing)} of {len(PLAN.jobs)} jobs of the grid are missing:", file=sys.stderr)
    for job in missing[:20]:
        print(f"  {metrics_file(job)}  (log: {RESULTS}/logs/)", file=sys.stderr)
    if len(missing) > 20:
        print(f"  … and {len(missing) - 20} more", file=sys.stderr)
    print(f"deepae: retry with: {' '.join(['snakemake', *words])}", file=sys.stderr)
    # A target stands first: behind an option that takes several values it would be one of these.
    print(f"deepae: draw what exists with: {' '.join(['snakemake', 'partial', *others])}", file=sys.stderr)


# Statistics and tables


def table_datasets(item):
    """The data sets of a table: those of its block, or all."""
    return PLAN.blocks[item.block].datasets if item.block else grid_datasets()


def table_entries(item):
    """What Table 1 says of its data sets, as plain text for params."""
    keys = ("accession", "species", "journal", "unit", "expected", "note")
    return json.dumps(
        {name: {key: CATALOGUE[name][key] for key in keys if key in CATALOGUE[name]} for name in table_datasets(item)}
    )


# Interpretation
INTERPRETATION = f"{RESULTS}/interpretation"
SAVED_PAIRS = list(dict.fromkeys((dataset, normalization) for dataset, normalization, _, _ in SAVED))
SAVED_DATASETS = list(dict.fromkeys(dataset for dataset, _ in SAVED_PAIRS))


def saved_of(wildcards):
    """The saved (method, h) of a data set and normalisation, in the order of the configuration."""
    pair = (wildcards.dataset, wildcards.normalization)
    found = [(method, h) for dataset, normalization, method, h in SAVED if (dataset, normalization) == pair]
    if not found:
        raise WorkflowError(f"{'/'.join(pair)}: no saved model; list one under `models` in the configuration")
    return found


def key_models(dataset):
    """The saved (normalisation, method, h) of a data set whose dimensions are looked at: the largest h of each."""
    largest = {}
    for name, normalization, method, h in SAVED:
        if name == dataset:
            largest[normalization, method] = max(h, largest.get((normalization, method), 0))
    if not largest:
        raise WorkflowError(f"{dataset}: no saved model; list one under `models` in the configuration")
    return [(normalization, method, h) for (normalization, method), h in largest.items()]


def key_files(wildcards, kind):
    """The encoder products, or the saved models, of `key_models`."""
    return [kind(wildcards.dataset, *model) for model in key_models(wildcards.dataset)]


def encoded_methods(wildcards):
    """The CPU methods of the grid with a run at the largest saved h of a data set and normalisation."""
    h = max(h for _, h in saved_of(wildcards))
    pair = (wildcards.dataset, wildcards.normalization)
    names = [job.method for job in PLAN.jobs.values() if (job.dataset, job.normalization) == pair and h in job.runs]
    return [name for name in METHODS if name in names and METHODS[name]["needs"] == "cpu"]


def coded_methods(wildcards):
    """The methods whose codes of a data set and normalisation are compared: saved models, and CPU methods."""
    return [*dict(saved_of(wildcards)), *encoded_methods(wildcards)]


def encoded_dictionaries(wildcards):
    """The factorisations that these methods decode."""
    sources = [dictionary_method(name) for name in encoded_methods(wildcards)]
    return [
        f"{RESULTS}/dictionaries/{wildcards.dataset}/{wildcards.normalization}/{source}.npz"
        for source in dict.fromkeys(sources)
        if source
    ]


def pictured_methods(wildcards):
    """The methods that a configured Figure 5 shows for a data set and normalisation; nothing is not worth a panel."""
    pair = (wildcards.dataset, wildcards.normalization)
    blocks = [PLAN.blocks[item.block] for item in figures("figure-5")]
    names = [name for block in blocks if (block.datasets[0], block.normalization) == pair for name in block.methods]
    return [name for name in METHODS if name in names and name not in roles.control(METHODS, "zero")]


def model_note(dataset, normalization, method, h):
    """What a reader must know of a saved model: that the data are a subset, that training was shortened."""
    steps, own = PLAN.jobs[dataset, normalization, method, h].iterations, METHODS[method]["parameters"].get(
        "iterations"
    )
    short = [f"shortened training: {steps} of {own} iterations"] if steps and own and steps < own else []
    return "; ".join([note for note in [dataset_note(dataset)] if note] + short)


def model_text(dataset, normalization, method, h):
    """A saved model as plain data for params: names, label, note."""
    return {
        "dataset": dataset,
        "normalization": normalization,
        "method": method,
        "h": h,
        "label": CATALOGUE[dataset].get("label", dataset),
        "method_label": METHODS[method]["label"],
        "colour": METHODS[method]["colour"],
        "note": model_note(dataset, normalization, method, h),
    }


def embedded(item, belongs):
    """The saved models that a t-SNE figure shows: of each of its data sets the first with the largest h."""
    names = item.entry.get("datasets") or [dataset for dataset in SAVED_DATASETS if belongs(dataset)]
    return [(name, *key_models(name)[0]) for name in names]


def interpretation_files(models, name):
    """A file of each saved model's data set and normalisation."""
    return [f"{INTERPRETATION}/{dataset}/{normalization}/{name}" for dataset, normalization, *_ in models]


def is_figure_8(dataset):
    """Whether a data set, or the one it is a subset of, is in the paper's Figure 8; the others are in Figure S2."""
    return CATALOGUE[dataset].get("figure") == "figure-8"


def heatmap_pair(item):
    """Data set and normalisation of a heat map figure: of its block, the first data set."""
    if not item.block:
        raise WorkflowError(f"figures: {item.entry['name']}: key 'block' is missing")
    pair = (PLAN.blocks[item.block].datasets[0], item.normalization)
    if pair not in SAVED_PAIRS:
        raise WorkflowError(
            f"figures: {item.entry['name']}: no saved model of {'/'.join(pair)}; list it under `models`"
        )
    return pair


# Comparison figures


def describe_block(item, kind=None):
    """What a caption says of a figure's block: data sets (of a kind) with their notes, normalisation, h, runs, training."""
    if item.block is None:
        return "No block of this configuration is for this figure."
    block = PLAN.blocks[item.block]
    names = [name for name in block.datasets if kind in (None, CATALOGUE[name]["kind"])]
    if not names:
        return "Nothing is drawn: the block has no data set of this kind."
    named = [" ".join([name, f"({dataset_note(name, item.block)})"]).replace(" ()", "") for name in names]
    runs = sorted({len(block.seeds[name]) for name in names})
    split = {"fraction": TRAIN_FRACTION, "minimum": TRAIN_MINIMUM} | CONFIG.get("split", {})
    return (
        f"Block {item.block}: {', '.join(named)}; normalisation {block.normalization}; "
        f"h = {', '.join(map(str, block.measurements))}; runs of each (one a seed): {' or '.join(map(str, runs))}. "
        f"{100 * split['fraction']:g} % of the cells train, at least {split['minimum']}; full-batch Adam. "
        + " ".join(map(training_text, filter(roles.networks(METHODS).__contains__, block.methods)))
    )


def training_text(method):
    """How a network is trained, in words."""
    given = METHODS[method].get("parameters", {})
    if not implementation(method).startswith(grid.SAVABLE):  # another network: its class says how it is trained
        return f"{METHODS[method]['label']}: {implementation(method)}."
    loss = {"mae": "mean absolute error", "mse": "mean squared error"}[given.get("loss", "mae")]
    return (
        f"{METHODS[method]['label']}: {given.get('architecture', 'DeepAE4')}, {loss}, "
        f"{given.get('iterations', 1000)} updates unless shortened."
    )


def describe_models(models, which="Models of the first seed"):
    """What a caption says of the saved models (data set, normalisation, method, h) that a figure is drawn from."""
    texts = []
    for dataset, normalization, method, h in models:
        note = model_note(dataset, normalization, method, h)
        texts.append(f"{dataset}, {normalization}, h = {h}" + (f" ({note})" if note else ""))
    trained = " ".join(training_text(method) for method in dict.fromkeys(model[2] for model in models))
    return f"{which}: {'; '.join(texts)}. {trained}" if texts else "No model is saved for this figure."


def describe_key_models(names):
    """`describe_models` of the models that the figures of enrichment show for some data sets."""
    return describe_models([(name, *key_models(name)[0]) for name in names])


def of_kind(item, kind):
    """The data sets of one kind in a figure's block, as plain text for params; none if it has no block."""
    names = [
        name for name in (PLAN.blocks[item.block].datasets if item.block else ()) if CATALOGUE[name]["kind"] == kind
    ]
    return datasets_text(item.block, names) if names else "{}"


def companion_labels(item):
    """Labels of a figure's companion in the report."""
    return {key: f"{value}, unit-norm decoding" for key, value in item.labels.items()}


def network_text(item):
    """The network that Figure 1 draws, as plain text for params: of its block, else of the grid, else of the table."""
    wanted = list(PLAN.blocks[item.block].methods) if item.block else [job.method for job in PLAN.jobs.values()]
    for name in [*wanted, *METHODS]:
        if METHODS[name].get("trained") and implementation(name).startswith(grid.SAVABLE):
            return json.dumps(METHODS[name].get("parameters", {}))
    return "{}"


# Enrichment


def load_genesets():
    """Read the catalogue of gene sets; a known error is one line, not a traceback."""
    try:
        entries = genesets.load_catalogue(*map(project_file, CONFIG.get("genesets", ["config/genesets.yaml"])))
        names = CONFIG.get("enrichment", {}).get("libraries", list(entries))
        genesets.choose(entries, names, "", "")
    except DeepAEError as error:
        print(f"deepae: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    return entries, names


ENRICHMENT = f"{RESULTS}/enrichment"


def geneset_file(name):
    """The GMT of a library: a file, or where the one of Enrichr is put."""
    entry = GENESETS[name]
    return project_file(entry["file"]) if "file" in entry else f"resources/genesets/enrichr/{entry['enrichr']}.gmt"


def libraries(dataset):
    """The library of each kind that a data set is tested against, or None: by name."""
    organism = CATALOGUE[dataset].get("organism", "")
    return {kind: genesets.choose(GENESETS, LIBRARIES, kind, organism) for kind in genesets.KINDS}


def library_files(wildcards):
    """The GMT files that a data set is tested against."""
    return [geneset_file(name) for name in libraries(wildcards.dataset).values() if name]


def libraries_text(dataset):
    """What the tests of a data set depend on, as plain text for params."""
    keys = ("kind", "organism", "ids", "version", "sha256")
    return json.dumps(
        {
            kind: name
            and {"name": name, "file": geneset_file(name)} | {k: GENESETS[name][k] for k in keys if k in GENESETS[name]}
            for kind, name in libraries(dataset).items()
        }
    )


def pictured_datasets(item):
    """The data sets of a configured Figure 9, S3 or S4: by default all with a saved model."""
    return item.entry.get("datasets", SAVED_DATASETS)


def enriched_datasets():
    """The data sets of all these figures."""
    items = [item for name in ("figure-9", "figure-s3", "figure-s4") for item in figures(name)]
    return list(dict.fromkeys(dataset for item in items for dataset in pictured_datasets(item)))


def pathway_files():
    """The GPML files at hand: the user's, those fetched by id, the bundled."""
    named = [
        f"resources/wikipathways/fetched/{name}.gpml" if re.fullmatch(r"WP[0-9]+", name) else project_file(name)
        for name in CONFIG.get("pathways", [])
    ]
    bundled = sorted(Path(project_file("resources/wikipathways")).glob("**/*.gpml"))
    return list(dict.fromkeys([*named, *map(str, bundled)]))


def pictured_text(names):
    """What the figures of enrichment say of their data sets, and how ids are matched, as plain text for params."""
    entries = []
    for name in names:
        library = libraries(name)["wikipathways"]
        table = project_file(f"resources/gene_ids/{CATALOGUE[name]['organism']}.tsv.gz") if library else ""
        ids = GENESETS[library]["ids"] if library else "symbol"
        entries.append(model_text(name, *key_models(name)[0]) | {"gene_table": table, "ids": ids})
    return json.dumps(entries)


def supplement_files(dataset):
    """A data set, its key genes, its pathway tests and the table of each dimension."""
    return [
        dataset,
        f"{RESULTS}/interpretation/{dataset}/key-genes.tsv",
        f"{ENRICHMENT}/{dataset}/tested.wikipathways.tsv.gz",
        *(f"{ENRICHMENT}/{dataset}/dimension-{k}.wikipathways.tsv" for k in range(1, KEY_DIMENSIONS + 1)),
    ]


GENESETS, LIBRARIES = load_genesets()


def audited_datasets():
    """What the audit must know of the data sets of the grid, as plain text for params."""
    keys = ("label", "note", "kind", "complete", "subset_of")
    return json.dumps(
        {name: {key: CATALOGUE[name][key] for key in keys if key in CATALOGUE[name]} for name in grid_datasets()}
    )


def full_training():
    """The updates of each network's full training: what stopped earlier is no result."""
    found = {}
    for name, entry in METHODS.items():
        parameters = entry.get("parameters", {})
        if "iterations" in parameters:
            found[name] = parameters.get("report_after", parameters["iterations"])
    return found


def audited_methods():
    """Label, colour and protocol of each method, and the updates of its full training, as plain text for params."""
    found = json.loads(methods_text())
    for name, iterations in full_training().items():
        found[name]["iterations"] = iterations
    return json.dumps(found)
