"""What the inputs are made with: a matrix and its names, the registry, and writers of each format."""

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
N_GENES, N_CELLS = 60, 12
COUNTS = np.random.RandomState(7).poisson(0.9, (N_GENES, N_CELLS)).astype(float)  # genes x cells
CELLS = [f"AAAC{letters}-1" for letters in "GAAT ACAA ACTT CCGT TGAA TGGT TAGT TCTC TCTG TTAA CCCT CAAT".split()]


def _mouse():
    rows = gzip.decompress((ROOT / "resources/gene_ids/mouse.tsv.gz").read_bytes()).decode().splitlines()
    head = rows[0].split("\t")
    found = [dict(zip(head, row.split("\t"), strict=True)) for row in rows[1:6000:40]]
    return [row for row in found if row["ensembl"] and "|" not in row["ensembl"]][:N_GENES]


GENES = [row["symbol"] for row in _mouse()]
ENSEMBL = [row["ensembl"] for row in _mouse()]
ENTREZ = [row["entrez"] for row in _mouse()]
HUMAN = """A2M TP53 BRCA1 BRCA2 EGFR KRAS NRAS BRAF PTEN RB1 MYC MYCN CDK4 CDK6 CCND1 CCNE1 MDM2 ATM ATR CHEK1 CHEK2
ERBB2 MET ALK ROS1 RET KIT PDGFRA FLT3 JAK2 STAT3 TNF IL6 IL10 CD3E CD4 CD8A MS4A1 CD19 PTPRC GAPDH ACTB ALB INS GCG SST
PPY GHRL KRT19 SOX17 XKR4 RP1 LYPLA1 PECAM1 VWF COL1A1 COL1A2 VIM EPCAM CDH1""".split()


@dataclass
class Input:
    """What must become of a file.

    name      of the builder
    build     writes into a folder, returns the path that `data` names
    read      the matrix, cells x genes, or None if the file is refused
    message   a regular expression: the refusal, or a line that is said (empty: none asked for)
    organism, reader
              as given with `data`
    genes, cells
              what must be read, where it is not GENES and CELLS; False: not compared
    """

    name: str
    build: object
    read: object
    message: str
    organism: str | None
    reader: dict | None
    genes: object
    cells: object


INPUTS = {}


def reads(message="", organism=None, reader=None, values=COUNTS.T, genes=GENES, cells=CELLS):
    """The decorated builder makes a file that must be read."""

    def register(build):
        INPUTS[build.__name__] = Input(build.__name__, build, values, message, organism, reader, genes, cells)
        return build

    return register


def refuses(message, organism=None, reader=None):
    """The decorated builder makes a file that must be refused in one line."""
    return reads(message, organism, reader, None, False, False)


def table(folder, name, rows, mark="\t", above=""):
    path = folder / name
    path.write_text(above + "".join(mark.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def plain(genes=GENES, cells=CELLS, title="gene", values=COUNTS):
    return [[title, *cells]] + [[g, *(f"{v:g}" for v in row)] for g, row in zip(genes, values, strict=True)]


def with_column(name, values, at=1):
    rows = plain()
    for row, value in zip(rows, [name, *values], strict=True):
        row.insert(at if at >= 0 else len(row), value)
    return rows


def market(folder, values=COUNTS, genes=ENSEMBL, cells=CELLS, kinds=None, prefix="", quote="", pack=True):
    inside = folder / "sample"
    inside.mkdir(exist_ok=True)
    kinds = kinds or ["Gene Expression"] * len(genes)
    names = [*GENES, *(gene.partition("_")[0] for gene in genes[N_GENES:])]
    q = quote
    rows, columns = np.nonzero(values)
    entries = "".join(f"{r + 1} {c + 1} {int(values[r, c])}\n" for r, c in zip(rows, columns, strict=True))
    head = "%%MatrixMarket matrix coordinate integer general\n%metadata_json: {}\n"
    texts = {
        "matrix.mtx": f"{head}{len(genes)} {len(cells)} {len(rows)}\n{entries}",
        "features.tsv": "".join(
            f"{q}{gene}{q}\t{q}{name}{q}\t{q}{kind}{q}\n" for gene, name, kind in zip(genes, names, kinds, strict=True)
        ),
        "barcodes.tsv": "".join(f"{q}{cell}{q}\n" for cell in cells),
    }
    for name, text in texts.items():
        if pack:
            (inside / f"{prefix}{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (inside / f"{prefix}{name}").write_text(text)
    return inside


def with_features(kind, names):
    return {
        "values": np.vstack([COUNTS, np.full((len(names), N_CELLS), 5000)]),
        "genes": ENSEMBL + names,
        "kinds": ["Gene Expression"] * N_GENES + [kind] * len(names),
    }


def tenx(folder, group="matrix"):
    import scipy.sparse

    path = folder / "filtered_feature_bc_matrix.h5"
    sparse = scipy.sparse.csc_matrix(COUNTS.astype(np.int32))
    with h5py.File(path, "w") as file:
        for name in ("data", "indices", "indptr"):
            file[f"{group}/{name}"] = getattr(sparse, name)
        file[f"{group}/shape"] = np.array(sparse.shape)
        file[f"{group}/barcodes"] = np.array(CELLS, dtype="S18")
        if group == "matrix":
            file["matrix/features/id"] = np.array(ENSEMBL, dtype="S32")
            file["matrix/features/name"] = np.array(GENES, dtype="S32")
            file["matrix/features/feature_type"] = np.array(["Gene Expression"] * N_GENES, dtype="S32")
        else:
            file[f"{group}/genes"] = np.array(ENSEMBL, dtype="S32")
            file[f"{group}/gene_names"] = np.array(GENES, dtype="S32")
    return path


def h5ad(folder, values, cells=CELLS, genes=GENES, var=None, name="cells.h5ad"):
    import anndata
    import pandas as pd

    made = anndata.AnnData(values, pd.DataFrame(index=list(cells)), pd.DataFrame(var or {}, index=list(genes)))
    made.write_h5ad(folder / name)
    return folder / name


def old(folder, x, names=("X",)):
    """As anndata before 0.7 wrote: obs and var are tables of compounds."""
    path = folder / "old.h5ad"
    with h5py.File(path, "w") as file:
        obs = np.zeros(N_CELLS, dtype=[("index", "S20"), ("louvain", "i1"), ("n_counts", "<f4")])
        obs["index"], obs["louvain"] = CELLS, np.arange(N_CELLS) % 3
        var = np.zeros(N_GENES, dtype=[("index", "S20"), ("n_cells", "<i8")])
        var["index"] = GENES
        file["obs"], file["var"] = obs, var
        file["uns/louvain_categories"] = np.array(["a", "b", "c"], dtype="S1")
        for name in names:
            x(file, name)
        if "raw.X" in names:
            file["raw.var"] = var
    return path


def dense(file, name, dtype="<f4"):
    file[name] = COUNTS.T.astype(dtype)


def sparse(file, name, dtype="<f4", **attributes):
    import scipy.sparse

    matrix = scipy.sparse.csr_matrix(COUNTS.T)
    file[f"{name}/data"] = matrix.data.astype(dtype)
    file[f"{name}/indices"], file[f"{name}/indptr"] = matrix.indices, matrix.indptr
    file[name].attrs.update(attributes)


def changed(folder, change, values=COUNTS.T):
    path = h5ad(folder, values)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


PROBES = [f"{1000 + i}_at" for i in range(N_GENES)]


def series(folder, metadata, end="\n"):
    names = [f'"GSM{100 + i}"' for i in range(N_CELLS)]
    rows = plain([f'"{probe}"' for probe in PROBES], names, '"ID_REF"')
    text = f'!Series_title\t"A series"\n{metadata}!series_matrix_table_begin\n'
    text += "".join("\t".join(row) + "\n" for row in rows) + "!series_matrix_table_end\n"
    path = folder / "GSE1_series_matrix.txt"
    path.write_bytes(text.replace("\n", end).encode())
    return path


SAMPLES = [f"GSM{100 + i}" for i in range(N_CELLS)]


def packed(folder, members, name="counts.csv.zip"):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def csv_bytes(folder):
    return table(folder, "counts.csv", plain(), ",").read_bytes()


CHANNELS = ["FSC-A", "SSC-A", "FL1-A", "FL2-A", "FL3-A"]
EVENTS = np.random.RandomState(3).randint(0, 1000, (40, 5)).astype(float)


def fcs_bytes(values=EVENTS, names=CHANNELS, bits=32, kind="F", order="1,2,3,4", shift=(0, 0), ends=(0, 0), **words):
    """Return an FCS 3.1 file.

    shift, ends  added to the first and last byte of the data in (HEADER, TEXT)
    words        keywords to set, or to leave out (None), without the $
    """
    sign = "<" if order.startswith("1") else ">"
    if kind == "I":
        width = bits // 8
        little = np.ascontiguousarray(values.astype("<u8")).view(np.uint8).reshape(*values.shape, 8)[..., :width]
        data = (little if sign == "<" else little[..., ::-1]).tobytes()
    else:
        data = values.astype(sign + {"F": "f4", "D": "f8"}[kind]).tobytes()
    keys = {"BYTEORD": order, "DATATYPE": kind, "MODE": "L", "NEXTDATA": "0", "PAR": len(names), "TOT": len(values)}
    for number, name in enumerate(names, start=1):
        keys |= {f"P{number}B": bits, f"P{number}E": "0,0", f"P{number}R": 1024, f"P{number}N": name}
    keys |= words
    start, text = 0, ""
    for _ in range(3):  # the offsets are part of the text before them
        offsets = {"BEGINDATA": start + shift[1], "ENDDATA": start + len(data) - 1 + ends[1]}
        offsets = {key: f"{value:010d}" for key, value in offsets.items()}
        text = "/" + "".join(f"${key}/{value}/" for key, value in (keys | offsets).items() if value is not None)
        start = 58 + len(text)
    header = f"FCS3.1    {58:8d}{start - 1:8d}{start + shift[0]:8d}{start + len(data) - 1 + ends[0]:8d}{0:8d}{0:8d}"
    return header.encode() + text.encode() + data


def fcs(folder, *further, **keywords):
    path = folder / "cells.fcs"
    path.write_bytes(b"".join([fcs_bytes(**keywords), *further]))
    return path
