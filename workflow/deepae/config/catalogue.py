"""The catalogue of data sets. Light: it is imported while the Snakefile is parsed."""

from pathlib import Path

from deepae.config.paths import tidy
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml

DOWNLOADS = "resources/geo"


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
    return tidy(file["path"]) if "path" in file else f"{DOWNLOADS}/{file['name']}"


def paths(entry, root="."):
    """Return the paths of all files of an entry, in the entry's order: the inputs of `ingest`."""
    return [Path(root) / location(file) for file in entry["files"]]


def content(entry):
    """Return what the ingested matrix of an entry depends on: where a file comes from is not in it."""
    where = ("url", "mirrors", "status", "path")
    files = [{key: file[key] for key in file if key not in where} for file in entry["files"]]
    ignored = ("label", "seeds", "normalizations", "files", "manual", "figure")
    return {key: entry[key] for key in sorted(entry) if key not in ignored} | {"files": files}


def is_bundled(entry):
    """Tell whether nothing has to be fetched for an entry."""
    return all("path" in file for file in entry["files"])


def addresses(file, sites):
    """Return the addresses of a file, the primary one first; empty if nobody but the user can get it.

    sites  mapping: what `{base}` (GEO, or a mirror of it) and `{download}` (its download page) stand for
    """
    found = ([file["url"]] if "url" in file else []) + file.get("mirrors", [])
    for site, address in sites.items():
        found = [template.replace(f"{{{site}}}", address.rstrip("/")) for template in found]
    return found


def manual_message(name, entry, root="."):
    """Return what a user has to do for the files of an entry that cannot be fetched: one line."""
    wanted = [str(path) for path, file in zip(paths(entry, root), entry["files"], strict=True) if "url" not in file]
    return f"{name}: {', '.join(wanted)} has to be put in place by hand: {' '.join(entry['manual'].split())}"
