# What the rules share: the package on the path, the checked configuration, the plan of the grid, and where files lie.
# Read at every start, on every node: nothing here imports torch, pandas or anndata.
import io
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace


def own_folder(rules):
    """The folder of this project, from that of its rules, also when it is a module of another workflow.

    A module may name it in a repository, as snakedeploy does: ``github("…", path="workflow/Snakefile", tag="…")``. Then all
    files of that commit are unpacked once, since rules need the package and the tables beside them.
    """
    repository = getattr(rules, "repo_path", None) or getattr(getattr(rules, "hosted_repo", None), "repo_clone", None)
    if repository is None:
        return Path(str(rules)).resolve().parent.parent
    git = ["git", "-C", str(repository)]
    commit = subprocess.run([*git, "rev-parse", rules.ref], check=True, capture_output=True, text=True).stdout.strip()
    folder = Path(".snakemake/deepae").resolve() / commit
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
            packed = subprocess.run([*git, "archive", commit], check=True, capture_output=True).stdout
            tarfile.open(fileobj=io.BytesIO(packed)).extractall(f"{unpacked}/{commit}", filter="data")
            try:
                os.replace(f"{unpacked}/{commit}", folder)
            except OSError:
                if not folder.exists():  # another run was faster
                    raise
    return folder


ROOT = own_folder(workflow.current_basedir)
sys.path.insert(0, str(ROOT / "workflow"))
python_path = [str(ROOT / "workflow"), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
os.environ.update(PYTHONPATH=os.pathsep.join(python_path))

from deepae.config import captions, catalogue, configured, drawings, grid, outputs, paths, saved
from deepae.config.enriched import Enrichment
from deepae.config.fingerprint import fingerprint
from deepae.config.vocabulary import KEY_DIMENSIONS, NORMALIZATIONS
from deepae.errors import DeepAEError
from deepae.io.allocator import memory_kept
from deepae.io.yaml_files import read_yaml, typed
from deepae.data.own_data import MAPPED, own_data, refuse_truncated

os.environ.update(memory_kept())
IS_A_JOB = "--mode" in sys.argv  # snakemake itself, started again for one job
if (
    shlex.quote(sys.executable) != sys.executable
):  # it goes into shell commands as it is: a folder may be called O'Brien
    sys.executable = shlex.quote(sys.executable)


# The target `recommend` has a grid of its own, which each job must know: it reads this file again, without the target.
if not IS_A_JOB:
    os.environ.update(DEEPAE_RECOMMEND="yes" if "recommend" in sys.argv[1:] else "")
RECOMMENDS = bool(os.environ.get("DEEPAE_RECOMMEND"))


def project_file(path):
    """Return a path as given if it exists, else below the project: a module's files are not where the user stands."""
    path = paths.tidy(path)
    return path if Path(path).exists() else str(ROOT / path)


def checked(function, *arguments):
    """Call a function; a known error ends the start with one line, without a traceback."""
    try:
        return function(*arguments)
    except DeepAEError as error:
        print(f"deepae: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def load_plan(config):
    """Read all tables, check everything, and expand the grid."""
    for path in workflow.configfiles:
        read_yaml(path)  # Snakemake takes the last of two equal keys without a word
    nested = [key for key in workflow.config_settings.config if isinstance(config.get(key), (dict, list))]
    config = config | {key: typed(config[key]) for key in nested}
    if RECOMMENDS:
        if "data" not in config:
            raise DeepAEError("recommend: the key 'data' is missing; give the file with your cells: --config data=FILE")
        config = config | {"recommend": True}
    plan = grid.load(paths.tidied(config, () if IS_A_JOB else sys.argv), project_file, own_data)
    return plan, Enrichment(plan, project_file)


PLAN, ENRICHED = checked(load_plan, config)
CONFIG = PLAN.config
CATALOGUE, METHODS, RESULTS = PLAN.catalogue, PLAN.methods, PLAN.results
BANNER = PLAN.banner
os.environ.update(DEEPAE_BANNER=BANNER)  # every figure carries it (deepae.figures.style)
TARGETS = []  # what `all` makes; each topic adds its own


# In the paths of rules <results> is the folder that the configuration names.
pathvars:
    results=RESULTS,
    logs=f"{RESULTS}/logs",
    benchmarks=f"{RESULTS}/benchmarks",
    interpretation=f"{RESULTS}/interpretation",
    enrichment=f"{RESULTS}/enrichment",


wildcard_constraints:
    dataset=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    normalization="|".join(NORMALIZATIONS),
    method=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    block=r"[A-Za-z0-9][A-Za-z0-9._-]*",


# The grid


def job_of(wildcards):
    """The job of the grid of some wildcards: `job`, or a data set, normalisation and method."""
    stem = wildcards.get("job") or f"{wildcards.dataset}/{wildcards.normalization}/{wildcards.method}"
    if stem not in PLAN.stems:
        raise WorkflowError(f"{stem} is not in the grid of this configuration")
    return PLAN.stems[stem]


def dictionary_seeds(wildcards):
    """The seeds of a factorisation: those of all methods that decode it."""
    seeds = PLAN.dictionary_seeds(wildcards.dataset, wildcards.normalization, wildcards.method)
    if not seeds:
        raise WorkflowError(f"no method of the grid decodes {wildcards.method} on {wildcards.dataset}")
    return seeds


def implementation(method):
    """The class that computes a method, as `fingerprint` takes it: a job's code is that of its own method alone."""
    return METHODS[method]["implementation"]


def entry_of(method):
    """What a method computes from: labels, colours and references rerun nothing."""
    keys = ("protocol", "implementation", "needs", "split", "noise", "bits", "trained_under", "metrics", "parameters")
    return {key: METHODS[method][key] for key in keys if key in METHODS[method]}


def settings(*keys):
    """Settings of the configuration, those that are given."""
    return {key: CONFIG[key] for key in keys if key in CONFIG}


# Data sets


def dataset_files(wildcards):
    """The files a data set is read from: bundled, the user's own, or fetched (where the user stands)."""
    paths = catalogue.paths(CATALOGUE[wildcards.dataset])
    return [str(path) if path.is_relative_to(catalogue.DOWNLOADS) else project_file(path) for path in paths]


def read_files():
    """The files that a run reads and does not make, each with what a message calls it."""
    for name in PLAN.datasets():
        for path in dataset_files(SimpleNamespace(dataset=name)):
            yield ("data" if "data" in CONFIG else name), path
    for path in [*ENRICHED.files(*ENRICHED.datasets()), *map(project_file, CONFIG.get("pathways", []))]:
        yield "gene sets and pathways", path
    for key in ("datasets", "methods", "genesets"):
        yield from ((key, project_file(path)) for path in CONFIG.get(key, []))
    yield from (("configuration", path) for path in workflow.configfiles)


if not IS_A_JOB:
    checked(paths.refuse_overwriting, CONFIG, read_files(), ROOT)
    checked(refuse_truncated, [path for what, path in read_files() if what == "data"])
    for line in PLAN.said if "encode_cells" not in CONFIG else []:  # who encodes cells runs nothing of the grid
        print(f"deepae: {line}", file=sys.stderr)


def ingest_tables(dataset):
    """The tables of genes that ingest needs: all of them where nobody has said what the ids are."""
    everything = [project_file(f"resources/gene_ids/{name}.tsv.gz") for name in MAPPED]
    unsaid = CATALOGUE[dataset]["gene_id_type"] == "auto"
    return list(dict.fromkeys(ENRICHED.gene_tables(dataset) + (everything if unsaid else [])))


# Figures and tables: what a configuration asks for, and what is said of it

figures = partial(configured.configured, PLAN, "figures")
tables = partial(configured.configured, PLAN, "tables")
dataset_entries = partial(captions.entries, PLAN)
key_models = partial(saved.key_models, PLAN)


def pictures(item):
    """The files of a figure, and of the companion of a comparison, as outputs; the report shows the SVG."""
    drawn = {"": (item.stem, item.labels)}
    if outputs.is_comparison(item.name):
        labels = item.labels | {"figure": f"{item.labels['figure']}, by method"}
        drawn["companion_"] = (f"{item.stem}-by-method", labels)
    shown = {"caption": item.caption, "category": "Figures"}
    found = {}
    for name, (stem, labels) in drawn.items():
        found |= {f"{name}svg": report(f"{stem}.svg", labels=labels, **shown)}
        found |= {f"{name}{suffix}": f"{stem}.{suffix}" for suffix in ("pdf", "png")}
    return found


SAVED_PAIRS = PLAN.saved_pairs()
KEYED_DATASETS = PLAN.keyed_datasets()


def of_pair(function):
    """A function of `deepae.config.saved`, for wildcards."""
    return lambda wildcards: function(PLAN, wildcards.dataset, wildcards.normalization)


saved_of = of_pair(saved.of)
encoded_methods = of_pair(saved.encoded_methods)
coded_methods = of_pair(saved.coded_methods)
pictured_methods = of_pair(saved.pictured_methods)
encoded_dictionaries = of_pair(saved.encoded_dictionaries)


def key_files(wildcards, kind):
    """The encoder products, or the saved models, of the models whose dimensions are looked at."""
    return [kind(wildcards.dataset, *model) for model in key_models(wildcards.dataset)]
