"""Data sets that a run goes without: left out by the configuration, or not there. Light: the Snakefile imports it."""

import csv
from pathlib import Path

from deepae.config import catalogue
from deepae.config.outputs import REGISTRIES
from deepae.config.schema import nearest
from deepae.errors import ConfigError


def leave_out(config, entries):
    """Take data sets out of every block, figure and table of a configuration.

    Left out are those under `skip`; those that only the user can get, while they are not there; and with
    `skip_missing` every one whose file has not arrived or of which the last `fetch` says that it failed. A block,
    figure or model without a data set goes too.

    Parameters
    ----------
    config : dict
    entries : dict
        The catalogue.

    Returns
    -------
    config : dict
        Without them.
    absent : dict of str to str
        Id of each data set that is left out, and why.

    Raises
    ------
    ConfigError
        For an id that the catalogue does not have, or if no data set is left.
    """
    _check_known("skip", config.get("skip", ()), entries)
    wanted = named(config)
    absent = {name: "skip" for name in config.get("skip", ()) if name in wanted}
    failed = _failed(config) if _is_on(config, "skip_missing") else {}
    for name in wanted:
        if name in entries and name not in absent:
            reason = _missing(entries[name]) or failed.get(name, "")
            by_hand = not any("path" in file or "url" in file for file in entries[name]["files"])
            if reason and (by_hand or _is_on(config, "skip_missing")):
                absent[name] = reason
    if not absent:
        return config, {}
    if set(absent) == set(wanted):
        name, reason = next(iter(absent.items()))
        raise ConfigError(f"config: no data set is left: {name} ({reason}); fetch them first (snakemake fetch)")
    return _without(config, absent), absent


def _is_on(config, key):
    return config.get(key) in (True, "true")


def named(config):
    """Return the ids of the data sets that a configuration names, in the order they appear."""
    return list(dict.fromkeys(name for block in config["grid"] for name in block["datasets"]))


def accepted(entries, which):
    """Return the catalogue in which some entries (True: all) are taken in whatever shape they have."""
    chosen = list(entries) if which in (True, "true") else which if isinstance(which, list) else ()
    _check_known("accept_shape", chosen, entries)
    return {name: entry | {"accept_shape": True} if name in chosen else entry for name, entry in entries.items()}


def _check_known(key, names, entries):
    for name in names:
        if name not in entries:
            raise ConfigError(f"config: {key}: unknown dataset {name!r}{nearest(name, entries)}")


def said(absent, total):
    """Return one line: how many data sets of how many, and which are not among them; "" if all are there."""
    if not absent:
        return ""
    left = "; ".join(f"{name} ({reason})" for name, reason in absent.items())
    return f"{total - len(absent)} of {total} data sets; left out: {left}"


def _missing(entry):
    """Say which file of an entry is not there yet; "" if all are."""
    for file in entry["files"]:
        path = Path(catalogue.location(file))
        if "path" not in file and not path.exists():
            return f"no {path}"
    return ""


def after_fetch(table):
    """Return the lines that say what to do about data sets that `fetch` did not get; none if it got all.

    table  path of `fetch.tsv`
    """
    rows = _rows(table)
    lacking = [row["dataset"] for row in rows if row["status"] != "ok"]
    if not lacking:
        return []
    names = {status: [row["dataset"] for row in rows if row["status"] == status] for status in STATUSES}
    said = [f"fetch: {len(lacking)} of {len(rows)} data sets are not ready: {', '.join(lacking)} (reasons in {table})"]
    if names["unreachable"]:
        said.append(f"{', '.join(names['unreachable'])} may answer later: run it again; what is complete is kept")
    if names["other shape"]:
        shapes = _listed(names["other shape"])
        said.append(f"to take another shape as it is, add to the configuration: accept_shape: {shapes}")
    for row in rows:
        if row["status"] == "by hand":
            said.append(row["reason"])
    said.append(f"to run without them, add to the configuration: skip: {_listed(lacking)}")
    said.append("or, without naming them: --config skip_missing=true")
    return said


def after_fetch_check(table):
    """Return the lines that say which files no address has; none if each has one that answers."""
    rows = [row for row in _rows(table) if row["answers"] != "by hand"]
    answered = {row["file"] for row in rows if row["answers"] == "yes"}
    silent = list(dict.fromkeys(row["file"] for row in rows if row["file"] not in answered))
    if not silent:
        return []
    total, named = len({row["file"] for row in rows}), ", ".join(silent)
    return [f"fetch_check: {len(silent)} of {total} files have no address that answers: {named} (see {table})"]


STATUSES = ("ok", "failed", "unreachable", "other shape", "by hand")
"""What `fetch` says of a data set."""


def _listed(names):
    return f"[{', '.join(names)}]"


def _failed(config):
    """Data sets of which the last `fetch` of this configuration says that they failed, and its reason."""
    try:
        rows = _rows(Path(config["results"]) / "tables/fetch.tsv")
    except OSError:
        return {}
    return {row["dataset"]: f"fetch: {row['status']}" for row in rows if row["status"] not in ("ok", "by hand")}


def _rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _without(config, absent):
    """Return a configuration without some data sets, and without what then has none."""
    blocks = [_fewer(block, absent) for block in config["grid"]]
    gone = {block["name"] for block in blocks if not block["datasets"]}
    # A heat map shows the first data set of its block: without that one there is none.
    first = {block["name"]: block["datasets"][0] for block in config["grid"]}
    models = [model for model in config.get("models", []) if model["dataset"] not in absent]
    found = config | {"grid": [block for block in blocks if block["datasets"]], "models": models}
    for kind, registry in REGISTRIES.items():
        items = [_fewer(item, absent) for item in config.get(kind, [])]
        found[kind] = [item for item in items if _can_be_made(item, registry, gone, first, absent, models)]
    return found


def _can_be_made(item, registry, gone, first, absent, models):
    """Whether a figure or table still has something to show."""
    needs = registry[item["name"]].needs if item["name"] in registry else ""
    if item.get("block") in gone or item.get("datasets") == []:
        return False
    return not (needs == "models" and not models) and not (needs == "heatmap" and first[item["block"]] in absent)


def _fewer(item, absent):
    """A block, figure or table without some data sets, in its lists and in its mappings of data sets."""
    found = dict(item)
    if "datasets" in item:
        found["datasets"] = [name for name in item["datasets"] if name not in absent]
    for key in ("seeds", "iterations"):
        if isinstance(item.get(key), dict):
            found[key] = {name: value for name, value in item[key].items() if name not in absent}
    return found
