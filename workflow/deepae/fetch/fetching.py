"""All downloads of a list of data sets, a table of what is there, and a look at the addresses without a download."""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

from deepae.config import absent, catalogue
from deepae.data import geo_metadata
from deepae.errors import ConfigError, DataError, DeepAEError, DownloadError
from deepae.fetch import download, web

COLUMNS = ("dataset", "status", "shape_found", "shape_expected", "bytes", "source", "reason")
CHECK_COLUMNS = ("dataset", "file", "answers", "found", "bytes", "address")
#: The folder of the project, for what is not below the working directory.
PROJECT = Path(__file__).resolve().parents[3]
#: Files that are fetched at a time, over all hosts; `geo: per_host` limits one host.
_AT_ONCE = 8


def entries(config, ids=None):
    """Return the catalogue of a configuration, data set id -> entry; of `ids` only, if they are given.

    Read when a download runs, so that an address is no part of what Snakemake compares.
    """
    listed = config.get("datasets", ["config/datasets.yaml"])
    found = catalogue.load(*(path if Path(path).exists() else PROJECT / path for path in listed))
    found = catalogue.from_source(found, config.get("source", "bundled"))
    found = absent.accepted(found, config.get("accept_shape", []))
    return found if ids is None else {name: found[name] for name in ids if name in found}


def settings(config):
    """Return (addresses of GEO's sites, `Policy`) of a configuration: its key `geo`."""
    geo = config.get("geo") or {}
    known = {field.name for field in fields(web.Policy)}
    sites = {site: geo.get(site, address) for site, address in download.SITES.items()}
    return sites, web.Policy(**{key: geo[key] for key in geo if key in known})


def files(entries):
    """Return the files to be fetched for data sets: name -> (data set id, file). Two that differ must not share a name.

    entries  mapping of data set id to catalogue entry
    """
    found = {}
    for name, entry in entries.items():
        for file in entry["files"]:
            if "path" in file:
                continue
            other, known = found.setdefault(file["name"], (name, file))
            if any(known.get(key) != file.get(key) for key in ("url", "bytes", "sha256")):
                raise ConfigError(
                    f"{name}: file {file['name']} is another one than that of {other}, expected another name"
                )
    return found


def fetch_file(name, entries, target, config, say=print):
    """Fetch one file by its name into `target`; return `download.Fetched`. Raises `DeepAEError`, one line."""
    known = files(entries)
    if name not in known:
        raise ConfigError(f"{name}: no data set of the catalogue has this file to be fetched")
    sites, policy = settings(config)
    dataset, file = known[name]
    manual = catalogue.manual_message(dataset, entries[dataset]) if "manual" in entries[dataset] else None
    return download.fetch(file, target, sites=sites, policy=policy, say=say, manual=manual)


def fetch_all(entries, config, say=print):
    """Fetch and verify every file of the data sets, read their shapes, and compare them with GEO's metadata.

    Returns (rows, text): one mapping with `COLUMNS` for each data set, and the block of GEO metadata ("" if none was
    needed). A failure is a row, and stops no other data set.
    """
    say = _one_at_a_time(say)
    sites, policy = settings(config)

    def one(name):
        try:
            return fetch_file(name, entries, Path(catalogue.DOWNLOADS) / name, config, say)
        except Exception as error:  # a failure of any kind stops no other download
            return _known(error, name)

    names = list(files(entries))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        fetched = dict(zip(names, pool.map(one, names), strict=True))
    rows = [_row(name, entry, fetched, say) for name, entry in entries.items()]
    compared = []
    for row in rows:
        entry = entries[row["dataset"]]
        if "accession" in entry and not catalogue.is_bundled(entry) and row["bytes"]:
            compared.append((row["dataset"], *_metadata(entry, sites, policy, say)))
    return rows, geo_metadata.block(compared) if compared else ""


def check(entries, config, say=print):
    """Ask each address of the data sets whether it answers; return rows with `CHECK_COLUMNS`. Nothing is fetched."""
    sites, policy = settings(config)
    asked = [
        (name, file["name"], address)
        for name, entry in entries.items()
        for file in entry["files"]
        if "path" not in file
        for address in catalogue.addresses(file, sites) or [""]
    ]

    def ask(row):
        name, file, address = row
        if not address:
            return dict(zip(CHECK_COLUMNS, (name, file, "by hand", "", "", ""), strict=True))
        answers, found, size = web.head(address, policy)
        say(f"{file}: {address}: {found}")
        known = "" if size is None else size
        return dict(zip(CHECK_COLUMNS, (name, file, "yes" if answers else "no", found, known, address), strict=True))

    say = _one_at_a_time(say)
    with ThreadPoolExecutor(policy.per_host) as pool:
        return list(pool.map(ask, asked))


def table(rows, columns):
    """Return rows as an aligned text table, followed by a line for each `reason`: those are too long for a column."""
    columns = [column for column in columns if column != "reason"]
    cells = [[column.replace("_", " ") for column in columns]] + [
        [str(row[column]) for column in columns] for row in rows
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    reasons = {row["dataset"]: row["reason"] for row in rows if row.get("reason")}
    return "\n".join(lines + [f"{name}: {reason.removeprefix(f'{name}: ')}" for name, reason in reasons.items()])


def tsv(rows, columns):
    """Return rows as tab separated text."""
    lines = ["\t".join(columns)] + ["\t".join(" ".join(str(row[column]).split()) for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def _row(name, entry, fetched, say):
    """The row of one data set: its files are verified, then read for their shape."""
    from deepae.data.ingest import compare_shape, ingest

    expected = entry.get("expected")
    row = dict.fromkeys(COLUMNS, "") | {"dataset": name, "status": "failed"}
    row["shape_expected"] = f"{expected['genes']} x {expected['cells']}" if expected else ""
    paths = [path if path.exists() or "path" not in file else PROJECT / path for file, path in _located(entry)]
    results = [
        _verified(file, path) if "path" in file else fetched[file["name"]]
        for file, path in zip(entry["files"], paths, strict=True)
    ]
    failed = [result for result in results if isinstance(result, DeepAEError)]
    row["source"] = "; ".join(result.source for result in results if isinstance(result, download.Fetched))
    if failed:
        by_hand = not any("path" in file or catalogue.addresses(file, {}) for file in entry["files"])
        later = any(isinstance(error, web.Later) for error in failed)
        status = "by hand" if by_hand else "unreachable" if later else "failed"
        return row | {"status": status, "reason": "; ".join(map(str, failed))}
    row["bytes"] = sum(result.bytes for result in results)
    try:
        say(f"{name}: read for its shape")
        cells, genes = ingest(entry | {"accept_shape": True}, paths, name, PROJECT).matrix.shape
    except Exception as error:  # a reader that fails in an unknown way is a failed row too
        return row | {"reason": str(_known(error, name))}
    row["shape_found"] = f"{genes} x {cells}"
    try:
        return row | {"status": "ok", "reason": compare_shape(genes, cells, entry, name, name)}
    except DataError as error:
        return row | {"status": "other shape", "reason": str(error)}


def _located(entry):
    return zip(entry["files"], catalogue.paths(entry), strict=True)


def _known(error, name):
    """Return a `DeepAEError` as it is, any other error as one, with its traceback on stderr (the log, in a script)."""
    if isinstance(error, DeepAEError):
        return error
    traceback.print_exception(error)
    return DownloadError(f"{name}: unexpected {type(error).__name__}: {error} (traceback in the log)")


def _verified(file, path):
    """Verify a file that is not fetched; a folder (MatrixMarket) is left to its reader."""
    if path.is_dir():
        return download.Fetched(path, 0, "", str(path), 0)
    try:
        return download.verify(file, path)
    except DeepAEError as error:
        return error


def _metadata(entry, sites, policy, say):
    """Return (`Series`, differences), or (None, why there is none). A failure here is told, and no more."""
    file = next((file for file in entry["files"] if "series_matrix" in file["name"]), None)
    try:
        if file is None:
            file = geo_metadata.soft_file(entry["accession"])
            download.fetch(file, Path(catalogue.DOWNLOADS) / file["name"], sites=sites, policy=policy, say=say)
        series = geo_metadata.read(Path(catalogue.DOWNLOADS) / file["name"])
    except DeepAEError as error:
        return None, str(error)
    return series, geo_metadata.compare(entry, series)


def _one_at_a_time(say):
    lock = threading.Lock()

    def locked(line):
        with lock:
            say(line)

    return locked
