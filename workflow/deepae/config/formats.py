"""Which files are read, and what turns the others into one that is. Light: imported while the Snakefile is parsed.

docs/input.md shows these tables; a test holds them together.
"""

from dataclasses import dataclass, replace

COMPRESSION = (".gz", ".bz2")
TEXT = (".tsv", ".txt", ".tab", ".csv", ".gct")


@dataclass(frozen=True)
class Refused:
    """A kind of file that is not read.

    Attributes
    ----------
    what, how : str
        What it is, and how to convert it; FILE stands for the file's name.
    endings : tuple of str
        In small letters, of a file or folder that `data` refuses by its name.
    signatures : tuple of bytes
        First bytes, whatever the file is called.
    groups : tuple of str
        What is at the top of an HDF5 file: many programs call theirs .h5.
    """

    what: str
    how: str
    endings: tuple = ()
    signatures: tuple = ()
    groups: tuple = ()

    def message(self, name):
        return f"{self.what}, which is not read; {self.how.replace('FILE', str(name))}"


_SHEET = "save the sheet as CSV (UTF-8), or: libreoffice --headless --convert-to csv FILE"
_R_OBJECT = (
    "in R, for a Seurat object: DropletUtils::write10xCounts('folder', Seurat::GetAssayData(readRDS('FILE'), "
    "layer = 'counts')), for a matrix: write.table(as.matrix(x), 'counts.tsv', sep = '\\t')"
)
_H5SEURAT = (
    "in R: SeuratDisk::Convert('FILE', dest = 'h5ad'), or DropletUtils::write10xCounts('folder', "
    "Seurat::GetAssayData(SeuratDisk::LoadH5Seurat('FILE'), layer = 'counts'))"
)
_ANNDATA = "python -c \"import anndata; anndata.io.read_{}('FILE').write_h5ad('FILE.h5ad')\""
_MUDATA = "python -c \"import mudata; mudata.read_h5mu('FILE').mod['rna'].write_h5ad('FILE.h5ad')\""
_PANDAS = "python -c \"import pandas; pandas.read_{}('FILE').to_csv('FILE.csv')\""
_SOFT = "give the series matrix (GSE…_series_matrix.txt.gz) or the supplementary table of the series"
_MATLAB = "in MATLAB: writetable(array2table(x, 'RowNames', genes, 'VariableNames', cells), …)"
_READS = "count them first, e.g. with Cell Ranger, STARsolo or featureCounts"
_UTF16 = "save it as CSV UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8.txt"

WORKBOOK = Refused("an Excel workbook", _SHEET, (".xlsx", ".xlsm"))
OLD_WORKBOOK = Refused("a workbook of old Excel or another Office file", _SHEET, (".xls",), (b"\xd0\xcf\x11\xe0",))
ODS = Refused("an OpenDocument sheet", _SHEET, (".ods",))
UNNAMED_MATRIX = Refused(
    "a MatrixMarket file without its lists of genes and cells",
    "put features.tsv and barcodes.tsv (plain or .gz, with the same prefix) beside it",
)
PANDAS = Refused("a table of pandas in HDF5", _PANDAS.format("hdf"))
TAR = Refused(
    "a tar archive",
    "unpack it with tar -xf FILE and give the table or folder inside",
    (".tar", ".tar.gz", ".tar.bz2", ".tgz"),
)
KINDS = (
    Refused("a compressed h5ad", "gunzip -k FILE (or bunzip2 -k)", (".h5ad.gz", ".h5ad.bz2")),
    WORKBOOK,
    OLD_WORKBOOK,
    ODS,
    Refused(
        "an R object",
        _R_OBJECT,
        (".rds", ".rda", ".rdata"),
        (b"RDX2\n", b"RDX3\n", b"X\n\0\0", b"A\n2\n", b"A\n3\n"),
    ),
    Refused("an h5Seurat file", _H5SEURAT, (".h5seurat",), groups=("assays", "cell.names")),
    Refused("a loom file", _ANNDATA.format("loom"), (".loom",), groups=("matrix", "row_attrs", "col_attrs")),
    Refused("a MuData file", _MUDATA, (".h5mu",), groups=("mod", "obs", "var")),
    Refused("a zarr store", _ANNDATA.format("zarr"), (".zarr", ".zarr.zip")),
    Refused("a Parquet file", _PANDAS.format("parquet"), (".parquet",), (b"PAR1",)),
    Refused("a Feather file", _PANDAS.format("feather"), (".feather",), (b"ARROW1",)),
    Refused("a pickle, which can run code", _PANDAS.format("pickle"), (".pkl", ".pickle")),
    Refused(
        "an array of numpy without names",
        "write it with the names of genes and cells, as TSV or h5ad",
        (".npy", ".npz"),
        (b"\x93NUMPY",),
    ),
    Refused("a MATLAB file", _MATLAB, (".mat",), (b"MATLAB 5.0",)),
    TAR,
    Refused("a SOFT file of GEO", _SOFT, (".soft", ".soft.gz")),
    Refused("a file of reads", _READS, (".fastq.gz", ".fastq", ".bam", ".sra"), (b"BAM\1",)),
    Refused("a PDF document", "give the table itself", (".pdf",), (b"%PDF",)),
    Refused("compressed with xz", "unxz -k FILE", (".xz",), (b"\xfd7zXZ",)),
    Refused("compressed with zstd", "unzstd FILE", (".zst",), (b"\x28\xb5\x2f\xfd",)),
    Refused("a 7z archive", "7z x FILE", (".7z",), (b"7z\xbc\xaf",)),
    Refused("a RAR archive", "unrar x FILE", (".rar",), (b"Rar!",)),
    Refused(
        "what a Mac adds beside a file (._NAME)",
        "give the file whose name has no ._ before it",
        signatures=(b"\0\5\x16\7",),
    ),
    Refused(
        "HDF5 under another name",
        "give it its ending, .h5ad (AnnData) or .h5 (Cell Ranger), and put it in no zip",
        signatures=(b"\x89HDF",),
    ),
    Refused("text in UTF-16 (Excel's Unicode text)", _UTF16, signatures=(b"\xff\xfe", b"\xfe\xff")),
    PANDAS,
    Refused(
        "the list of molecules of Cell Ranger",
        "give filtered_feature_bc_matrix.h5 of the same run",
        groups=("barcode_idx", "feature_idx", "umi"),
    ),
)
REFUSED = {ending: kind for kind in KINDS for ending in kind.endings}


def refused(name):
    """Return the `Refused` of a file name, or None."""
    name = name.lower()
    return next((kind for ending, kind in REFUSED.items() if name.endswith(ending)), None)


def recognised(head):
    """Return the `Refused` of a file's first bytes, or None."""
    return next((kind for kind in KINDS if head.startswith(kind.signatures)), None)


def is_litter(name):
    """Tell whether a file is what operating systems add, such as __MACOSX/._counts.csv."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def of_groups(names):
    """Return the `Refused` of an HDF5 file by the groups at its top, or None."""
    return next((kind for kind in KINDS if kind.groups and set(kind.groups) <= set(names)), None)


def of_members(names):
    """Return the `Refused` of a zip file's members, or None: a workbook is a zip."""
    if "[Content_Types].xml" in names:
        return WORKBOOK if any(name.startswith("xl/") for name in names) else OLD_WORKBOOK
    return ODS if "content.xml" in names else None


def refused_table():
    """Return the table of docs/input.md of what is not read, as Markdown: ``python -m deepae.config.formats``."""
    rows = ["| what | by the name | how to convert it |", "|---|---|---|"]
    for kind in (*KINDS, replace(UNNAMED_MATRIX, endings=(".mtx", ".mtx.gz"))):
        other = "by its first bytes" if kind.signatures else "by what is in it"
        names = ", ".join(f"`{ending}`" for ending in kind.endings) or other
        how = kind.how.replace("|", "\\|")
        rows.append(f"| {kind.what} | {names} | {how} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(refused_table())
