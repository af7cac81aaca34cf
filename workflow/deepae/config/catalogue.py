"""The catalogue of data sets. Light: it is imported while the Snakefile is parsed."""

import re
from pathlib import Path

from deepae.config.vocabulary import NORMALIZATIONS, ORGANISMS
from deepae.errors import ConfigError, DataError
from deepae.io.yaml_files import read_yaml

DOWNLOADS = "resources/geo"
MAPPED = [name for name, organism in ORGANISMS.items() if organism.gene_table]
OWN_SEEDS = [1, 2, 3, 4, 5]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_COMPRESSION = (".gz", ".bz2")
_TEXT = (".tsv", ".txt", ".tab", ".csv")


def load(*paths):
    """Return the catalogue, data set id -> entry; an entry of a later file replaces an earlier one whole.

    The schema (workflow/schemas/datasets.schema.yaml) is checked elsewhere.

    Raises
    ------
    ConfigError
        If a file cannot be read, is not YAML, repeats a key or is not a mapping of mappings.
    """
    catalogue = {}
    for path in paths:
        catalogue |= _load(path)
    return catalogue


def from_source(entries, source="bundled"):
    """Return the entries with the files of one source: what is bundled, or GEO's own files where an entry names both.

    Parameters
    ----------
    entries : dict
        As `load` returns them.
    source : {"bundled", "geo"}
        The configuration's `source`.
    """
    return {
        name: {key: entry[key] for key in entry if key != "geo"} | (entry.get("geo", {}) if source == "geo" else {})
        for name, entry in entries.items()
    }


def _load(path):
    entries = read_yaml(path, "the catalogue of data sets")
    if not isinstance(entries, dict):
        raise ConfigError(f"{path}: found {type(entries).__name__}, expected one mapping per data set")
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise ConfigError(f"{path}: {name}: found {type(entry).__name__}, expected a mapping")
    return entries


def location(file):
    """Return where a file of an entry lies, relative to the project: its `path`, or where it is fetched to."""
    return file.get("path") or f"{DOWNLOADS}/{file['name']}"


def paths(entry, root="."):
    """Return the paths of all files of an entry, in the entry's order: the inputs of `ingest`."""
    return [Path(root) / location(file) for file in entry["files"]]


def is_bundled(entry):
    """Tell whether nothing has to be fetched for an entry."""
    return all("path" in file for file in entry["files"])


def addresses(file, base):
    """Return the addresses of a file, the primary one first; empty if nobody but the user can get it."""
    templates = [file["url"]] if "url" in file else []
    return [template.replace("{base}", base.rstrip("/")) for template in templates + file.get("mirrors", [])]


def manual_message(name, entry, root="."):
    """Return what a user has to do for the files of an entry that cannot be fetched: one line."""
    wanted = [str(path) for path, file in zip(paths(entry, root), entry["files"], strict=True) if "url" not in file]
    return f"{name}: {', '.join(wanted)} has to be put in place by hand: {' '.join(entry['manual'].split())}"


def own_name(path):
    """Return the id of a user's own file: its name without suffixes, made of safe characters."""
    stem = Path(path).name
    for suffix in (*_COMPRESSION, ".zip", *_TEXT, ".h5ad", ".fcs", ".mtx"):
        stem = stem[: -len(suffix)] if stem.lower().endswith(suffix) and len(stem) > len(suffix) else stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:80]
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"data: no id can be made of the file name {Path(path).name!r}; expected letters or digits in it"
        )
    return name


def own_data(path, organism=None):
    """Return an entry for a user's own file, as `--config data=path [organism=mouse]` names it.

    Parameters
    ----------
    path : str
        A table genes x cells (.tsv, .txt, .csv, also .gz, .bz2, .zip), an .h5ad (cells x genes), an .fcs, or a
        directory with matrix.mtx, features.tsv or genes.tsv, barcodes.tsv.
    organism : {"mouse", "human", "yeast"}, optional
        Without it gene ids are not mapped and nothing is enriched.

    Raises
    ------
    ConfigError
        For an unknown organism or kind of file; DataError if there is no such file.
    """
    path = Path(path)
    if organism is not None and organism not in MAPPED:
        raise ConfigError(f"organism: found {organism!r}, expected one of {', '.join(MAPPED)}")
    if not path.exists():
        raise DataError(f"{path}: no such file; expected the data set named by `data`")
    plain = path.name.lower()
    for suffix in (*_COMPRESSION, ".zip"):
        plain = plain.removesuffix(suffix)
    kind, gene_id_type = "single-cell", "auto"
    if path.is_dir():
        reader = {"layout": "matrix-market"}
    elif plain.endswith(_TEXT):
        reader = {"layout": "genes-by-cells", "separator": "auto", "header": "auto"}
    elif path.suffix.lower() == ".h5ad":
        reader = {"layout": "h5ad"}
    elif path.suffix.lower() == ".fcs":
        reader, kind, gene_id_type = {"layout": "fcs"}, "mass-cytometry", "channel"
    else:
        raise ConfigError(
            f"data: {path.name}: unknown kind of file; expected .tsv, .txt or .csv (also .gz, .bz2, .zip), .h5ad, .fcs "
            "or a MatrixMarket directory"
        )
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name).lstrip("-._")
    entry = {
        "label": own_name(path),
        "kind": kind,
        "unit": "as given",
        "complete": True,
        "files": [{"name": safe, "path": str(path.absolute())}],
        "reader": reader,
        "gene_id_type": gene_id_type if organism or kind == "mass-cytometry" else "none",
        "normalizations": list(NORMALIZATIONS),
        "seeds": list(OWN_SEEDS),
    }
    if organism:
        entry |= {"organism": organism, "species": ORGANISMS[organism].species}
    return entry
