"""Small files that are built as the paper's files are, header quirks included, with the matrix that must come out.

`build(name, folder)` writes the files of one catalogue entry and returns a `Case`, for the unit tests and the fuzzer.
"""

import bz2
import copy
import gzip
import io
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow"))

from deepae.config import catalogue  # noqa: E402

COUNTS = np.array(
    [
        [0, 5, 0, 1, 2, 0, 11, 0],
        [3, 0, 0, 0, 7, 1, 0, 2],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [120, 1, 33, 0, 4, 9, 1, 1],
        [1, 0, 2, 0, 3, 0, 4, 0],
    ],
    dtype=float,
)
DECIMALS = np.round(COUNTS * 1.37 + (COUNTS > 0) * 0.001, 3)
CELLS = [f"cell{number}" for number in range(1, 9)]


@dataclass
class Case:
    """An entry whose expected shape is the fixture's, its files, and what must be read."""

    name: str
    entry: dict
    files: list
    values: np.ndarray  # genes x cells
    genes: list
    cells: list
    labels: list | None = None
    dropped: list = field(default_factory=list)


def build(name, folder):
    """Write the files of a catalogue entry into `folder`."""
    entry = copy.deepcopy(catalogue.from_source(catalogue.load(ROOT / "config/datasets.yaml"), "geo")[name])
    for file in entry["files"]:
        file.pop("sha256", None)
        file.pop("bytes", None)
    files, values, genes, cells, labels = BUILDERS[name](entry, Path(folder))
    entry["expected"] = {"genes": len(genes), "cells": len(cells)}
    return Case(name, entry, files, np.asarray(values, dtype=np.float32), genes, cells, labels)


def text(rows, mark="\t", end="\n"):
    """Return rows of fields as bytes."""
    return "".join(mark.join(str(field) for field in row) + end for row in rows).encode()


def numbers(values):
    """Return rows of numbers as programs print them: whole ones without a point."""
    return [[f"{value:g}" for value in row] for row in values]


def tar(members):
    """Return an uncompressed tar of name -> bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _write(entry, folder, content, position=0):
    path = folder / entry["files"][position]["name"]
    path.write_bytes(content)
    return path


def _plain(title, genes, values, short=False):
    """A genes x cells table, as most series files are."""

    def builder(entry, folder):
        header = CELLS if short else [title, *CELLS]
        rows = [header] + [[gene, *row] for gene, row in zip(genes, numbers(values), strict=True)]
        path = _write(entry, folder, gzip.compress(text(rows)))
        return [path], values, list(genes), list(CELLS), None

    return builder


def _gse65525(entry, folder):
    genes = ["Sox17", "Xkr4", "Rp1", "Lypla1", "0610007P14Rik"]
    widths = [3, 1, 2, 2]
    members, cells, labels, start = {"GSM1599495_ES_d0_biorep_techrep1.csv.bz2": bz2.compress(b"other,1\n")}, [], [], 0
    for member, width in zip(entry["files"][0]["members"], widths, strict=True):
        part = COUNTS[:, start : start + width]
        rows = [[gene, *row] for gene, row in zip(genes, numbers(part), strict=True)]
        members[member] = bz2.compress(text(rows, ","))
        cells += [f"{member.split('.')[0]}_{number}" for number in range(1, width + 1)]
        labels += [member.split("_")[2]] * width
        start += width
    return [_write(entry, folder, tar(members))], COUNTS, genes, cells, labels


def _gse84133(entry, folder):
    genes = ["X0610007P14Rik", "H2.Aa", "Sox17", "Rp1", "Lypla1"]
    types = ["beta", "ductal", "beta", "B_cell", "T_cell", "beta", "delta", "alpha"]
    members, cells = {"GSM2230757_human1_umifm_counts.csv.gz": gzip.compress(b'"",barcode\n')}, []
    for member, mouse, first, last in zip(entry["files"][0]["members"], (1, 2), (0, 3), (3, 8), strict=True):
        names = [f"mouse{mouse}_lib1.final_cell_{number:04d}" for number in range(1, last - first + 1)]
        rows = [['""', "barcode", "assigned_cluster", *genes]]
        for name, kind, row in zip(names, types[first:last], numbers(COUNTS[:, first:last].T), strict=True):
            rows.append([name, "GATTACA-ACGT", kind, *row])
        members[member] = gzip.compress(text(rows, ","))
        cells += names
    return [_write(entry, folder, tar(members))], COUNTS, genes, cells, types


def _gse69405(entry, folder):
    ids = ["ENSG00000000003.10", "ENSG00000141510.11", "ENSG00000012048.15", "ENSG00000000005.5", "ENSG00000999999.1"]
    names = ["TSPAN6", "TP53", "BRCA1", "TNMD", "RP11-1.1"]
    cells = ["LC-PT-45_SC01", "LC-PT-45_SC02", "LC-PT-45_Pooled", *CELLS[3:]]
    rows = [["gene_id", "gene_name", "gene_type", *cells]]
    rows += [[i, n, "protein_coding", *row] for i, n, row in zip(ids, names, numbers(DECIMALS), strict=True)]
    return [_write(entry, folder, gzip.compress(text(rows)))], DECIMALS, names, cells, None


def _series(entry, folder):
    accession, species = entry["accession"], entry["species"]
    samples = [f"GSM{number}" for number in range(614981, 614989)]
    probes = ["A_51_P100021", "A_51_P100034", "A_51_P100052", "A_51_P100063", "A_51_P100084"]
    values = DECIMALS - 2.5  # log ratios
    rows = [
        ["!Series_title", '"Liver ""fat"" of mice or leaves of maize"'],
        ["!Series_geo_accession", f'"{accession}"'],
        ["!Series_platform_id", '"GPL7202"'],
        [],
        ["!Sample_title", *(f'"sample {number}"' for number in range(8))],
        ["!Sample_geo_accession", *(f'"{sample}"' for sample in samples)],
        ["!Sample_organism_ch1", *[f'"{species}"'] * 8],
        ["!series_matrix_table_begin"],
        ['"ID_REF"', *(f'"{sample}"' for sample in samples)],
    ]
    body = [[f'"{probe}"', *row] for probe, row in zip(probes, numbers(values), strict=True)]
    body.insert(2, ['"A_51_P_missing"', *["1"] * 7, ""])
    body.insert(4, ['"A_51_P_null"', "null", *["1"] * 7])
    content = text([*rows, *body, ["!series_matrix_table_end"]])
    return [_write(entry, folder, gzip.compress(content))], values, probes, samples, None


def fcs_bytes(values, names, markers):
    """Return events x channels as an FCS 3.1 file."""
    import flowio

    stream = io.BytesIO()
    flowio.create_fcs(stream, np.asarray(values, dtype=np.float32).ravel().tolist(), names, opt_channel_names=markers)
    return stream.getvalue()


def _fcs(entry, folder):
    names = ["Time", "Cell_length", "(Rh103)Di", "(Nd142)Di", "(Ir191)Di", "(Pt195)Di"]
    values = np.vstack([np.arange(8), DECIMALS - 1])
    path = _write(entry, folder, fcs_bytes(values.T, names, ["", "", "BC103", "CD69", "DNA", "Cisplatin"]))
    events = [f"event_{number}" for number in range(1, 9)]
    if entry["reader"].get("orientation") == "channels-as-samples":
        return [path], values.T, events, names, None
    return [path], values[2:], names[2:], events, None  # Time and event length are no markers


_ERCC = ["ERCC-00002", "ERCC-00003"]
BUILDERS = {
    "GSE60361": _plain("cell_id", ["Tspan12", "Mar-01", "Mar-02", "Mar-01", "Mar-02"], COUNTS),
    "GSE65525": _gse65525,
    "GSE62270": _plain("GENEID", ["0610007P14Rik__chr12", *_ERCC, "Sox17__chr1", "Rp1__chr1"], DECIMALS),
    "GSE48968": _plain("", ["SOX17", "XKR4", "LYPLA1", "RP1", "NOSUCHGENE"], DECIMALS, short=True),
    "GSE52529": _plain(
        "",
        ["ENSG00000000003.10", "ENSG00000141510.11", "ENSG00000012048.15", "ENSG00000000005.5", "ENSG00000999999.1"],
        DECIMALS,
        short=True,
    ),
    "GSE84133": _gse84133,
    "GSE78779": _plain("Sample", ["ENSMUSG00000025902", *_ERCC, "ENSMUSG00000025900", "__no_feature"], COUNTS),
    "GSE69405": _gse69405,
    "GSE102475": None,  # filled in below: its cells carry the labels
    "metabolic-mouse": _series,
    "metabolic-maize": _series,
    "CyTOF-MDA-MB-231": _fcs,
    "CyTOF-MDA-MB-231-released": _fcs,
}


def _gse102475(entry, folder):
    genes = [*_ERCC, "YAL001C", "YBR145W", "Q0010"]
    cells = [f"BY4741_{'Stressed' if n % 2 else 'Unstressed'}_17840_C50_BY{n}" for n in range(1, 9)]
    rows = [["gene", *cells]] + [[gene, *row] for gene, row in zip(genes, numbers(DECIMALS), strict=True)]
    path = folder / entry["files"][0]["name"]
    path.write_bytes(gzip.compress(text(rows)))
    return [path], DECIMALS, genes, cells, ["stressed" if n % 2 else "unstressed" for n in range(1, 9)]


BUILDERS["GSE102475"] = _gse102475
