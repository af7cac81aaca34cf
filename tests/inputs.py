"""Files as people bring them, made here: one small input for each oddity, and what must become of it.

    python tests/inputs.py FOLDER      writes all of them, to look at or to try with `data=`

Each stands for a kind that was seen in bug reports or public files; nothing in them is anybody's data.
"""

import gzip
import io
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
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


# ------------------------------------------------------------------ tables that lie the other way, or have more columns


@refuses(r"100% of the 60 cell names and \d+% of the 96 gene names are genes of mouse.*cells-by-genes", "mouse")
def plate_of_wells(folder):
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    values = np.random.RandomState(1).poisson(1, (96, N_GENES))
    return table(folder, "plate.csv", plain(wells, GENES, "well", values), ",")


@refuses(r"cell names and 0% of the 12 gene names are genes of human: the matrix lies the other way")
def transposed_without_organism(folder):
    return table(folder, "human.tsv", plain(CELLS, HUMAN[:N_GENES], "", COUNTS.T))


@refuses(r"the matrix lies the other way .*write it again with the cells in rows", "mouse")
def transposed_h5ad(folder):
    return h5ad(folder, COUNTS, cells=GENES, genes=CELLS)


@reads(reader={"layout": "cells-by-genes"}, organism="mouse")
def cells_by_genes_with_the_option(folder):
    return table(folder, "cells.csv", plain(CELLS, GENES, "cell", COUNTS.T), ",")


def with_column(name, values, at=1):
    rows = plain()
    for row, value in zip(rows, [name, *values], strict=True):
        row.insert(at if at >= 0 else len(row), value)
    return rows


@refuses(r"column 2 is called 'EntrezID'.*no cell.*reader='\{annotations: 2\}'")
def entrez_column(folder):
    return table(folder, "symbols.txt", with_column("EntrezID", ENTREZ))


@reads(reader={"annotations": 2})
def entrez_column_with_the_option(folder):
    return entrez_column(folder)


@refuses(r"column 2 is called 'Length'")
def length_column(folder):
    return table(folder, "length.txt", with_column("Length", range(500, 560)))


@refuses(r"column 2 is called 'NCBI\.GeneID'")
def ncbi_column(folder):
    return table(folder, "ncbi.csv", with_column("NCBI.GeneID", ENTREZ), ",")


@refuses(r"column 2 \(chr\) with text such as 'chr1'")
def chromosome_column(folder):
    return table(folder, "chr.tsv", with_column("chr", [f"chr{i % 19 + 1}" for i in range(N_GENES)]))


@refuses(r"column 14 is called 'Total'.*remove it from the file")
def total_column(folder):
    return table(folder, "total.tsv", with_column("Total", COUNTS.sum(axis=1).astype(int), -1))


@refuses(r"column 'bp' has no zero and \d+ times the sum of any other: is it a cell\?")
def column_with_an_unknown_name(folder):
    return table(folder, "bp.tsv", with_column("bp", range(900, 960)))


@refuses(r"line 2: column 2 \(what it does\) with text such as 'does 0'")
def text_column(folder):
    return table(folder, "text.tsv", with_column("what it does", [f"does {i}" for i in range(N_GENES)]))


@refuses(r"all names of cells are numbers .*is the header missing\?")
def no_header(folder):
    return table(folder, "headerless.tsv", plain(values=COUNTS + 0.25)[1:])


@refuses(r"all names of cells are numbers .*is the header missing\?")
def no_header_counts(folder):
    return table(folder, "headerless.csv", plain()[1:], ",")


@reads(reader={"header": "none"}, cells=[f"headerless_{i}" for i in range(1, N_CELLS + 1)])
def no_header_with_the_option(folder):
    return table(folder, "headerless.tsv", plain()[1:])


@reads(cells=[str(i) for i in range(N_CELLS)])
def cells_called_by_numbers(folder):
    return table(folder, "numbers.tsv", plain(cells=range(N_CELLS), title=""))


LARGE = COUNTS.copy()
LARGE[3, 4] = 2**24 + 1
ROUNDED = LARGE.T.astype(np.float32)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED)
def large_counts(folder):
    rows = plain(values=COUNTS)
    rows[4][5] = 2**24 + 1
    return table(folder, "large.tsv", rows)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED)
def large_counts_h5ad(folder):
    return h5ad(folder, LARGE.T)


@reads(r"1 whole numbers above 16777216 are rounded", values=ROUNDED, genes=ENSEMBL)
def large_counts_mtx(folder):
    return market(folder, LARGE)


@reads(r"1 gene names occur more than once; their rows stay apart", genes=["Twice", "Twice", *GENES[2:]])
def genes_twice(folder):
    return table(folder, "twice.tsv", plain(["Twice", "Twice", *GENES[2:]]))


@refuses(r"row 3 of the table has no name, expected one for every gene")
def gene_without_name(folder):
    return table(folder, "nameless.tsv", plain([*GENES[:2], "", *GENES[3:]]))


@refuses(r"gene 3 has no name")
def gene_without_name_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[*GENES[:2], "", *GENES[3:]])


@reads(
    r"2 gene names are dates or numbers made by a spreadsheet", genes=["1-Mar", "2-Sep", *GENES[2:]], organism="mouse"
)
def dates_of_a_spreadsheet(folder):
    return table(folder, "dates.csv", plain(["1-Mar", "2-Sep", *GENES[2:]]), ",")


@reads(r"5 summary rows such as __no_feature are no genes", organism="mouse")
def htseq(folder):
    summary = ["no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique"]
    more = plain([f"__{name}" for name in summary], values=np.full((5, N_CELLS), 9000))[1:]
    return table(folder, "htseq.tsv", plain() + more)


# ------------------------------------------------------------------ names of genes


@reads(organism="mouse", genes=ENTREZ)
def entrez_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=ENTREZ)


@reads("the decimals .0 taken off 60 of 60", organism="mouse", genes=ENTREZ)
def entrez_with_decimals(folder):
    return table(folder, "entrez.csv", plain([f"{gene}.0" for gene in ENTREZ]), ",")


@reads("the letter X taken off 60 of 60", organism="mouse", genes=ENTREZ)
def entrez_of_r(folder):
    return table(folder, "entrez.tsv", plain([f"X{gene}" for gene in ENTREZ]))


@reads(organism="mouse", genes=[f"{s}|{e}" for s, e in zip(GENES, ENTREZ, strict=True)])
def symbol_and_entrez(folder):
    return table(folder, "tcga.tsv", plain([f"{s}|{e}" for s, e in zip(GENES, ENTREZ, strict=True)]))


@reads(organism="mouse", genes=[f"{e}.4_{s}" for s, e in zip(GENES, ENSEMBL, strict=True)])
def ensembl_and_symbol(folder):
    return table(folder, "both.tsv", plain([f"{e}.4_{s}" for s, e in zip(GENES, ENSEMBL, strict=True)]))


@refuses(r"they look like 0, 1, 2: numbers of rows.*column 'gene_name' .*reader='\{gene_column: gene_name\}'", "mouse")
def positions_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[str(i) for i in range(N_GENES)], var={"gene_name": GENES})


@reads(reader={"gene_column": "gene_name"}, organism="mouse")
def positions_h5ad_with_the_option(folder):
    return positions_h5ad(folder)


@refuses(r"0 of 60 gene names are known to mouse, expected at least 20%; .*: numbers of rows", "mouse")
def positions_table(folder):
    return table(folder, "positions.tsv", plain([f"gene{i}" for i in range(N_GENES)]))


@reads("genome prefix mm10_ taken off 60 of 60", organism="mouse")
def prefix_h5ad(folder):
    return h5ad(folder, COUNTS.T, genes=[f"mm10_{gene}" for gene in GENES])


@reads("genome prefix GRCm38_ taken off 60 of 60", genes=ENSEMBL)
def prefix_mtx(folder):
    return market(folder, genes=[f"GRCm38___{gene}" for gene in ENSEMBL])


@refuses(r"genes of several genomes \(30 of mm10, 30 of GRCh38\)", "mouse")
def two_genomes(folder):
    return table(folder, "barnyard.tsv", plain([f"mm10_{g}" for g in GENES[:30]] + [f"GRCh38_{g}" for g in HUMAN[:30]]))


@refuses(r"start with mm10_, a genome of mouse, but the organism is human", "human")
def prefix_of_another_organism(folder):
    return prefix_h5ad(folder)


@refuses(r"as written, 60 of 60 gene names are symbols of human.*organism=human\?", "mouse")
def wrong_organism(folder):
    return table(folder, "human.tsv", plain(HUMAN[:N_GENES]))


@refuses(r"0 of 60 gene names are known to human.*genes of mouse: organism=mouse\?", "human")
def wrong_organism_ensembl(folder):
    return table(folder, "ensembl.tsv", plain(ENSEMBL))


@refuses(r"they look like .*: transcripts of Ensembl", "mouse")
def transcripts(folder):
    return table(folder, "transcripts.tsv", plain([gene.replace("MUSG", "MUST") for gene in ENSEMBL]))


@reads("100% of the gene names are genes of mouse: organism=mouse adds")
def no_organism(folder):
    return table(folder, "plain.tsv", plain())


# ------------------------------------------------------------------ 10x folders and HDF5


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


@reads("60 Gene Expression features are read; left out: 3 Antibody Capture", genes=ENSEMBL, organism="mouse")
def cite_seq(folder):
    return market(folder, **with_features("Antibody Capture", ["CD3_TotalSeqB", "CD4_TotalSeqB", "CD8a_TotalSeqB"]))


@reads("60 Gene Expression features are read; left out: 2 Peaks", genes=ENSEMBL)
def multiome(folder):
    return market(folder, **with_features("Peaks", ["chr1:1-500", "chr1:900-1400"]), prefix="GSM1_multi_")


@refuses(r"60 Peaks and no Gene Expression")
def peaks_alone(folder):
    return market(folder, kinds=["Peaks"] * N_GENES)


@reads("left out: 10 CRISPR Guide Capture")
def crispr_h5ad(folder):
    kinds = ["Gene Expression"] * N_GENES + ["CRISPR Guide Capture"] * 10
    values = np.hstack([COUNTS.T, np.full((N_CELLS, 10), 5000)])
    return h5ad(folder, values, genes=[*GENES, *(f"guide{i}" for i in range(10))], var={"feature_types": kinds})


@refuses(r"barcode name 'AAACACAA-1' occurs twice")
def barcode_twice_mtx(folder):
    return market(folder, cells=[CELLS[1], *CELLS[1:]])


@reads(genes=ENSEMBL)
def quoted_by_r(folder):
    return market(folder, quote='"', pack=False)


@reads(genes=ENSEMBL)
def row_names_of_r(folder):
    path = market(folder, pack=False)
    for name in ("barcodes.tsv", "features.tsv"):
        lines = (path / name).read_text().splitlines()
        (path / name).write_text("".join(f'"{number}"\t{line}\n' for number, line in enumerate(lines, start=1)))
    return path


@refuses(r"60 genes x 13 cells|60 x 12, expected .*is the first line of the barcodes \('x'\) a heading\?")
def heading_of_r(folder):
    path = market(folder, pack=False)
    (path / "barcodes.tsv").write_text("x\n" + (path / "barcodes.tsv").read_text())
    return path


@reads(genes=ENSEMBL)
def prefix_of_geo(folder):
    return market(folder, prefix="GSM6567159_PDAC2_")


@reads(genes=ENSEMBL)
def matrix_named_beside_its_lists(folder):
    market(folder, prefix="GSM2_")
    return market(folder, prefix="GSM1_") / "GSM1_matrix.mtx.gz"


@refuses(r"2 samples \(GSM1_, GSM2_\), expected one; name its matrix: data=.*GSM1_matrix\.mtx\.gz")
def two_samples(folder):
    market(folder, prefix="GSM2_")
    return market(folder, prefix="GSM1_")


@refuses(r"there is one in its folder sample")
def folder_above(folder):
    return market(folder).parent


@refuses(r"a MatrixMarket file without its lists of genes and cells.*features\.tsv")
def matrix_alone(folder):
    path = market(folder, prefix="x_") / "x_matrix.mtx.gz"
    (path.parent / "x_barcodes.tsv.gz").unlink()
    return path


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


@reads(genes=ENSEMBL, organism="mouse")
def tenx_version_3(folder):
    return tenx(folder)


@reads(genes=ENSEMBL)
def tenx_version_2(folder):
    return tenx(folder, "mm10")


@reads()
def h5ad_called_h5(folder):
    return h5ad(folder, COUNTS.T).rename(folder / "cells.h5")


# ------------------------------------------------------------------ AnnData


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


@reads(organism="mouse")
def old_dense(folder):
    return old(folder, dense)


@reads()
def old_sparse(folder):
    return old(folder, lambda file, name: sparse(file, name, h5sparse_format="csr", h5sparse_shape=COUNTS.T.shape))


@reads(reader={"raw": True})
def old_raw(folder):
    return old(folder, dense, ("X", "raw.X"))


def changed(folder, change, values=COUNTS.T):
    path = h5ad(folder, values)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def _no_attributes(file):
    def bare(name, item):
        for key in [key for key in item.attrs if key.startswith("encoding")]:
            del item.attrs[key]

    bare("", file)
    file.visititems(bare)


@reads()
def without_encoding_attributes(folder):
    return changed(folder, _no_attributes)


def _replace(file, dtype):
    attributes = dict(file["X"].attrs)
    del file["X"]
    file.create_dataset("X", data=COUNTS.T.astype(dtype)).attrs.update(attributes)


@reads()
def half_precision(folder):
    return changed(folder, lambda file: _replace(file, "<f2"))


@reads()
def big_endian(folder):
    return changed(folder, lambda file: _replace(file, ">f4"))


@reads()
def big_endian_integers(folder):
    return changed(folder, lambda file: _replace(file, ">i2"))


def _replace_sparse(file, dtype):
    del file["X"]
    attributes = {"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": COUNTS.T.shape}
    sparse(file, "X", dtype, **attributes)


@reads()
def half_precision_sparse(folder):
    return changed(folder, lambda file: _replace_sparse(file, "<f2"))


@reads()
def big_endian_sparse(folder):
    return changed(folder, lambda file: _replace_sparse(file, ">f8"))


@reads()
def named_type_inside(folder):
    return changed(folder, lambda file: file.__setitem__("__DATA_TYPES__/Enum_Boolean", np.dtype("i1")))


@refuses(r"cell name 'AAACGAAT-1' occurs twice, expected unique names in obs(?!.*header)")
def barcode_twice(folder):
    return h5ad(folder, COUNTS.T, cells=[CELLS[0], *CELLS[:-1]])


@refuses(r"no X, layers: counts; copy one to X.*reader='\{layer: counts\}'")
def no_x(folder):
    def move(file):
        file.move("X", "layers/counts")

    return changed(folder, move)


@reads(reader={"layer": "counts"})
def no_x_with_the_option(folder):
    return no_x(folder)


@refuses(r"no X, found .*raw.*reader='\{raw: true\}'")
def raw_alone(folder):
    return changed(folder, lambda file: file.move("X", "raw/X"))


@reads()
def without_attributes_of_the_tables(folder):
    return changed(folder, lambda file: [file[name].attrs.clear() for name in ("obs", "var")])


@reads()
def sparse_without_encoding_attributes(folder):
    import scipy.sparse

    return changed(folder, _no_attributes, scipy.sparse.csr_matrix(COUNTS.T))


@reads()
def element_type_that_is_named(folder):
    def change(file):
        attributes = dict(file["X"].attrs)
        del file["X"]
        file["number"] = np.dtype("f4")
        file.create_dataset("X", data=COUNTS.T, dtype=file["number"]).attrs.update(attributes)

    return changed(folder, change)


@refuses(r"1 values are no finite numbers, the first \(nan\) in cell 'AAACACTT-1', gene '")
def not_a_number(folder):
    values = COUNTS.T.copy()
    values[2, 3] = np.nan
    return h5ad(folder, values)


@refuses(r"1 values are no finite numbers, the first \(inf\) in cell 'AAACACTT-1', gene '")
def infinite_in_a_sparse_matrix(folder):
    import scipy.sparse

    values = scipy.sparse.lil_matrix(COUNTS.T)
    values[2, 3] = np.inf
    return h5ad(folder, values.tocsr())


@refuses(r"which is not read; gunzip -k ")
def packed_h5ad(folder):
    path = folder / "cells.h5ad.gz"
    path.write_bytes(gzip.compress(h5ad(folder, COUNTS.T).read_bytes()))
    return path


# ------------------------------------------------------------------ text: separators, comments, series matrices


@reads(cells=[f"Astrocyte, rep {i}" for i in range(N_CELLS)])
def commas_in_names(folder):
    return table(folder, "semicolon.csv", plain(cells=[f"Astrocyte, rep {i}" for i in range(N_CELLS)]), ";")


@reads(cells=[f"a;b {i}" for i in range(N_CELLS)])
def semicolons_in_names(folder):
    return table(folder, "comma.csv", plain(cells=[f"a;b {i}" for i in range(N_CELLS)]), ",")


@reads(genes=[f"{gene}, alpha" for gene in GENES])
def commas_in_genes(folder):
    return table(folder, "tab.tsv", plain([f"{gene}, alpha" for gene in GENES]))


@reads()
def spaces_of_r(folder):
    rows = plain(cells=[f'"{cell}"' for cell in CELLS], genes=[f'"{gene}"' for gene in GENES])
    rows[0].pop(0)
    return table(folder, "r.txt", rows, " ")


@refuses(r"found '1,5', expected a number with a point as decimal sign")
def decimal_commas(folder):
    rows = plain()
    rows[1][1] = "1,5"
    return table(folder, "comma.csv", rows, ";")


@refuses(r"runs of spaces between the columns\?")
def aligned_columns(folder):
    return table(folder, "aligned.txt", [[f"{value:>20}" for value in row] for row in plain()], "")


@reads("1 comment line .* passed over", organism="mouse")
def comment_above(folder):
    return table(folder, "hash.csv", plain(), ",", "# counts, generated 2021-03-02, mm10\n")


@reads("2 comment lines")
def drop_seq(folder):
    above = "#DGE\tVERSION:1.1\tEXPRESSION_FORMAT:raw\n#INPUT\tx.bam\n"
    return table(folder, "drop.txt", plain(title="GENE"), "\t", above)


@reads()
def header_with_a_hash(folder):
    return table(folder, "hash.tsv", plain(title="#gene"))


@reads("featureCounts table", genes=ENSEMBL, organism="mouse")
def feature_counts(folder):
    rows = plain(ENSEMBL, [f"/data/bam/{cell}.bam" for cell in CELLS], "Geneid")
    more = [["Chr", "Start", "End", "Strand", "Length"]] + [["chr1;chr1", "1;9", "5;20", "+;+", 17]] * N_GENES
    rows = [[row[0], *extra, *row[1:]] for row, extra in zip(rows, more, strict=True)]
    return table(folder, "counts.txt", rows, "\t", '# Program:featureCounts v2.0.1; Command:"featureCounts" "-T" "8"\n')


@reads("featureCounts table", genes=ENSEMBL)
def feature_counts_without_its_first_line(folder):
    path = feature_counts(folder)
    path.write_text(path.read_text().partition("\n")[2])
    return path


@reads("GCT file")
def gct(folder):
    rows = with_column("Description", ["na"] * N_GENES)
    rows[0][0] = "Name"
    return table(folder, "counts.gct", rows, "\t", f"#1.2\n{N_GENES}\t{N_CELLS}\n")


@reads()
def sep_semicolon(folder):
    return table(folder, "excel.csv", plain(), ";", "sep=;\n")


@reads()
def sep_comma(folder):
    return table(folder, "excel.csv", plain(), ",", "\ufeffsep=,\n")


@reads()
def sep_in_quotes(folder):
    path = table(folder, "excel.csv", plain(), ";", '"sep=;"\n')
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    return path


@refuses(r"text in UTF-16 \(Excel's Unicode text\)")
def unicode_text(folder):
    path = table(folder, "excel.txt", plain())
    path.write_bytes(path.read_text().encode("utf-16"))
    return path


@refuses(r"lines that end as on an old Mac")
def carriage_returns_alone(folder):
    path = table(folder, "mac.csv", plain(), ",")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    return path


@refuses(r"line 1: .*expected UTF-8 text \(iconv -f latin1")
def latin_1(folder):
    path = table(folder, "latin.csv", plain(cells=[f"café {i}" for i in range(N_CELLS)]), ",")
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    return path


@refuses(r"a title above the table\? remove it")
def title_above(folder):
    return table(folder, "title.csv", plain(), ",", "Supplementary Table 1\n\n")


@refuses(r"a title above the table\? remove it")
def title_with_a_comma_above(folder):
    return table(folder, "title.csv", plain(), ",", "Supplementary Table 1. Counts, by cell\n")


@reads("1 gene names are dates or numbers", organism="mouse", genes=["#NAME?", *GENES[1:]])
def error_of_a_spreadsheet(folder):
    return table(folder, "error.csv", plain(["#NAME?", *GENES[1:]]), ",")


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


@reads(genes=PROBES, cells=SAMPLES)
def line_feeds_in_metadata(folder):
    return series(folder, '!Series_summary\t"Kidney tumors\nKeywords = kidney\nKeywords: other"\n\n')


@reads(genes=PROBES, cells=SAMPLES)
def carriage_returns_in_metadata(folder):
    return series(folder, '!Sample_data_processing\t"from Affymetrix\r"\t"from Affymetrix\r"\n')


@reads(genes=PROBES, cells=SAMPLES)
def both_ends_of_lines_in_metadata(folder):
    return series(folder, '!Sample_characteristics_ch1\t"age: 3\r\n4"\t"age:\n"\n"ID_REF"\n', "\r\n")


@reads(genes=PROBES, cells=SAMPLES)
def latin_1_in_metadata(folder):
    path = series(folder, '!Series_title\t"Zürich, 5 µM"\n')
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    return path


@reads(genes=PROBES, cells=SAMPLES)
def quotes_in_metadata(folder):
    return series(folder, '!Series_summary\t"the "best" series\x00"\n!Sample_title\t"a"b\n', "\r\n")


@refuses("no probes, .*supplementary files: give one of them")
def series_of_sequencing(folder):
    path = series(folder, "")
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "_at" not in line))
    return path


@reads("probes have no symbols here, and no gene sets are tested", genes=PROBES, cells=SAMPLES, organism="mouse")
def series_with_organism(folder):
    return series(folder, "")


# ------------------------------------------------------------------ archives and other programs' files


def packed(folder, members, name="counts.csv.zip"):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def csv_bytes(folder):
    return table(folder, "counts.csv", plain(), ",").read_bytes()


@reads()
def zip_of_a_mac(folder):
    return packed(folder, {"counts.csv": csv_bytes(folder), "__MACOSX/._counts.csv": b"\0\5\x16\7"})


@reads()
def zip_with_litter(folder):
    return packed(folder, {"a/.DS_Store": b"\0", "a/counts.csv": csv_bytes(folder), "a/Thumbs.db": b"\0"})


@reads()
def zip_with_a_name_of_its_own(folder):
    return packed(folder, {"my data/counts.csv": csv_bytes(folder)}, "my data.zip")


@refuses(r"HDF5 under another name.*\.h5ad")
def zip_with_an_h5ad(folder):
    return packed(folder, {"cells.h5ad": h5ad(folder, COUNTS.T).read_bytes()}, "cells.zip")


@refuses(r"2 members and none is named.*unpack it and give that file")
def zip_with_two_tables(folder):
    return packed(folder, {"a.csv": csv_bytes(folder), "b.csv": csv_bytes(folder)})


@refuses(r"an Excel workbook, which is not read; save the sheet as CSV")
def workbook_called_csv(folder):
    return packed(folder, {"[Content_Types].xml": "", "xl/workbook.xml": ""}, "book.csv")


@refuses(r"an OpenDocument sheet")
def open_document_called_csv(folder):
    return packed(folder, {"mimetype": "", "content.xml": ""}, "book.csv")


@refuses(r"old Excel")
def old_workbook_called_txt(folder):
    path = folder / "book.txt"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    return path


@refuses(r"an R object, which is not read; in R")
def r_object_called_tsv(folder):
    path = folder / "seurat.tsv.gz"
    path.write_bytes(gzip.compress(b"X\n\0\0\0\3" + bytes(90)))
    return path


# ------------------------------------------------------------------ FCS

CHANNELS = ["FSC-A", "SSC-A", "FL1-A", "FL2-A", "FL3-A"]
EVENTS = np.random.RandomState(3).randint(0, 1000, (40, 5)).astype(float)
READS_EVENTS = {"values": EVENTS, "genes": CHANNELS, "cells": [f"event_{i}" for i in range(1, 41)]}


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


@reads(**READS_EVENTS)
def fcs_plain(folder):
    return fcs(folder)


@reads(**READS_EVENTS)
def fcs_double_big_endian(folder):
    return fcs(folder, kind="D", bits=64, order="4,3,2,1")


@reads(**READS_EVENTS)
def fcs_16_bits(folder):
    return fcs(folder, kind="I", bits=16, order="2,1")


@reads(**READS_EVENTS)
def fcs_24_bits(folder):
    return fcs(folder, kind="I", bits=24, order="4,3,2,1")


@reads(**READS_EVENTS)
def fcs_24_bits_little_endian(folder):
    return fcs(folder, kind="I", bits=24)


@reads(**READS_EVENTS)
def fcs_bits_beyond_the_range(folder):
    return fcs(folder, values=EVENTS + 4096, kind="I", bits=16)


@reads("HEADER fits 40 events, is taken", **READS_EVENTS)
def fcs_header_is_right(folder):
    return fcs(folder, shift=(0, -200))


@reads("TEXT fits 40 events, is taken", **READS_EVENTS)
def fcs_text_is_right(folder):
    return fcs(folder, shift=(-200, 0), ends=(-10, 0))


@reads("said to have 801 bytes, 40 events fill 800", **READS_EVENTS)
def fcs_off_by_one(folder):
    return fcs(folder, b"\0", ends=(1, 1))


@reads("said to have 799 bytes, 40 events fill 800", **READS_EVENTS)
def fcs_one_byte_less(folder):
    return fcs(folder, ends=(-1, -1))


@reads(**READS_EVENTS)
def fcs_empty_values(folder):
    return fcs(folder, P3S="", P4S="", SRC="")


@reads(values=EVENTS, genes=["FSC-A", "SSC-A", "FL1/A", "FL2-A", "FL3-A"], cells=False)
def fcs_doubled_delimiters(folder):
    return fcs(folder, P3N="FL1//A")


@reads("does not say its $MODE".replace("$", r"\$"), **READS_EVENTS)
def fcs_without_mode(folder):
    return fcs(folder, MODE=None)


@reads("does not say its $MODE".replace("$", r"\$"), **READS_EVENTS)
def fcs_with_an_empty_mode(folder):
    return fcs(folder, MODE="")


@refuses(r"the file holds histograms \(\$MODE U\)")
def fcs_histogram(folder):
    return fcs(folder, MODE="U")


HUGE = EVENTS + np.where(np.arange(5) == 2, 2**24 + 1, 0)


@reads("whole numbers above 16777216 are rounded", **READS_EVENTS | {"values": HUGE.astype(np.float32)})
def fcs_large_numbers(folder):
    return fcs(folder, values=HUGE, kind="I", P3R=2**26)


@refuses(r"holds 2 data sets, expected one; name it, e\.g\. reader='\{data_set: 1\}'")
def fcs_two_data_sets(folder):
    return fcs(folder, fcs_bytes(values=EVENTS + 1), NEXTDATA="900")


@reads(reader={"data_set": 2}, **READS_EVENTS | {"values": EVENTS + 1})
def fcs_second_data_set(folder):
    return fcs_two_data_sets(folder)


@refuses(r"channel name 'FL1-A' occurs twice(?!.*cell)(?!.*header)")
def fcs_channel_twice(folder):
    return fcs(folder, P4N="FL1-A")


@refuses(r"channel name 'FL1-A' occurs twice")
def fcs_channel_twice_but_for_a_space(folder):
    return fcs(folder, P5N="FL1-A ", P5S="CD4")


@refuses(r"channel 2 has 10 bits")
def fcs_ten_bits(folder):
    return fcs(folder, kind="I", bits=16, P2B=10)


@refuses(r"no room for 4000 events x 5 channels")
def fcs_truncated(folder):
    return fcs(folder, TOT=4000)


@refuses(r"5 events, expected at least 6")
def fcs_few_events(folder):
    return fcs(folder, values=EVENTS[:5])


def main(folder):
    folder = Path(folder)
    stream = io.StringIO()
    for name, case in INPUTS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        path = case.build(folder / name)
        print(path, "read" if case.read is not None else "refused", case.message, sep="\t", file=stream)
    (folder / "INPUTS.tsv").write_text(stream.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
