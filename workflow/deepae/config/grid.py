"""The configuration, checked, and the grid it asks for.

The experiment is a list of blocks; each block is the product of its data sets, methods, measurements and seeds under
one normalisation. The grid is the union of the blocks, a set of runs (data set x normalisation x method x h x seed),
shared out among jobs. This module is imported while the Snakefile is parsed, so it imports nothing heavy.
"""

import functools
import json
from dataclasses import dataclass, field

from deepae.config import absent, axes
from deepae.config.catalogue import from_source
from deepae.config.catalogue import load as load_catalogue
from deepae.config.configured import check_outputs, left_out
from deepae.config.roles import is_autoencoder
from deepae.config.schema import check, nearest, read_tables
from deepae.config.vocabulary import KEY_DIMENSIONS, NORMALIZATIONS
from deepae.errors import ConfigError


@dataclass(frozen=True)
class Block:
    """A named product of the grid.

    Attributes
    ----------
    name, normalization : str
    datasets, methods : tuple of str
    measurements : tuple of int
    seeds : dict of str to tuple of int
        Seeds for each data set.
    iterations : dict of str to int
        Training steps for each data set that departs from the method's own; empty where it does not.
    """

    name: str
    normalization: str
    datasets: tuple
    methods: tuple
    measurements: tuple
    seeds: dict
    iterations: dict


@dataclass
class PlannedJob:
    """What one job of the grid computes: a data set, normalisation and method; one h if a network is trained.

    Attributes
    ----------
    measurements : int or None
        h of a training job; None for methods whose job does all h.
    runs : dict of int to list of int
        Seeds wanted for each h, in the catalogue's order: the first is the one whose model is saved.
    iterations : int or None
        Training steps, if they depart from the method's own.
    """

    dataset: str
    normalization: str
    method: str
    measurements: int | None = None
    runs: dict = field(default_factory=dict)
    iterations: int | None = None

    @property
    def key(self):
        return (self.dataset, self.normalization, self.method, self.measurements)

    @property
    def stem(self):
        """Path of the job's files below ``metrics/``, without suffix."""
        base = f"{self.dataset}/{self.normalization}/{self.method}"
        return base if self.measurements is None else f"{base}/h{self.measurements}"

    @property
    def wildcards(self):
        """The job as a mapping: data set, normalisation, method, and h of a training."""
        names = {"dataset": self.dataset, "normalization": self.normalization, "method": self.method}
        return names if self.measurements is None else names | {"h": self.measurements}

    @property
    def run(self):
        """What a training job does, as plain data for a rule's params."""
        names = {"normalization": self.normalization, "method": self.method, "measurements": self.measurements}
        return names | {"seeds": list(self.runs[self.measurements]), "iterations": self.iterations or 0}

    @property
    def seeds_of_h(self):
        """The runs as plain data for a rule's params, in the order of h."""
        return {h: list(self.runs[h]) for h in sorted(self.runs)}


@dataclass
class Plan:
    """Everything the Snakefile needs to know: the checked configuration, tables, blocks and jobs."""

    config: dict
    catalogue: dict
    methods: dict
    blocks: dict
    jobs: dict
    said: list = field(default_factory=list)  # lines for the user
    absent: dict = field(default_factory=dict)  # data sets that are left out, and why
    wanted: list = field(default_factory=list)  # all that the configuration names but those under `skip`

    def block_jobs(self, name):
        """Return the jobs that compute a block's rows, in order."""
        block = self.blocks[name]
        keys = _block_keys(block, self.methods)
        return [self.jobs[key] for key in keys]

    @property
    def results(self):
        """The folder of all results."""
        return self.config["results"].rstrip("/")

    @property
    def banner(self):
        """What figures and the claims page carry: the configuration's line, and which data sets are left out."""
        without = absent.said(self.absent, len(self.absent) + len(self.datasets()))
        return ". ".join(filter(None, [self.config.get("banner"), without]))

    @functools.cached_property
    def stems(self):
        """The jobs by the stem of their files."""
        return {job.stem: job for job in self.jobs.values()}

    def dictionary_seeds(self, dataset, normalization, method):
        """Return the seeds of a factorisation, ascending: those of all methods that decode it."""
        seeds = set()
        for job in self.jobs.values():
            decodes = self.methods[job.method].get("dictionary") == method
            if decodes and (job.dataset, job.normalization) == (dataset, normalization):
                seeds.update(*job.runs.values())
        return sorted(seeds)

    def dictionary_files(self, job):
        """Return the factorisation that a job decodes: one file, or none."""
        source = self.methods[job.method].get("dictionary")
        return [f"{self.results}/dictionaries/{job.dataset}/{job.normalization}/{source}.npz"] if source else []

    def metrics_file(self, job):
        """Return the metrics table of a job."""
        return f"{self.results}/metrics/{job.stem}.tsv"

    def metrics_files(self, block):
        """Return the metrics tables of all jobs of a block."""
        return [self.metrics_file(job) for job in self.block_jobs(block)]

    def block_table(self, name):
        """Return the table of a block's rows."""
        return f"{self.results}/tables/blocks/{name}.tsv"

    def block_rows(self, name):
        """Return measurements and seeds of a block: they select its rows among the metrics of its jobs."""
        block = self.blocks[name]
        return {"measurements": list(block.measurements), "seeds": {key: list(block.seeds[key]) for key in block.seeds}}

    def encoder_file(self, dataset, normalization, method, h):
        """Return the encoder's products of a training job, for all seeds."""
        return f"{self.results}/metrics/{dataset}/{normalization}/{method}/h{h}.encoder.npz"

    def model_file(self, dataset, normalization, method, h):
        """Return the saved model of a training job."""
        return f"{self.results}/models/{dataset}/{normalization}/{method}/h{h}.safetensors"

    @functools.cached_property
    def fit_sources(self):
        """For each training job whose network another job trains too, the stem of that job.

        Noise on the codes, and the cells and the normalisation that are scored, make no other network. The job with the
        shortest name trains, the others score what it has trained. A job whose model is saved has no part in this.
        """
        alike, saved = {}, self.saved()
        for job in self.jobs.values():
            if job.measurements is not None and job.key not in saved:
                alike.setdefault(self._fit_key(job), []).append(job)
        found = {}
        for jobs in alike.values():
            source = min(jobs, key=lambda job: len(job.method))
            for job in jobs:
                if job is not source and set(job.run["seeds"]) <= set(source.run["seeds"]):
                    found[job.stem] = source.stem
        return found

    def _fit_key(self, job):
        """Return what a trained network depends on, besides the seed and settings of the whole configuration."""
        entry = self.methods[job.method]
        split = {key: value for key, value in entry.get("split", {}).items() if key != "tested_on"}
        if split.get("n_train") == "usual":
            del split["n_train"]
        normalization = entry.get("trained_under", job.normalization)
        about = entry["implementation"], entry.get("parameters", {}), split, job.iterations
        return job.dataset, normalization, job.measurements, json.dumps(about, sort_keys=True)

    def fits_folder(self, stem):
        """Return the folder of the networks that a training job leaves for other jobs, one file a seed."""
        return f"{self.results}/fits/{stem}"

    def fits_folders(self, job):
        """Return the folder with the networks that a job only scores: one, or none."""
        return [self.fits_folder(self.fit_sources[job.stem])] if job.stem in self.fit_sources else []

    def saved(self):
        """Return the saved models: (data set, normalisation, method, h), in the order of the configuration."""
        keys = ("dataset", "normalization", "method")
        models = self.config.get("models", [])
        return [(*(model[key] for key in keys), int(h)) for model in models for h in model["measurements"]]

    def saved_pairs(self):
        """Return the (data set, normalisation) with a saved model."""
        return list(dict.fromkeys(model[:2] for model in self.saved()))

    def saved_datasets(self):
        """Return the data sets with a saved model."""
        return list(dict.fromkeys(dataset for dataset, _ in self.saved_pairs()))

    def keyed_datasets(self):
        """Return the data sets of whose saved models key genes are read: all, unless an entry of `models` says no."""
        unkeyed = {model["dataset"] for model in self.config.get("models", []) if not model.get("key_genes", True)}
        return [dataset for dataset in self.saved_datasets() if dataset not in unkeyed]

    def datasets(self):
        """Return the ids of the data sets of the grid, in the order they appear."""
        names = [name for block in self.blocks.values() for name in block.datasets]
        names += [entry["dataset"] for entry in self.config.get("models", [])]
        return list(dict.fromkeys(names))

    def complete_cells(self):
        """Return the complete data sets of single cells, which tests over data sets count; without any, all."""
        names = self.datasets()
        entries = {name: self.catalogue[name] for name in names}
        cells = [name for name, entry in entries.items() if entry["kind"] == "single-cell"]
        return [name for name in cells if entries[name].get("complete", True)] or names


def load(config, find=str, own_data=None):
    """Read the tables that a configuration names, check everything, and expand the grid.

    Parameters
    ----------
    config : dict
        As Snakemake read and merged it.
    find : callable
        Takes a path of the configuration and returns where the file lies.
    own_data : callable, optional
        `deepae.data.own_data.own_data`, which looks into the user's file; the configuration's key `data` needs it.

    Raises
    ------
    DeepAEError
        One line: which file and key, what was found, what was expected.
    """
    check(config, "config", "config")
    tables = [find(path) for path in config.get("datasets", ["config/datasets.yaml"])]
    entries = load_catalogue(*tables)
    check(entries, "datasets", tables[-1])
    entries = from_source(entries, config.get("source", "bundled"))
    methods = load_methods(*map(find, config.get("methods", ["config/methods.yaml"])))
    if "data" not in config:
        alone = [key for key in ("organism", "reader", "label", "gene_id_type") if key in config]
        if alone:
            raise ConfigError(f"config: {alone[0]} goes with data, which is missing: --config data=FILE {alone[0]}=…")
        entries = absent.accepted(entries, config.get("accept_shape", []))
        fewer, left_out = absent.leave_out(config, entries)
        result = plan(fewer, entries, methods)
        result.absent = left_out
        result.wanted = [name for name in absent.named(config) if name not in config.get("skip", ())]
        return result
    ablation = load_methods(find("config/ablation.yaml"), *map(find, config.get("methods", ["config/methods.yaml"])))
    squared = ablation["deepae-mse"] | {"label": "DeepAE, squared error", "colour": "#E8A060"}
    methods = {"deepae": methods["deepae"], "deepae-mse": squared} | methods
    methods |= load_methods(find("config/large-methods.yaml"))
    config, entries, said = own_data(config, entries, methods)
    check(entries, "datasets", "config: data")
    result = plan(config, entries, methods)
    result.said, result.wanted = said, result.datasets()
    return result


def plan(config, catalogue, methods, where="config"):
    """Check a configuration against the schema, the catalogue and the methods, and expand its grid.

    Parameters
    ----------
    config : dict
        As Snakemake read and merged it.
    catalogue, methods : dict
        Entries of datasets.yaml and methods.yaml, checked.
    where : str
        What messages call the configuration.

    Raises
    ------
    ConfigError
        One line: which key, what was found, what was expected.
    """
    check(config, "config", where)
    blocks = {}
    for position, item in enumerate(config["grid"]):
        at = f"{where}: grid[{position}] ({item['name']})"
        if item["name"] in blocks:
            raise ConfigError(f"{at}: a block of this name stands above; names must differ")
        _check_names(item, catalogue, methods, at)
        names, added = axes.expand(item, methods, at)
        methods = methods | added
        blocks[item["name"]] = _block(item | {"methods": names}, catalogue, methods, at)
    jobs = {}
    for block in blocks.values():
        _add_jobs(jobs, block, methods, f"{where}: block {block.name}")
    result = Plan(config, catalogue, methods, blocks, jobs)
    _check_models(result, where)
    check_outputs(result, where)
    result.said += left_out(result)
    return result


def load_methods(*paths):
    """Read and check one or more method tables; later ones add methods or replace them whole."""
    methods = read_tables("methods", *paths)
    for name, entry in methods.items():
        source = entry.get("dictionary", name)
        if source not in methods or methods[source].get("dictionary", source) != source:
            raise ConfigError(f"{paths[-1]}: {name}.dictionary: {source!r} is not a method with its own dictionary")
        if entry.get("base", name) not in methods:
            raise ConfigError(
                f"{paths[-1]}: {name}.base: unknown method {entry['base']!r}{nearest(entry['base'], methods)}"
            )
    return methods


def _check_names(item, catalogue, methods, at):
    for kind, known in (("datasets", catalogue), ("methods", methods)):
        for name in item[kind]:
            if name not in known:
                raise ConfigError(f"{at}: {kind}: unknown {kind[:-1]} {name!r}{nearest(name, known)}")


def _block(item, catalogue, methods, at):
    normalization = item["normalization"]
    measurements = tuple(sorted(int(h) for h in item["measurements"]))  # a schema takes 10.0 for an integer
    for name in item["datasets"]:
        entry = catalogue[name]
        allowed = entry.get("normalizations", NORMALIZATIONS)
        if normalization not in allowed:
            raise ConfigError(
                f"{at}: normalization {normalization!r} is not allowed for {name}, expected one of {', '.join(allowed)}"
            )
        genes = (entry.get("expected") or {}).get("genes")
        if genes and measurements[0] > genes:
            raise ConfigError(
                f"{at}: no number of measurements fits {name}: it has {genes} genes, least h {measurements[0]}"
            )
    for name in item["methods"]:
        allowed = methods[name].get("normalizations", NORMALIZATIONS)
        if normalization not in allowed:
            raise ConfigError(
                f"{at}: method {name!r} is not defined for {normalization!r}, expected {' or '.join(allowed)}"
            )
    iterations = item.get("iterations", {})
    if not isinstance(iterations, dict):
        iterations = dict.fromkeys(item["datasets"], iterations)
    _check_listed(iterations, item, f"{at}: iterations")
    wanted = item.get("seeds", 5)
    if isinstance(wanted, dict):
        _check_listed(wanted, item, f"{at}: seeds")
    seeds = {
        name: _seeds(wanted.get(name, 5) if isinstance(wanted, dict) else wanted, catalogue[name], name, at)
        for name in item["datasets"]
    }
    return Block(
        item["name"],
        normalization,
        tuple(item["datasets"]),
        tuple(item["methods"]),
        measurements,
        seeds,
        {name: int(steps) for name, steps in iterations.items()},
    )


def _check_listed(values, item, at):
    """Refuse a value for a data set that the block does not have."""
    for name in values:
        if name not in item["datasets"]:
            raise ConfigError(f"{at}: {name!r} is no data set of this block{nearest(name, item['datasets'])}")


def _seeds(wanted, entry, dataset, at):
    if isinstance(wanted, list):
        return tuple(int(seed) for seed in wanted)
    listed = entry["seeds"]
    wanted = int(wanted)
    if wanted > len(listed):
        raise ConfigError(f"{at}: seeds: {wanted} wanted, but the catalogue lists {len(listed)} for {dataset}")
    return tuple(listed[:wanted])


def _block_keys(block, methods):
    for dataset in block.datasets:
        for method in block.methods:
            hs = block.measurements if methods[method]["needs"] == "gpu" else (None,)
            for h in hs:
                yield (dataset, block.normalization, method, h)


def _add_jobs(jobs, block, methods, at):
    for key in _block_keys(block, methods):
        dataset, normalization, method, h = key
        trained = methods[method]["needs"] == "gpu"
        iterations = block.iterations.get(dataset) if trained else None
        if iterations == methods[method].get("parameters", {}).get("iterations"):
            iterations = None  # the method's own number, given again
        job = jobs.get(key)
        if job is None:
            job = jobs[key] = PlannedJob(dataset, normalization, method, h, iterations=iterations)
        elif job.iterations != iterations:
            raise ConfigError(
                f"{at}: {method} on {dataset} ({normalization}) has {iterations or 'the default number of'} iterations "
                f"here and {job.iterations or 'the default number'} in another block; a run has one result"
            )
        for number in (h,) if trained else block.measurements:
            seeds = job.runs.setdefault(number, [])
            seeds += [seed for seed in block.seeds[dataset] if seed not in seeds]


def _check_models(result, where):
    for position, item in enumerate(result.config.get("models", [])):
        at = f"{where}: models[{position}]"
        for h in item["measurements"]:
            key = (item["dataset"], item["normalization"], item["method"], int(h))
            if key not in result.jobs:
                raise ConfigError(f"{at}: {'/'.join(map(str, key))} is trained by no job of the grid")
            if not is_autoencoder(result.methods[item["method"]]):
                raise ConfigError(f"{at}: method: found {item['method']!r}, only models of autoencoder.* can be saved")
            if h > KEY_DIMENSIONS:
                raise ConfigError(f"{at}: measurements: found {h}, models are saved up to {KEY_DIMENSIONS}")
