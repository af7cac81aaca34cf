"""The configuration, checked, and the grid it asks for.

The experiment is a list of blocks; each block is the product of its data sets, methods, measurements and seeds under
one normalisation. The grid is the union of the blocks, a set of runs (data set x normalisation x method x h x seed),
shared out among jobs. This module is imported while the Snakefile is parsed, so it imports nothing heavy.
"""

import difflib
import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from deepae.config.catalogue import from_source
from deepae.config.catalogue import load as load_catalogue
from deepae.config.vocabulary import KEY_DIMENSIONS, NORMALIZATIONS, definitions
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml

READ_A_BLOCK = {f"figure-{number}" for number in (2, 3, 4, 5, 6, 7, "s1", "s5", "s6", "s7")} | {"ablation"}
READ_A_BLOCK |= {"table-3", "table-s1", "table-s2", "table-s3", "table-s4"}
SHOW_MODELS = {"figure-8", "figure-9", "figure-s2", "figure-s3", "figure-s4", "stability"}
SHOW_HEATMAPS = {"figure-5", "figure-s7"}
MOST_VALUES = 500_000
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

SAVABLE = "autoencoder."  # module of the networks whose models can be saved, in deepae/methods


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
    def runs_text(self):
        """The runs as plain text for a rule's params: ``{"10": [1, 2]}``."""
        return json.dumps({str(h): self.runs[h] for h in sorted(self.runs)})


@dataclass
class Plan:
    """Everything the Snakefile needs to know: the checked configuration, tables, blocks and jobs."""

    config: dict
    catalogue: dict
    methods: dict
    blocks: dict
    jobs: dict
    said: list = field(default_factory=list)  # lines for the user

    def block_jobs(self, name):
        """Return the jobs that compute a block's rows, in order."""
        block = self.blocks[name]
        keys = _block_keys(block, self.methods)
        return [self.jobs[key] for key in keys]

    def datasets(self):
        """Return the ids of the data sets of the grid, in the order they appear."""
        names = [name for block in self.blocks.values() for name in block.datasets]
        names += [entry["dataset"] for entry in self.config.get("models", [])]
        return list(dict.fromkeys(names))


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
        return plan(config, entries, methods)
    ablation = load_methods(find("config/ablation.yaml"), *map(find, config.get("methods", ["config/methods.yaml"])))
    methods = methods | {"deepae-mse": ablation["deepae-mse"]}
    config, entries, said = own_data(config, entries, methods)
    check(entries, "datasets", "config: data")
    result = plan(config, entries, methods)
    result.said = said
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
        blocks[item["name"]] = _block(item, catalogue, methods, at)
    jobs = {}
    for block in blocks.values():
        _add_jobs(jobs, block, methods, f"{where}: block {block.name}")
    result = Plan(config, catalogue, methods, blocks, jobs)
    _check_outputs(result, where)
    return result


def load_methods(*paths):
    """Read and check one or more method tables; later ones add methods or replace them whole."""
    methods = {}
    for path in paths:
        table = read_yaml(path)
        check(table, "methods", str(path))
        methods.update(table)
    for name, entry in methods.items():
        source = entry.get("dictionary", name)
        if source not in methods or methods[source].get("dictionary", source) != source:
            raise ConfigError(f"{paths[-1]}: {name}.dictionary: {source!r} is not a method with its own dictionary")
        if entry.get("base", name) not in methods:
            raise ConfigError(
                f"{paths[-1]}: {name}.base: unknown method {entry['base']!r}{nearest(entry['base'], methods)}"
            )
    return methods


@functools.cache
def load_schema(name):
    """Return a schema of ``workflow/schemas`` as a dictionary, with the vocabulary in its ``$defs``."""
    schema = yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))
    return schema | {"$defs": definitions() | schema.get("$defs", {})}


def check(instance, schema_name, where):
    """Raise `ConfigError` with one line if `instance` breaks a schema; unknown keys name the nearest valid one."""
    import jsonschema

    _check_size(instance, where)
    validator = jsonschema.Draft202012Validator(load_schema(schema_name))
    errors = sorted(validator.iter_errors(instance), key=lambda error: (len(error.path), str(error.path)))
    if errors:
        raise ConfigError(f"{where}: {_describe(errors[0])}")


def nearest(name, known):
    """Return ``", did you mean 'x'?"`` for the nearest known name, or what is known if none is near."""
    known = [str(item) for item in known]
    matches = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    if matches:
        return f", did you mean {matches[0]!r}?"
    shown = ", ".join(sorted(known)[:12])
    return f"; known: {shown}{', …' if len(known) > 12 else ''}"


def _describe(error):
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    path = path or "top level"
    found = _one_line(json.dumps(error.instance, default=str), 60)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        unknown = [
            key
            for key in error.instance
            if key not in known and not any(re.search(pattern, str(key)) for pattern in patterns)
        ]
        if not known and patterns:
            return f"{path}: {unknown[0]!r} is no safe name (letters, digits, '.', '_', '-')"
        return f"{path}: unknown key {unknown[0]!r}{nearest(unknown[0], known)}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"{path}: key {missing[0]!r} is missing"
    if error.validator == "enum":
        return f"{path}: found {found}{nearest(error.instance, error.validator_value)}"
    if error.validator == "pattern":
        return (
            f"{path}: found {found}, expected {error.schema.get('description', 'a match of ' + error.validator_value)}"
        )
    if error.validator in ("anyOf", "oneOf"):
        return f"{path}: found {found}, expected {error.schema.get('description', 'another form')}"
    return f"{path}: found {found}, expected {_expected(error)}"


def _expected(error):
    value = error.validator_value
    words = {
        "type": lambda: value if isinstance(value, str) else " or ".join(value),
        "minimum": lambda: f"at least {value}",
        "exclusiveMinimum": lambda: f"more than {value}",
        "maximum": lambda: f"at most {value}",
        "exclusiveMaximum": lambda: f"less than {value}",
        "minItems": lambda: f"at least {value} items",
        "maxItems": lambda: f"at most {value} items",
        "minProperties": lambda: f"at least {value} entries",
        "minLength": lambda: f"at least {value} characters",
        "maxLength": lambda: f"at most {value} characters",
        "uniqueItems": lambda: "each item once",
        "const": lambda: json.dumps(value),
    }
    return words[error.validator]() if error.validator in words else _one_line(error.message)


def _check_size(instance, where):
    """Refuse nested YAML aliases that stand for billions of values: they would fill the memory in a message."""
    waiting, count = [instance], 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MOST_VALUES:
            raise ConfigError(f"{where}: more than {MOST_VALUES} values, expected fewer; are aliases nested in it?")
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)


def _one_line(text, most=160):
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _block(item, catalogue, methods, at):
    for kind, known in (("datasets", catalogue), ("methods", methods)):
        for name in item[kind]:
            if name not in known:
                raise ConfigError(f"{at}: {kind}: unknown {kind[:-1]} {name!r}{nearest(name, known)}")
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


def _check_outputs(result, where):
    saved = {(model["dataset"], model["normalization"]) for model in result.config.get("models", [])}
    for kind in ("figures", "tables"):
        names = set()
        for position, item in enumerate(result.config.get(kind, [])):
            at = f"{where}: {kind}[{position}]"
            if "block" in item and item["block"] not in result.blocks:
                raise ConfigError(f"{at}: unknown block {item['block']!r}{nearest(item['block'], result.blocks)}")
            if "block" not in item and item["name"] in READ_A_BLOCK:
                raise ConfigError(f"{at}: {item['name']}: key 'block' is missing{nearest('', result.blocks)}")
            for name in item.get("datasets", ()):
                if name not in result.catalogue:
                    raise ConfigError(f"{at}: datasets: unknown dataset {name!r}{nearest(name, result.catalogue)}")
                if item["name"] in SHOW_MODELS and name not in dict(saved):
                    raise ConfigError(f"{at}: {item['name']}: no saved model of {name}; list one under `models`")
            if item["name"] in SHOW_HEATMAPS:
                block = result.blocks[item["block"]]
                if (block.datasets[0], block.normalization) not in saved:
                    pair = f"{block.datasets[0]}/{block.normalization}"
                    raise ConfigError(f"{at}: {item['name']}: no saved model of {pair}; list one under `models`")
            if item.get("variant", "").endswith("corrected"):
                raise ConfigError(f"{at}: variant {item['variant']!r} would take the name of the figure's companion")
            name = (item["name"], item.get("variant"))
            if name in names:
                raise ConfigError(f"{at}: {item['name']} stands above; give this one a variant of its own")
            names.add(name)
    for position, item in enumerate(result.config.get("models", [])):
        at = f"{where}: models[{position}]"
        for h in item["measurements"]:
            key = (item["dataset"], item["normalization"], item["method"], int(h))
            if key not in result.jobs:
                raise ConfigError(f"{at}: {'/'.join(map(str, key))} is trained by no job of the grid")
            if not result.methods[item["method"]]["implementation"].startswith(SAVABLE):
                raise ConfigError(f"{at}: method: found {item['method']!r}, only models of {SAVABLE}* can be saved")
            if h > KEY_DIMENSIONS:
                raise ConfigError(f"{at}: measurements: found {h}, models are saved up to {KEY_DIMENSIONS}")
