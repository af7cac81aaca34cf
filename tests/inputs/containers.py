"""10x folders, 10x HDF5 and AnnData, as every version and program writes them."""

import gzip
import os

import numpy as np
from inputs.making import *


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


@reads(genes=ENSEMBL, organism="mouse")
def tenx_version_3(folder):
    return tenx(folder)


@reads(genes=ENSEMBL)
def tenx_version_2(folder):
    return tenx(folder, "mm10")


@reads()
def h5ad_called_h5(folder):
    return h5ad(folder, COUNTS.T).rename(folder / "cells.h5")


@reads(organism="mouse")
def old_dense(folder):
    return old(folder, dense)


@reads()
def old_sparse(folder):
    return old(folder, lambda file, name: sparse(file, name, h5sparse_format="csr", h5sparse_shape=COUNTS.T.shape))


@reads(reader={"raw": True})
def old_raw(folder):
    return old(folder, dense, ("X", "raw.X"))


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


@refuses(r"60 Antigen Capture and no Gene Expression")
def antigens_alone(folder):
    return market(folder, kinds=["Antigen Capture"] * N_GENES)


@reads("60 Gene Expression features are read; left out: 2 Antibody Capture", genes=ENSEMBL)
def kinds_in_other_capitals(folder):
    more = with_features("Antibody Capture", ["CD3", "CD4"])
    return market(folder, **more | {"kinds": ["gene expression"] * N_GENES + more["kinds"][N_GENES:]})


@reads("60 Gene Expression features are read; left out: 10 ADT")
def kinds_in_short(folder):
    values = np.hstack([COUNTS.T, np.full((N_CELLS, 10), 5000)])
    kinds = ["GEX"] * N_GENES + ["ADT"] * 10
    return h5ad(folder, values, genes=[*GENES, *(f"tag{i}" for i in range(10))], var={"feature_types": kinds})


@refuses(r"feature 'ENSMUSG\d+' has no kind in its third column, .*write Gene Expression there if it is a gene")
def one_kind_missing(folder):
    path = market(folder, **with_features("Antibody Capture", ["CD3", "CD4"]), pack=False)
    lines = (path / "features.tsv").read_text().splitlines()
    lines[4] = lines[4].rpartition("\t")[0]
    (path / "features.tsv").write_text("\n".join(lines) + "\n")
    return path


@reads(genes=ENSEMBL)
def third_column_that_names_no_kinds(folder):
    path = market(folder, kinds=["protein_coding", "lncRNA", "chr1"] * 20, pack=False)
    (path / "features.tsv").write_text((path / "features.tsv").read_text().replace("\tchr1", ""))
    return path


@reads(genes=ENSEMBL)
def folder_of_a_mac(folder):
    path = market(folder, prefix="GSM1_")
    for found in list(path.iterdir()):
        (path / f"._{found.name}").write_bytes(b"\0\5\x16\7" + bytes(60))
    return path


@refuses(r"what a Mac adds beside a file .*no \._ before it")
def beside_a_file_of_a_mac(folder):
    path = folder / "._counts.tsv"
    path.write_bytes(b"\0\5\x16\7" + bytes(60))
    return path


def _turned(path, names=("matrix.mtx", "features.tsv", "barcodes.tsv")):
    """Write the matrix of a folder cells x genes, and give the three files other names."""
    lines = (path / "matrix.mtx").read_text().splitlines()
    for number, line in enumerate(lines[2:], start=2):
        first, second, third = line.split()
        lines[number] = f"{second} {first} {third}"
    (path / "matrix.mtx").write_text("\n".join(lines) + "\n")
    for old_name, name in zip(("matrix.mtx", "features.tsv", "barcodes.tsv"), names, strict=True):
        (path / old_name).rename(path / name)
    return path


KB = ("cells_x_genes.mtx", "cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt")


@reads(r"the matrix is cells x genes \(12 x 60\), as kallisto\|bustools writes it", genes=ENSEMBL)
def cells_in_rows(folder):
    return _turned(market(folder, pack=False))


@reads(r"cells x genes \(12 x 60\)", genes=ENSEMBL, organism="mouse")
def kallisto_bustools(folder):
    return _turned(market(folder, pack=False), KB) / "cells_x_genes.mtx"


@reads(r"cells x genes \(60 x 60\)", values=np.tile(COUNTS.T, (5, 1)), genes=ENSEMBL, cells=False)
def kallisto_bustools_square(folder):
    cells = [f"{cell}{i}" for i in range(5) for cell in CELLS]
    return _turned(market(folder, np.tile(COUNTS, 5), cells=cells, pack=False), KB)


@refuses(r"found DGE\.mtx of Parse Biosciences: ln -s DGE\.mtx matrix\.mtx; .*barcodes\.tsv$")
def parse_biosciences(folder):
    return _turned(market(folder, pack=False), ("DGE.mtx", "all_genes.csv", "cell_metadata.csv"))


@refuses(r"found spliced\.mtx of STARsolo's Velocyto, .*Gene/filtered")
def velocyto_of_starsolo(folder):
    path = market(folder, pack=False)
    (path / "matrix.mtx").rename(path / "spliced.mtx")
    (path / "ambiguous.mtx").write_bytes((path / "spliced.mtx").read_bytes())
    return path


@refuses(r"found quants_mat\.mtx of alevin-fry: pyroe")
def alevin_fry(folder):
    return _turned(market(folder, pack=False), ("quants_mat.mtx", "quants_mat_cols.txt", "quants_mat_rows.txt"))


def _genomes(folder, of_second):
    path = tenx(folder)
    with h5py.File(path, "r+") as file:
        names = ["GRCm39"] * (N_GENES - of_second) + ["GRCh38"] * of_second
        file["matrix/features/genome"] = np.array(names, dtype="S32")
    return path


@refuses(r"genomes GRCm39, GRCh38, expected one: reader='\{genome: GRCm39\}'")
def tenx_of_two_species(folder):
    return _genomes(folder, 20)


@reads(
    "20 genes of GRCh38 are read and 40 of others left out",
    reader={"genome": "GRCh38"},
    values=COUNTS.T[:, 40:],
    genes=ENSEMBL[40:],
)
def tenx_of_two_species_with_the_option(folder):
    return _genomes(folder, 20)


@refuses(r"genome 'hg19' is not in it: reader='\{genome: GRCm39\}'", reader={"genome": "hg19"})
def tenx_without_the_genome(folder):
    return _genomes(folder, 20)


@reads(genes=ENSEMBL)
def tenx_with_a_virus(folder):
    return _genomes(folder, 2)


@refuses(r"genomes hg19, mm10, expected one: reader='\{genome: hg19\}'")
def tenx_version_2_of_two_genomes(folder):
    path = tenx(folder, "mm10")
    with h5py.File(path, "r+") as file:
        file.copy("mm10", "hg19")
    return path


@refuses(r"a loom file, which is not read; .*read_loom\(")
def loom_called_h5(folder):
    with h5py.File(folder / "cells.h5", "w") as file:
        file["matrix"] = COUNTS
        file["row_attrs/Gene"], file["col_attrs/CellID"] = GENES, CELLS
        file.create_group("layers")
    return folder / "cells.h5"


@refuses(r"an h5Seurat file, which is not read; in R: SeuratDisk::Convert\(")
def seurat_called_h5(folder):
    with h5py.File(folder / "cells.h5", "w") as file:
        file["assays/RNA/counts/data"], file["cell.names"] = [1.0], CELLS
    return folder / "cells.h5"


@refuses(r"a MuData file, which is not read; .*mod\['rna'\]")
def mudata_called_h5ad(folder):
    return changed(folder, lambda file: file.move("X", "mod/rna/X"))


@refuses(r"the list of molecules of Cell Ranger, which is not read; give filtered_feature_bc_matrix\.h5")
def molecule_info(folder):
    with h5py.File(folder / "molecule_info.h5", "w") as file:
        for name in ("barcode_idx", "feature_idx", "umi", "count"):
            file[name] = np.arange(9)
        file["barcodes"] = np.array(CELLS, dtype="S18")
    return folder / "molecule_info.h5"


@refuses(r"X/itself is a link, refused; .*write_h5ad")
def soft_link_to_itself(folder):
    import scipy.sparse

    return changed(
        folder,
        lambda file: file.__setitem__("X/itself", h5py.SoftLink("/X/itself")),
        scipy.sparse.csr_matrix(COUNTS.T),
    )


@reads()
def groups_inside_themselves(folder):
    def change(file):
        for name in ("uns", "obs"):
            file[f"{name}/again"], file[f"{name}/more"] = file[name], file[name]
        file["uns/a/b/c/d/e/f/g/h/i/j"] = 1

    return changed(folder, change)


@refuses(r"groups nested more than 64 deep at uns/a/a/")
def groups_without_end(folder):
    return changed(folder, lambda file: file.__setitem__("uns" + "/a" * 70, 1))


@refuses(r"X is a link, refused")
def link_to_a_pipe(folder):
    os.mkfifo(folder / "pipe")

    def change(file):
        del file["X"]
        file["X"] = h5py.ExternalLink(str(folder / "pipe"), "/X")

    return changed(folder, change)


@refuses(r"X is compressed with the filter 65000 \(nameless\), expected gzip or lzf; .*compression='gzip'")
def filter_that_is_unknown(folder):
    def change(file):
        del file["X"]
        made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        made.set_chunk(COUNTS.T.shape)
        made.set_filter(65000, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple(COUNTS.T.shape)
        h5py.h5d.create(file.id, b"X", h5py.h5t.IEEE_F32LE, space, made).write_direct_chunk((0, 0), bytes(40))

    return changed(folder, change)


@refuses(r"a table of pandas in HDF5, which is not read; .*read_hdf\(")
def pandas_called_h5(folder):
    with h5py.File(folder / "cells.h5", "w") as file:
        file["df/block0_values"] = COUNTS
        file["df"].attrs["pandas_type"] = "frame"
    return folder / "cells.h5"


@refuses(r"no readable h5ad file")
def a_signature_alone(folder):
    (folder / "cells.h5ad").write_bytes(b"\x89HDF\r\n\x1a\n")
    return folder / "cells.h5ad"


@refuses(r"all values are zero")
def nothing_but_zeros(folder):
    return h5ad(folder, np.zeros_like(COUNTS.T))


@reads(genes=ENSEMBL)
def unsigned_integers_of_scipy(folder):
    path = market(folder, pack=False)
    text = (path / "matrix.mtx").read_text()
    (path / "matrix.mtx").write_text(text.replace("integer", "unsigned-integer", 1))
    return path


@reads(genes=ENSEMBL)
def blank_lines_at_the_end(folder):
    path = market(folder, pack=False)
    for found in path.iterdir():
        found.write_bytes(found.read_bytes().replace(b"\n", b"\r\n") + b"\n\n")
    return path


@refuses(r"there is one in its folder Gene/filtered")
def folder_of_starsolo(folder):
    (folder / "Solo.out/Gene").mkdir(parents=True)
    market(folder).rename(folder / "Solo.out/Gene/filtered")
    return folder / "Solo.out"


@refuses(r"40 of 60 genes end in -U or -A .*pyroe\.load_fry\(")
def spliced_and_unspliced_of_alevin_fry(folder):
    return market(folder, genes=[f"{gene}{end}" for end in ("", "-U", "-A") for gene in ENSEMBL[:20]])


@refuses(r"a compressed \.h5, which is not read; gunzip -k .*\.h5\.gz$")
def packed_tenx(folder):
    path = tenx(folder)
    path.with_suffix(".h5.gz").write_bytes(gzip.compress(path.read_bytes()))
    return path.with_suffix(".h5.gz")


@refuses(r"gunzip -k .*cells\.rds\.gz; then it is an R object, which is not read; .*readRDS\('[^']*cells\.rds'\)")
def packed_r_object(folder):
    (folder / "cells.rds.gz").write_bytes(gzip.compress(b"X\n\0\0"))
    return folder / "cells.rds.gz"


@refuses(r"3 members .*unpack it and give the folder$")
def zip_of_a_folder(folder):
    return packed(folder, {path.name: path.read_bytes() for path in market(folder).iterdir()}, "x_MolsPerCell_MEX.zip")


@refuses(r"no X, layers: counts; copy one to X")
def x_that_is_none(folder):
    def change(file):
        file.move("X", "layers/counts")
        file["X"] = h5py.Empty("f4")
        file["X"].attrs["encoding-type"] = "null"

    return changed(folder, change)


@reads()
def csc_with_unsorted_indices_of_64_bits(folder):
    import scipy.sparse

    made = scipy.sparse.csc_matrix(COUNTS.T)

    def change(file):
        for name in ("data", "indices"):
            values = np.concatenate(
                [getattr(made, name)[a:b][::-1] for a, b in zip(made.indptr, made.indptr[1:], strict=False)]
            )
            del file[f"X/{name}"]
            file[f"X/{name}"] = values.astype("f8" if name == "data" else "i8")
        del file["X/indptr"]
        file["X/indptr"] = made.indptr.astype("i8")

    return changed(folder, change, made)


@reads(cells=[f"{cell[:-1]}{number}" for number in (1, 2) for cell in CELLS[:6]])
def barcodes_of_two_samples(folder):
    return h5ad(folder, COUNTS.T, cells=[f"{cell[:-1]}{number}" for number in (1, 2) for cell in CELLS[:6]])


@reads(reader={"gene_column": "symbol"}, organism="mouse")
def gene_names_as_categories(folder):
    import anndata
    import pandas as pd

    var = pd.DataFrame({"symbol": pd.Categorical(GENES)}, index=pd.Index(ENSEMBL, name="ensembl"))
    obs = pd.DataFrame(index=pd.Index(CELLS, name="barcode"))
    anndata.AnnData(np.asfortranarray(COUNTS.T), obs, var).write_h5ad(folder / "cells.h5ad")
    return folder / "cells.h5ad"


TAGGED = ["Gene Expression"] * 50 + ["Antibody Capture"] * 10


@reads("50 Gene Expression features are read; left out: 10 Antibody Capture", values=COUNTS.T[:, :50], genes=GENES[:50])
def kinds_as_bytes(folder):
    path = h5ad(folder, COUNTS.T)
    with h5py.File(path, "r+") as file:
        for name, values in (("feature_types", TAGGED), ("_index", GENES)):
            if name in file["var"]:
                del file[f"var/{name}"]
            file[f"var/{name}"] = np.array(values, dtype="S32")
            file[f"var/{name}"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        file["var"].attrs["column-order"] = np.array(["feature_types"], dtype=h5py.string_dtype())
    return path


@reads("left out: 10 Antibody Capture", values=COUNTS.T[:, :50], genes=GENES[:50])
def kinds_under_another_name(folder):
    return h5ad(folder, COUNTS.T, var={"feature_type": TAGGED})


@reads("left out: 10 ADT", values=COUNTS.T[:, :50], genes=GENES[:50])
def kinds_called_modality(folder):
    return h5ad(folder, COUNTS.T, var={"modality": ["RNA"] * 50 + ["ADT"] * 10})


@reads()
def kinds_that_are_biotypes(folder):
    return h5ad(folder, COUNTS.T, var={"feature_type": ["gene", "ncRNA_gene", "pseudogene"] * 20})


@refuses(r"found GSM1_matrix_WT\.mtx: call it matrix\.mtx, and its lists features\.tsv and barcodes\.tsv")
def sample_after_matrix(folder):
    path = market(folder, pack=False)
    (path / "matrix.mtx").rename(path / "GSM1_matrix_WT.mtx")
    return path


@reads(genes=ENSEMBL)
def names_in_capitals(folder):
    path = market(folder)
    for found in list(path.iterdir()):
        found.rename(path / found.name.capitalize())
    return path


@reads(genes=ENSEMBL)
def tenx_without_symbols(folder):
    path = tenx(folder)
    with h5py.File(path, "r+") as file:
        del file["matrix/features/name"]
    return path


@refuses(r"no HDF5 signature: it starts with b'<!DOCTYP'\); fetch it again")
def page_called_h5ad(folder):
    (folder / "cells.h5ad").write_text("<!DOCTYPE html><p>Sign in</p>")
    return folder / "cells.h5ad"


@refuses(r"unpack it: gunzip -c .*cells\.h5ad > NEW")
def packed_but_called_h5ad(folder):
    path = h5ad(folder, COUNTS.T)
    path.write_bytes(gzip.compress(path.read_bytes()))
    return path


LARGE = COUNTS.T + np.where(np.arange(N_GENES) == 3, 2**62 + 1, 0)


@reads("12 whole numbers above 16777216 are rounded", values=LARGE.astype(np.float32))
def integers_of_64_bits(folder):
    values = COUNTS.T.astype(np.int64)
    values[:, 3] += 2**62 + 1
    return h5ad(folder, values)
