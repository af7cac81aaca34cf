"""10x folders, 10x HDF5 and AnnData, as every version and program writes them."""

import gzip

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
