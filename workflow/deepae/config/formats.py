"""Which files are read, and what turns the others into one that is. Light: imported while the Snakefile is parsed.

docs/input.md shows these tables; a test holds them together.
"""

from dataclasses import dataclass

COMPRESSION = (".gz", ".bz2")
TEXT = (".tsv", ".txt", ".tab", ".csv", ".gct")


@dataclass(frozen=True)
class Refused:
    """A kind of file that is not read: what it is, and how to convert it; FILE stands for the file's name."""

    what: str
    how: str

    def message(self, name):
        return f"{self.what}, which is not read; {self.how.replace('FILE', str(name))}"


_SHEET = "save the sheet as CSV (UTF-8), or: libreoffice --headless --convert-to csv FILE"
_R_OBJECT = (
    "in R, for a Seurat object: DropletUtils::write10xCounts('folder', Seurat::GetAssayData(readRDS('FILE'), "
    "layer = 'counts')), for a matrix: write.table(as.matrix(x), 'counts.tsv', sep = '\\t')"
)
_SOFT = "give the series matrix (GSE…_series_matrix.txt.gz) or the supplementary table of the series"

WORKBOOK = Refused("an Excel workbook", _SHEET)
OLD_WORKBOOK = Refused("a workbook of old Excel or another Office file", _SHEET)
ODS = Refused("an OpenDocument sheet", _SHEET)
R_DATA = Refused("an R object", _R_OBJECT)
H5SEURAT = Refused(
    "an h5Seurat file",
    "in R: SeuratDisk::Convert('FILE', dest = 'h5ad'), or DropletUtils::write10xCounts('folder', "
    "Seurat::GetAssayData(SeuratDisk::LoadH5Seurat('FILE'), layer = 'counts'))",
)
PANDAS = Refused("a table of pandas in HDF5", "python -c \"import pandas; pandas.read_hdf('FILE').to_csv('FILE.csv')\"")
MOLECULES = Refused("the list of molecules of Cell Ranger", "give filtered_feature_bc_matrix.h5 of the same run")
LOOM = Refused("a loom file", "python -c \"import anndata; anndata.io.read_loom('FILE').write_h5ad('FILE.h5ad')\"")
ZARR = Refused("a zarr store", "python -c \"import anndata; anndata.io.read_zarr('FILE').write_h5ad('FILE.h5ad')\"")
MUDATA = Refused(
    "a MuData file", "python -c \"import mudata; mudata.read_h5mu('FILE').mod['rna'].write_h5ad('FILE.h5ad')\""
)
HDF5 = Refused(
    "HDF5 under another name", "give it its ending, .h5ad (AnnData) or .h5 (Cell Ranger), and put it in no zip"
)
PARQUET = Refused("a Parquet file", "python -c \"import pandas; pandas.read_parquet('FILE').to_csv('FILE.csv')\"")
FEATHER = Refused("a Feather file", "python -c \"import pandas; pandas.read_feather('FILE').to_csv('FILE.csv')\"")
PICKLE = Refused(
    "a pickle, which can run code", "python -c \"import pandas; pandas.read_pickle('FILE').to_csv('FILE.csv')\""
)
NUMPY = Refused("an array of numpy without names", "write it with the names of genes and cells, as TSV or h5ad")
MATLAB = Refused("a MATLAB file", "in MATLAB: writetable(array2table(x, 'RowNames', genes, 'VariableNames', cells), …)")
TAR = Refused("a tar archive", "unpack it with tar -xf FILE and give the table or folder inside")
PACKED_H5AD = Refused("a compressed h5ad", "gunzip -k FILE (or bunzip2 -k)")
UNNAMED_MATRIX = Refused(
    "a MatrixMarket file without its lists of genes and cells",
    "put features.tsv and barcodes.tsv (plain or .gz, with the same prefix) beside it",
)
SOFT = Refused("a SOFT file of GEO", _SOFT)
SEQUENCES = Refused("a file of reads", "count them first, e.g. with Cell Ranger, STARsolo or featureCounts")
PDF = Refused("a PDF document", "give the table itself")
UTF16 = Refused(
    "text in UTF-16 (Excel's Unicode text)", "save it as CSV UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8.txt"
)
APPLE_DOUBLE = Refused("what a Mac adds beside a file (._NAME)", "give the file whose name has no ._ before it")
XZ = Refused("compressed with xz", "unxz -k FILE")
ZSTD = Refused("compressed with zstd", "unzstd FILE")
SEVEN = Refused("a 7z archive", "7z x FILE")
RAR = Refused("a RAR archive", "unrar x FILE")

#: Ending, in small letters, of a file or folder that `data` refuses by its name. The first that fits counts.
REFUSED = {
    ".h5ad.gz": PACKED_H5AD,
    ".h5ad.bz2": PACKED_H5AD,
    ".xlsx": WORKBOOK,
    ".xlsm": WORKBOOK,
    ".xls": OLD_WORKBOOK,
    ".ods": ODS,
    ".rds": R_DATA,
    ".rda": R_DATA,
    ".rdata": R_DATA,
    ".h5seurat": H5SEURAT,
    ".loom": LOOM,
    ".h5mu": MUDATA,
    ".zarr": ZARR,
    ".zarr.zip": ZARR,
    ".parquet": PARQUET,
    ".feather": FEATHER,
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".npy": NUMPY,
    ".npz": NUMPY,
    ".mat": MATLAB,
    ".tar": TAR,
    ".tar.gz": TAR,
    ".tar.bz2": TAR,
    ".tgz": TAR,
    ".soft": SOFT,
    ".soft.gz": SOFT,
    ".fastq.gz": SEQUENCES,
    ".fastq": SEQUENCES,
    ".bam": SEQUENCES,
    ".sra": SEQUENCES,
    ".pdf": PDF,
    ".xz": XZ,
    ".zst": ZSTD,
    ".7z": SEVEN,
    ".rar": RAR,
}

#: First bytes of a file, whatever it is called.
SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", OLD_WORKBOOK),
    (b"\0\5\x16\7", APPLE_DOUBLE),
    (b"\x89HDF", HDF5),
    (b"PAR1", PARQUET),
    (b"ARROW1", FEATHER),
    (b"%PDF", PDF),
    (b"\xff\xfe", UTF16),
    (b"\xfe\xff", UTF16),
    (b"\xfd7zXZ", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"7z\xbc\xaf", SEVEN),
    (b"Rar!", RAR),
    (b"RDX2\n", R_DATA),
    (b"RDX3\n", R_DATA),
    (b"X\n\0\0", R_DATA),
    (b"A\n2\n", R_DATA),
    (b"A\n3\n", R_DATA),
    (b"\x93NUMPY", NUMPY),
    (b"MATLAB 5.0", MATLAB),
    (b"BAM\1", SEQUENCES),
)

#: What is at the top of an HDF5 file of another program.
OTHER_HDF5 = (
    (LOOM, {"matrix", "row_attrs", "col_attrs"}),
    (H5SEURAT, {"assays", "cell.names"}),
    (MUDATA, {"mod", "obs", "var"}),
    (MOLECULES, {"barcode_idx", "feature_idx", "umi"}),
)


def refused(name):
    """Return the `Refused` of a file name, or None."""
    name = name.lower()
    return next((kind for ending, kind in REFUSED.items() if name.endswith(ending)), None)


def is_litter(name):
    """Tell whether a file is what operating systems add, such as __MACOSX/._counts.csv."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def recognised(head):
    """Return the `Refused` of a file's first bytes, or None."""
    return next((kind for signature, kind in SIGNATURES if head.startswith(signature)), None)


def of_groups(names):
    """Return the `Refused` of an HDF5 file by the groups at its top, or None: many programs call theirs .h5."""
    for kind, groups in OTHER_HDF5:
        if groups <= set(names):
            return kind
    return None


def of_members(names):
    """Return the `Refused` of a zip file's members, or None: a workbook is a zip."""
    if "[Content_Types].xml" in names:
        return WORKBOOK if any(name.startswith("xl/") for name in names) else OLD_WORKBOOK
    return ODS if "content.xml" in names else None


def refused_table():
    """Return the table of docs/input.md of what is not read, as Markdown: ``python -m deepae.config.formats``."""
    endings = {}
    for ending, kind in REFUSED.items():
        endings.setdefault(kind, []).append(f"`{ending}`")
    for _, kind in SIGNATURES:
        endings.setdefault(kind, [])
    endings.setdefault(UNNAMED_MATRIX, ["`.mtx`, `.mtx.gz`"])
    inside = (PANDAS, *(kind for kind, _ in OTHER_HDF5))
    for kind in inside:
        endings.setdefault(kind, ["by what is in it"])
    rows = ["| what | by the name | how to convert it |", "|---|---|---|"]
    for kind, names in endings.items():
        how = kind.how.replace("|", "\\|")
        rows.append(f"| {kind.what} | {', '.join(names) or 'by its first bytes'} | {how} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(refused_table())
