"""The twelve files as GEO and Cytobank have them: names, layouts, headers and quirks, at any size.

`write` makes the files of one catalogue entry below a folder that is then served like GEO's, its series metadata
beside them. What each file looks like is in the catalogue's `reader`; what is odd about it is here.
"""

import bz2
import gzip
import io
import itertools
import tarfile
from pathlib import Path

import numpy as np

from deepae.rehearsal import planted

_DIGITS = [str(number).encode() for number in range(10_000)]
#: How the units of the catalogue are drawn.
UNITS = {"UMI": "counts", "unknown": "logarithms"}
SAMPLES_ERCC = 92  # spike-ins of a file that has them
TITLES = {"GSE84133": "barcode", "GSE60361": "cell_id", "GSE62270": "GENEID", "GSE78779": "Sample", "GSE102475": "gene"}


def write(name, entry, folder, root, random):
    """Write the files of a catalogue entry below `folder`; return its `planted.Structure`, or None for FCS.

    Parameters
    ----------
    name : str
        Id of the data set.
    entry : dict
        Of the catalogue; `expected` says how many genes and cells to write.
    folder : path
        Stands for the address of GEO: a file lies at the path of its `url`. A file without an address, which a user
        gets by hand, lies in `folder`.
    root : path
        Of the project, for the tables of genes and the gene sets.
    random : numpy.random.Generator
    """
    folder = Path(folder)
    genes, cells = entry["expected"]["genes"], entry["expected"]["cells"]
    file = entry["files"][0]
    path = folder / file["url"].removeprefix("{base}/") if "url" in file else folder / file["name"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry["reader"]["layout"] == "fcs":
        if entry["reader"].get("orientation") == "channels-as-samples":
            return None  # the same file, read the other way
        # Two channels more than the features: Time and event length are left out when it is read.
        path.write_bytes(_fcs(planted.events(cells, genes + 2, random)))
        return None
    ids, matched = names(name, entry, genes, root, random)
    sets = _sets(entry, root)
    what = planted.structure(matched, cells, sets, random)
    labels, columns = _cells(name, entry, what)
    unit = UNITS.get(entry["unit"], "decimals")
    blocks = planted.values(what, unit, random)
    layout = entry["reader"]["layout"]
    if layout == "series-matrix":
        _series_matrix(path, entry, ids, columns, np.concatenate(list(blocks), axis=1), random)
    elif "members" in file:
        _archive(path, name, file["members"], ids, labels, columns, blocks)
    else:
        matrix = np.concatenate(list(blocks), axis=1)
        with gzip.open(path, "wb", compresslevel=1) as stream:
            _table(stream, _header(name, entry, columns), _heads(name, ids), matrix)
    _metadata(folder, entry, columns)
    return what


def names(name, entry, count, root, random):
    """Return the ids of a data set's genes as its file writes them, and what each is called in gene sets ("" for none).

    Genes of the planted sets come first, then others of the organism's table, then ids that no table knows: real files
    have those too. The order is shuffled; spike-ins stand where the file has them.
    """
    kind, organism = entry["gene_id_type"], entry.get("organism")
    if kind == "probe":
        digits = [f"{number:06d}" for number in range(100_001, 100_001 + count)]
        return [f"A_51_P{number}" if organism == "mouse" else f"MZ000{number}" for number in digits], [""] * count
    spikes = planted.ERCC[:SAMPLES_ERCC] if name in ("GSE62270", "GSE78779", "GSE102475") else []
    spikes = spikes[: max(count // 20, 1)] if spikes else []
    table = planted.known_genes(organism, root)
    key = {"ensembl": "ensembl", "orf": "locus_tag"}.get(kind, "symbol")
    called = "locus_tag" if kind == "orf" else "symbol"
    rows = {row[called]: row for row in reversed(table) if row[called] and row[key]}
    wanted = [gene for _, genes in _sets(entry, root) for gene in genes if gene in rows]
    others = [gene for gene in rows if gene not in set(wanted)]
    random.shuffle(others)
    chosen = (wanted + others)[: count - len(spikes)]
    unknown = [f"{_UNKNOWN[kind]}{number:06d}" for number in range(count - len(spikes) - len(chosen))]
    pairs = [(rows[gene][key], gene) for gene in chosen] + [(gene, "") for gene in unknown]
    random.shuffle(pairs)
    ids = [_written(name, kind, key_of, number) for number, (key_of, _) in enumerate(pairs)]
    matched = [gene for _, gene in pairs]
    if name == "GSE60361" and count > 4:  # spreadsheet damage, as in the original: two symbols occur twice
        for place, damaged in zip((1, 3, 5, 7), ("Mar-01", "Mar-02", "Mar-01", "Mar-02"), strict=True):
            ids[place], matched[place] = damaged, ""
    return [*spikes, *ids], [""] * len(spikes) + matched


_UNKNOWN = {"symbol": "Gm", "symbol__chr": "Gm", "ensembl": "ENSG00009", "orf": "NCRNA"}


def _written(name, kind, gene, number):
    if kind == "symbol__chr":
        return f"{gene}__chr{1 + number % 19}"
    if name == "GSE48968":
        return gene.upper()  # symbols in capitals
    if name == "GSE52529":
        return f"{gene}.{1 + number % 15}" if gene.startswith("ENS") else gene
    return gene


def _sets(entry, root):
    library = SETS.get(entry.get("organism"))
    return planted.gene_sets(f"{root}/resources/genesets/{library}") if library else []


SETS = {
    "mouse": "GO_BP_mouse_gageData2012.symbols.gmt.gz",
    "human": "GO_BP_human_orgHs3.16.symbols.gmt.gz",
    "yeast": "GO_BP_yeast_gageData2012.orf.gmt.gz",
}


def _cells(name, entry, what):
    """Return a label and a column name for each cell."""
    groups = what.groups
    if name == "GSE84133":
        return [("beta", "ductal", "delta", "B_cell")[group] for group in groups], []
    if name == "GSE102475":
        words = ("Stressed", "Unstressed")
        return [], [f"BY4741_{words[group % 2]}_17840_C50_BY{n}" for n, group in enumerate(groups, 1)]
    if name == "GSE69405":  # single cells, then pools and bulk
        kinds = ["_Bulk", "_Pooled"] if len(groups) > 2 else []
        single = [f"LC-PT-45_SC{n:03d}" for n in range(1, len(groups) - len(kinds) + 1)]
        return [], single + [f"LC-PT-45{kind}" for kind in kinds]
    if entry["kind"] == "array":
        return [], [f"GSM{number}" for number in range(614_981, 614_981 + len(groups))]
    return [], [f"{name}_cell{n}" for n in range(1, len(groups) + 1)]


def _header(name, entry, columns):
    if entry["reader"].get("header") == "short":
        return columns  # R style: one field fewer than the rows
    if name == "GSE69405":
        return ["gene_id", "gene_name", "gene_type", *columns]
    return [TITLES.get(name, "gene"), *columns]


def _heads(name, ids):
    if name != "GSE69405":
        return ids
    return [f"ENSG{number:011d}.{1 + number % 15}\t{gene}\tprotein_coding" for number, gene in enumerate(ids, 3)]


def fields(row, mark):
    """Return a row of numbers as text: whole ones without a point, others as short as they are."""
    if np.all(row == np.rint(row)) and row.min(initial=0) >= 0 and row.max(initial=0) < len(_DIGITS):
        return mark.join(map(_DIGITS.__getitem__, row.astype(np.intp).tolist()))
    return mark.join(b"%.6g" % value for value in row.tolist())


def _table(stream, header, heads, matrix, mark=b"\t"):
    if header:
        stream.write(mark.join(str(name).encode() for name in header) + b"\n")
    for head, row in zip(heads, matrix, strict=True):
        stream.write(head.encode() + mark + fields(row, mark) + b"\n")


def _archive(path, name, members, ids, labels, columns, blocks):
    """A tar of CSV files: of GSE65525 genes x cells without a header, of GSE84133 cells x genes with three labels."""
    matrix = np.concatenate(list(blocks), axis=1)
    shares = {"GSE65525": (933, 303, 683, 798), "GSE84133": (822, 1064)}[name]
    ends = np.rint(np.cumsum(shares) / sum(shares) * matrix.shape[1]).astype(int)
    with tarfile.open(path, "w") as archive:
        for position, (member, first, last) in enumerate(zip(members, [0, *ends[:-1]], ends, strict=True)):
            text = io.BytesIO()
            if name == "GSE65525":
                _table(text, None, ids, matrix[:, first:last], b",")
                content = bz2.compress(text.getvalue(), 1)
            else:
                cells = [f"mouse{position + 1}_lib1.final_cell_{n:04d}" for n in range(1, last - first + 1)]
                heads = [f"{cell},GATTACA-ACGT,{kind}" for cell, kind in zip(cells, labels[first:last], strict=True)]
                _table(text, ['""', "barcode", "assigned_cluster", *ids], heads, matrix[:, first:last].T, b",")
                content = gzip.compress(text.getvalue(), 1, mtime=0)
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _series_matrix(path, entry, ids, columns, matrix, random):
    """A series matrix; a few further probes have a missing value, as log ratios do, and are dropped when read."""
    quoted = [f'"{column}"' for column in columns]
    head = [
        [f'!Series_title\t"Synthetic stand-in of {entry["accession"]}"'],
        [f'!Series_geo_accession\t"{entry["accession"]}"'],
        ['!Series_platform_id\t"GPL0000"'],
        [""],
        ["!Sample_title", *(f'"sample {n}"' for n in range(len(columns)))],
        ["!Sample_geo_accession", *quoted],
        ["!Sample_organism_ch1", *[f'"{entry["species"]}"'] * len(columns)],
        ["!series_matrix_table_begin"],
        ['"ID_REF"', *quoted],
    ]
    missing = set(random.choice(len(ids), min(5, len(ids)), replace=False).tolist())
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write("".join("\t".join(line) + "\n" for line in head).encode())
        for number, (probe, row) in enumerate(zip(ids, matrix, strict=True)):
            stream.write(f'"{probe}"\t'.encode() + fields(row, b"\t") + b"\n")
            if number in missing:
                stream.write(f'"{probe}_missing"\t'.encode() + b"null\t" + fields(row[1:], b"\t") + b"\n")
        stream.write(b"!series_matrix_table_end\n")


def _fcs(events):
    import flowio

    n_markers = events.shape[1] - 2
    names = ["Time", "Event_length", *(f"Metal{n}Di" for n in range(1, n_markers + 1))]
    markers = ["", "", *(f"marker{n}" for n in range(1, n_markers + 1))]
    stream = io.BytesIO()
    flowio.create_fcs(stream, events.ravel().tolist(), names, opt_channel_names=markers)
    return stream.getvalue()


def _metadata(folder, entry, columns):
    """The SOFT file of a series, as GEO has it: heads of series and samples, no values."""
    accession = entry["accession"]
    count = entry["expected"]["cells"]
    soft = [
        "^DATABASE = GeoMiame",
        "!Database_name = Gene Expression Omnibus (GEO)",
        f"^SERIES = {accession}",
        f"!Series_title = Synthetic stand-in of {accession}",
        f"!Series_geo_accession = {accession}",
    ]
    samples = (
        [f"^SAMPLE = {sample}", f"!Sample_geo_accession = {sample}", f"!Sample_organism_ch1 = {entry['species']}"]
        for sample in (columns if entry["kind"] == "array" else [f"GSM{1_000_000 + n}" for n in range(count)])
    )
    path = folder / "series" / f"{accession[:-3]}nnn" / accession / "soft" / f"{accession}_family.soft.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([*soft, *itertools.chain(*samples)]).encode() + b"\n", 1, mtime=0))
