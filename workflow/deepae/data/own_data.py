"""``--config data=FILE``: a user's own file becomes a catalogue entry and a grid of that file alone.

Light: imported while the Snakefile is parsed, which happens again in every job. The file itself is only looked into far
enough to know whether it has fewer genes than the largest default number of measurements.
"""

import re
from pathlib import Path

from deepae.config import formats
from deepae.config.shapes import shape_of
from deepae.config.vocabulary import KEY_DIMENSIONS, NORMALIZATIONS, ORGANISMS, TABLE_MEASUREMENTS, TRAIN_MINIMUM
from deepae.errors import ConfigError, DataError, DeepAEError

MAPPED = [name for name, organism in ORGANISMS.items() if organism.gene_table]
SEEDS = [1, 2, 3, 4, 5]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
MEASUREMENTS = (KEY_DIMENSIONS, TABLE_MEASUREMENTS)  # h, if the data have more genes than that
KEY_GENES, TESTED = 10, 100  # genes below which the top tenth of them is empty, or too few to test gene sets
LEAST_TEST = 6  # test cells below which neighbours and t-SNE say nothing
LABEL = 24  # characters
BLOCK = "own-data"
SUMMARY = "summary"
BEYOND = (
    "nearest-cell",
    "undetected",
    "panel-random",
    "panel-variance",
    "panel-greedy",
    "cs-lasso",
    "cs-ridge",
    "oracle-pca",
)  # in the summary figure
LADDER, NETWORK_LADDER = (5, 10, 20, 50, 100), (10, 50)  # h that `recommend` tries
NETWORK_GENES = 10_000  # genes beyond which `recommend` trains networks with one seed: minutes each
RIVALS = (
    "mean",
    "pca",
    "random-lmmse",
    "panel-random",
    "panel-variance",
    "panel-greedy",
    "svd-corrected",
    "cs-ridge",
    "oracle-pca",
)
LARGE = 20_000  # cells from which the default is limited, so that it ends
LIMITS = {"maximum": 200, "test_maximum": 5_000}  # cells that train (the paper's largest data set: 150) and test
_PLAIN_WORDS = "counts?|matrix|raw|filtered|normali[sz]ed|data|table|final|expression|tpm|fpkm|umi"
_OPENS = (".h5ad", ".h5", ".fcs")
_UNPACK = {".gz": "gunzip -k", ".bz2": "bunzip2 -k", ".zip": "unzip"}
_READ_THROUGH = 1 << 26  # bytes of a compressed file that is read to its end before anything is planned
_PATIENCE = 20  # seconds to count the genes of an HDF5 file


def own_data(config, catalogue_entries, methods):
    """Turn ``--config data=FILE [organism=…] [reader={…}] [label=…]`` into a grid of that file alone.

    DeepAE with the paper's loss and with the released programs' squared error, since the loss decides which metric
    looks good; the baselines as published and corrected; the controls; z-scores, h = 10 and 50 or what fits fewer
    genes, three seeds; none of the other architectures, which would take six times as long. The figures and tables of
    the comparison, and a saved model with Figure 8; key genes and enrichment only if the organism is known.

    Returns
    -------
    config, catalogue_entries : dict
    said : list of str
        What a user should know, one line each.
    """
    path = Path(config["data"]).expanduser()
    told = {key: config[key] for key in ("organism", "reader", "label", "gene_id_type") if key in config}
    entry = make_entry(path, **told)
    name = own_name(path)
    if name in catalogue_entries:
        name = f"own-{name}"
    genes = count_genes(path, entry["reader"], max(LADDER))
    what = "channels" if entry["reader"]["layout"] == "fcs" else "genes"
    if genes == 1:
        raise DataError(f"{path}: too few {what} (1), expected at least 2, as h has to be fewer")
    measurements, said = fitting_measurements(genes, what)
    chosen = [
        key
        for key, method in methods.items()
        if (method["protocol"] in ("paper", "corrected", "control") and method["role"] != "network")
        or key == "deepae-mse"
    ]
    limits, left_out, found = limits_of_large(path, entry, config, methods)
    said += found
    chosen = [key for key in chosen if key not in left_out]
    block = {
        "name": BLOCK,
        "datasets": [name],
        "normalization": "zscore",
        "methods": chosen,
        "measurements": measurements,
        "seeds": 3,
    }
    kinds = ("figure-1", "figure-2", "figure-3", "figure-4", "figure-s1")
    if config.get("recommend"):
        shape = shape_of(entry, "", [Path(file["path"]) for file in entry["files"]])
        seeds = config.get("network_seeds") or (block["seeds"] if shape and shape.genes <= NETWORK_GENES else 1)
        if seeds < block["seeds"]:
            said.append(f"networks are trained with {seeds} of {block['seeds']} seeds; network_seeds=3 trains with all")
        grid = small_contest(block, genes, methods, bool(limits), seeds)
        folder = f"{config.get('results', 'results')}/recommend"
        own = {"results": folder, "grid": grid, "figures": [], "tables": [], "models": [], "audit": False}
        return limits | config | own, catalogue_entries | {name: entry}, said
    more = block | {"name": SUMMARY, "methods": chosen + [key for key in BEYOND if key in methods]}
    own = {
        "grid": [block, more],
        "figures": [*({"name": kind, "block": BLOCK} for kind in kinds), {"name": "summary", "block": SUMMARY}],
        "tables": [{"name": kind, "block": BLOCK} for kind in ("table-1", "table-3", "table-s3", "table-s4")],
        "models": [],
        "audit": False,
    }
    figures, model, found = what_follows(entry, genes, measurements)
    own["figures"] += [{"name": kind} for kind in figures]
    own["models"] += [{"dataset": name, "normalization": "zscore", "method": "deepae"} | model] if model else []
    return limits | config | own, catalogue_entries | {name: entry}, said + found


def small_contest(block, genes, methods, large=False, network_seeds=3):
    """Return the blocks of the target `recommend`: families over many h, networks at fewer, and training cells."""
    hs = [h for h in LADDER if genes is None or h < genes] or block["measurements"]
    few = [h for h in NETWORK_LADDER if h in hs] or hs[:1]
    rivals = [name for name in RIVALS if name in methods]
    return [
        block | {"name": "recommend", "methods": rivals, "measurements": hs},
        block
        | {"name": "recommend-networks", "methods": ["deepae"], "measurements": few}
        | {"seeds": min(network_seeds, block["seeds"])},
        block
        | {"name": "recommend-training", "methods": ["pca", "panel-greedy"], "measurements": [min(10, hs[-1])]}
        | {"n_train": [TRAIN_MINIMUM, 50, "usual"] if large else [TRAIN_MINIMUM, "usual", 0.2, "all"]},
    ]


def what_follows(entry, genes, measurements):
    """Return the figures that need a saved model, that model (empty: none), and what to say of what is left out."""
    shape = shape_of(entry, "", [Path(file["path"]) for file in entry["files"]])
    if shape is not None and shape.cells < TRAIN_MINIMUM + LEAST_TEST:
        left = max(0, shape.cells - TRAIN_MINIMUM)
        said = f"{shape.cells} cells: {left} to test, too few for Figure 8 and what follows from a saved model"
        return [], {}, [f"{said} ({LEAST_TEST} or more)"]
    model = {"measurements": [max(h for h in measurements if h <= KEY_DIMENSIONS)]}
    if genes is not None and genes < KEY_GENES:
        said = f"fewer than {KEY_GENES}: no key genes, which are the top tenth, and nothing that follows from them"
        return ["figure-8"], model | {"key_genes": False}, [said]
    if "organism" not in entry:
        return ["figure-8"], model, []
    if genes is not None and genes < TESTED:
        return ["figure-8"], model, [f"fewer than {TESTED}: too few key genes to test gene sets and pathways"]
    return ["figure-8", "figure-9", "figure-s3"], model, []


def limits_of_large(path, entry, config, methods):
    """Return what the configuration gains for data of many cells, methods to leave out, and what to say about it."""
    shorter = {entry["stands_for"]: name for name, entry in methods.items() if "stands_for" in entry}
    shape = shape_of(entry, "", [Path(file["path"]) for file in entry["files"]])
    if shape is None or shape.cells <= LARGE:
        return {}, set(shorter.values()), []
    said = f"{path.name}: about {shape.cells} cells, so that sNMF learns for 100 rounds (snmf-short)"
    if "split" not in config:
        said += (
            f", at most {LIMITS['maximum']} cells train and {LIMITS['test_maximum']} test; "
            "--config 'split={fraction: 0.05}' trains the paper's 5 % and tests all others"
        )
    return {"split": LIMITS}, set(shorter), [said]


def fitting_measurements(genes, what="genes"):
    """Return the numbers of measurements for so many genes (None: many), and what to say about them."""
    if genes is None or genes > max(MEASUREMENTS):
        return list(MEASUREMENTS), []
    fitting = [h for h in MEASUREMENTS if h < genes] or sorted({max(1, genes // 4), max(1, genes // 2)})
    wanted, found = (" and ".join(map(str, numbers)) for numbers in (MEASUREMENTS, fitting))
    return fitting, [f"{genes} {what}: h = {found} instead of {wanted}, which must be fewer than the {what}"]


def own_name(path):
    """Return the id of a user's own file: its name without suffixes, made of safe characters."""
    stem = _stem(path)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:80]
    return name if NAME.fullmatch(name) else "own-data"


def short_label(path):
    """Return what figures call a user's own file: its accession, or its name cut to at most `LABEL` characters."""
    stem = _stem(path)
    accession = re.match(r"(GSE|GSM|E-MTAB-|SRP|PRJNA)\d+", stem)
    if accession and len(stem) > LABEL:
        return accession[0]
    words = re.sub(r"[\s_]+", " ", stem).strip()
    words = re.sub(f"( ({_PLAIN_WORDS}))+$", "", words, flags=re.IGNORECASE)
    if len(words) <= LABEL:
        return words or "own data"
    cut = words[: LABEL - 1].rsplit(" ", 1)[0] if " " in words[:LABEL] else words[: LABEL - 1]
    return cut.rstrip(" ,;.-") + "…"


def _stem(path):
    stem = Path(path).name
    for suffix in (*formats.COMPRESSION, ".zip", *formats.TEXT, *_OPENS, ".mtx"):
        stem = stem[: -len(suffix)] if stem.lower().endswith(suffix) and len(stem) > len(suffix) else stem
    return stem


def make_entry(path, organism=None, reader=None, label=None, gene_id_type="auto"):
    """Return a catalogue entry for a user's own file.

    Parameters
    ----------
    path : path
        A table genes x cells, a series matrix, an .h5ad (cells x genes), a 10x .h5, an .fcs, a directory with
        matrix.mtx, features.tsv or genes.tsv, barcodes.tsv, or a matrix.mtx with these beside it.
    organism : {"mouse", "human", "yeast"}, optional
        Without it gene ids are not mapped and no gene sets are tested.
    reader : dict, optional
        Options that replace those found by the file's name.
    label : str, optional
        What figures call it; by default `short_label`.
    gene_id_type : str
        Of a table or matrix, as in a catalogue entry; channels of a cytometer are channels.

    Raises
    ------
    ConfigError
        For an unknown organism or a kind of file that is not read; DataError if there is no such file.
    """
    path = Path(path)
    if organism is not None and organism not in MAPPED:
        raise ConfigError(f"organism: found {organism!r}, expected one of {', '.join(MAPPED)}")
    if not path.exists():
        raise DataError(f"{path}: no such file; expected the data set named by `data`")
    if not (path.is_file() or path.is_dir()):
        raise DataError(f"{path}: a pipe or device, which can be read only once; expected a file or folder")
    files, found = _files_and_reader(path)
    found = (reader if "layout" in reader else found | reader) if reader else found
    channels = found["layout"] == "fcs"
    entry = {
        "label": label or short_label(path),
        "kind": "mass-cytometry" if channels else "single-cell",
        "unit": "as given",
        "complete": True,
        "files": files,
        "reader": found,
        "gene_id_type": "channel" if channels else gene_id_type,
        "normalizations": list(NORMALIZATIONS),
        "figure": "figure-8",
        "seeds": list(SEEDS),
    }
    if organism:
        entry |= {"organism": organism, "species": ORGANISMS[organism].species}
    return entry


def _files_and_reader(path):
    """Return the files of the entry and the reader, by the file's name and its first bytes."""
    kind = formats.refused(path.name)
    if kind is not None:
        raise ConfigError(f"data: {path.name}: {kind.message(path)}")
    plain = path.name.lower()
    for suffix in (*formats.COMPRESSION, ".zip"):
        plain = plain.removesuffix(suffix)
    _refuse_packed(path, plain)
    if path.is_dir():
        return [_file(path)], {"layout": "matrix-market"}
    if plain.endswith(".mtx"):
        return _matrix_market(path), {"layout": "matrix-market"}
    if plain.endswith(formats.TEXT) or path.name.lower().endswith(".zip"):
        return [_file(path)], _text_reader(path)
    for ending, layout in ((".h5ad", "h5ad"), (".h5", "10x-h5"), (".hdf5", "10x-h5"), (".fcs", "fcs")):
        if plain.endswith(ending):
            return [_file(path)], {"layout": layout}
    raise ConfigError(
        f"data: {path.name}: unknown kind of file; expected a table (.tsv, .txt, .csv, .gct, also .gz, .bz2, .zip), "
        ".h5ad, 10x .h5, .fcs or a MatrixMarket folder; docs/input.md lists what is read and how to convert the rest"
    )


def _refuse_packed(path, plain):
    """Refuse what is compressed and has to be unpacked first: HDF5, and what is not read anyway."""
    if len(plain) == len(path.name):
        return
    unpack = f"{_UNPACK[path.suffix.lower()]} {path}"
    kind = formats.refused(plain)
    if kind is not None:
        unpacked = path.with_name(path.name[: len(plain)])
        raise ConfigError(f"data: {path.name}: {unpack}; then it is {kind.message(unpacked)}")
    if plain.endswith((".h5", ".hdf5")):
        raise ConfigError(f"data: {path.name}: a compressed .h5, which is not read; {unpack}")


def _file(path, **more):
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name).lstrip("-._") or "data"
    return {"name": safe, "path": str(path), **more}


def _matrix_market(path):
    """Return the three files of a sample whose matrix is named: the lists beside it have the same prefix."""
    from deepae.data.readers.matrix_market import find

    match = re.fullmatch(r"(.*?)(?:matrix|cells_x_genes)\.mtx(\.gz|\.bz2)?", path.name, re.IGNORECASE)
    try:
        if match is None:
            raise DataError(path.name)
        found = find(path.parent, match[1])
    except DataError:
        raise ConfigError(f"data: {path.name}: {formats.UNNAMED_MATRIX.message(path)}") from None
    return [_file(source.path, role=role) for role, source in found.items()]


def _text_reader(path):
    """Tell a series matrix, which is a .txt too, by its first line."""
    try:
        first = _first_lines(path, 1)
    except DeepAEError:
        first = []
    if first and first[0].startswith("!"):
        return {"layout": "series-matrix"}
    return {"layout": "genes-by-cells", "separator": "auto", "header": "auto"}


def _opened(path):
    from deepae.data.readers.streams import opened
    from deepae.data.readers.table import Source

    return opened(Source(path))


def _first_lines(path, count):
    with _opened(path) as stream:
        return [stream.readline(1 << 24).decode("utf-8", "replace") for _ in range(count)]


def count_genes(path, reader, most):
    """Return the number of genes (or channels) of a file if it is at most `most`, or None: more, or not to be told.

    Raises what the reader would say of that part of the file; what is wrong further on is left to its job.
    """
    try:
        return _COUNTERS[reader["layout"]](Path(path), reader, most)
    except (OSError, ValueError, KeyError, IndexError):
        return None


def refuse_truncated(paths):
    """Raise `DataError` for a compressed or HDF5 file that ends too early, before anything is planned.

    Compressed files of more than 64 MB are left to their reader, because one has to read them to know.
    """
    for path in map(Path, paths):
        if path.is_dir():
            packed = [file for kind in ("mtx", "tsv", "txt") for file in path.glob(f"*.{kind}.*")]
            refuse_truncated(file for file in packed if not formats.is_litter(file.name))
        elif path.name.endswith(formats.COMPRESSION) and path.stat().st_size <= _READ_THROUGH:
            with _opened(path) as stream:
                while stream.read(1 << 20):
                    pass
        elif path.name.endswith((".h5", ".h5ad")):
            from deepae.data.readers.hdf5 import check_whole
            from deepae.data.readers.table import Source

            check_whole(Source(path), "an h5ad" if path.name.endswith("ad") else "a 10x Genomics .h5")


def _up_to(count, most):
    return count if count <= most else None


def _table_genes(path, reader, most):
    from deepae.data.readers.heading import read_heading, split
    from deepae.data.readers.streams import lines, opened
    from deepae.data.readers.table import Source

    source = Source(path)
    options = {key: reader[key] for key in ("separator", "header", "annotations") if key in reader}
    with opened(source) as stream:
        options = {"separator": "auto", "header": "auto", "annotations": None} | options
        heading, rows = read_heading(lines(stream, source), source, **options)
        if reader["layout"] == "cells-by-genes":
            number, line = next(rows, (1, ""))
            return _up_to(len(split(line, heading.mark, source, number)) - heading.annotations, most)
        count = 0
        for _, line in rows:
            count += bool(line.strip())
            if count > most:
                return None
    return count


def _series_genes(path, reader, most):
    from deepae.data.readers.series_matrix import series_matrix
    from deepae.data.readers.table import Source

    if path.stat().st_size > 1 << 20:
        return None
    return _up_to(len(series_matrix([Source(path)]).genes), most)


def _market_genes(path, reader, most):
    from deepae.data.readers import matrix_market as market
    from deepae.data.readers.table import Source

    if path.is_dir():
        files = market.find(path)
    else:
        files = {file["role"]: Source(Path(file["path"]), role=file["role"]) for file in _matrix_market(path)}
    genes = market.columns(files["genes"])
    kept = market.expressed(market.kinds_of(genes, files["genes"]), files["genes"], {})
    return _up_to(len(genes) if kept is None else len(kept), most)


def _fcs_genes(path, reader, most):
    from deepae.data.readers.fcs import fcs
    from deepae.data.readers.table import Source

    if path.stat().st_size > 1 << 28:
        return None
    options = {key: reader[key] for key in ("channels", "data_set", "orientation") if key in reader}
    return _up_to(len(fcs([Source(path)], **options).genes), most)


def _hdf5_genes(path, reader, most):
    """Count in another process: a damaged file may crash the HDF5 library."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_shape, args=(str(path), reader, sender))
    process.start()
    sender.close()
    try:
        count = receiver.recv() if receiver.poll(_PATIENCE) else None
    except EOFError:
        count = None
    process.kill()
    process.join()
    return None if count is None else _up_to(count, most)


def _send_shape(path, reader, sender):
    import contextlib

    import h5py
    import numpy as np

    from deepae.data.readers.h5ad import KIND_COLUMNS, tenx_groups
    from deepae.data.readers.matrix_market import expressed

    with contextlib.suppress(Exception), h5py.File(path, "r") as file:
        groups = tenx_groups(file)
        if groups:
            genome = reader.get("genome")
            group = file["matrix" if "matrix" in groups else genome or groups[0]]
            kinds, count = group.get("features/feature_type"), int(group["shape"][0])
            if genome and "matrix" in groups:
                kinds, count = None, int(np.sum(group["features/genome"][:] == genome.encode()))
        else:
            raw = "raw.X" if "raw.X" in file else "raw/X"
            where = raw if reader.get("raw") else f"layers/{reader['layer']}" if reader.get("layer") else "X"
            frame = "var" if not reader.get("raw") else "raw.var" if raw == "raw.X" else "raw/var"
            named = [f"{frame}/{name}" for name in KIND_COLUMNS]
            item, kinds = file[where], next((file[name] for name in named if name in file), None)
            sparse = isinstance(item, h5py.Group)
            shape = item.attrs.get("shape", item.attrs.get("h5sparse_shape")) if sparse else item.shape
            count = int(shape[1])
        if isinstance(kinds, h5py.Group):
            categories = [name.decode() for name in kinds["categories"][:]]
            kinds = [categories[code] for code in kinds["codes"][:]]
        elif kinds is not None:
            kinds = [name.decode() for name in kinds[:]]
        kept = expressed(kinds, path, {})
        count = count if kept is None else len(kept)
        sender.send(count)


_COUNTERS = {
    "genes-by-cells": _table_genes,
    "cells-by-genes": _table_genes,
    "series-matrix": _series_genes,
    "matrix-market": _market_genes,
    "fcs": _fcs_genes,
    "h5ad": _hdf5_genes,
    "10x-h5": _hdf5_genes,
}
