"""Readers of series matrices, FCS, MatrixMarket and HDF5: the right matrix, and everything wrong as one line."""

import gzip
import os
import signal
import time

import anndata
import h5py
import layouts
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from reading import read, refused, write

from deepae.data import readers
from deepae.data.readers import hdf5
from deepae.errors import DataError

# ------------------------------------------------------------------ series matrices


def series(tmp_path, edit=lambda text: text):
    case = layouts.build("metabolic-mouse", tmp_path)
    content = edit(gzip.decompress(case.files[0].read_bytes()).decode())
    return write(tmp_path, gzip.compress(content.encode()), "s.txt.gz"), case


def test_series_matrix_drops_and_counts_probes_with_missing_values(tmp_path):
    path, case = series(tmp_path)
    table = read(path, "series-matrix")
    assert table.notes["probes_dropped"] == {"count": 2, "first": ["A_51_P_missing", "A_51_P_null"]}
    assert table.notes["title"] == ['Liver "fat" of mice or leaves of maize']
    assert table.notes["organism"] == ["Mus musculus"]
    assert table.obs["title"] == [f"sample {number}" for number in range(8)]
    assert table.genes == case.genes
    refused(path, r"line 12, column 9: found '', expected a number .missing: drop", "series-matrix", missing="error")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("!series_matrix_table_end\n", "", "no line !series_matrix_table_end: truncated"),
        ("!series_matrix_table_begin\n", "", "no line !series_matrix_table_begin"),
        ('"ID_REF"', '"PROBE"', "expected ID_REF and the samples"),
        ('"A_51_P100021"\t', '"A_51_P100021"\tlow\t', "line 10 has 10 fields, expected 9"),
        ('"GSM614982"\n', '"GSM614981"\n', "occurs twice|expected ID_REF"),
        ("!series_matrix_table_end\n", "!series_matrix_table_end\nmore\n", "follows !series_matrix_table_end"),
    ],
)
def test_damaged_series_matrix_is_one_line(tmp_path, old, new, message):
    path, _ = series(tmp_path, lambda text: text.replace(old, new, 1))
    if old == '"GSM614982"\n':
        path, _ = series(tmp_path, lambda text: text.replace("GSM614982", "GSM614981"))
    refused(path, message, "series-matrix")


def test_a_probe_or_a_gene_without_a_name_is_one_line(tmp_path):
    content = b'!series_matrix_table_begin\nID_REF\tGSM1\tGSM2\n""\t1\t3\np2\t4\t2\n!series_matrix_table_end\n'
    refused(write(tmp_path, content), "probe 1 has no name", "series-matrix")
    var = pd.DataFrame({"name": ["A1BG", None, "TP53"]}, index=list("abc"))
    anndata.AnnData(np.ones((2, 3), np.float32), var=var).write_h5ad(tmp_path / "half.h5ad")
    refused(tmp_path / "half.h5ad", "gene 2 has no name", "h5ad", gene_column="name")


def test_series_matrix_without_one_whole_probe(tmp_path):
    content = b"!series_matrix_table_begin\nID_REF\tGSM1\tGSM2\np1\t1\t\np2\tNA\t2\n!series_matrix_table_end\n"
    refused(write(tmp_path, content), "2 probes, all with missing values", "series-matrix")


# ------------------------------------------------------------------ FCS


def test_real_fcs2_file(root):
    path = root / "resources/cytof/cytofkit_130515_C2_stim_CD19-.fcs"
    assert read(path, "fcs").genes[0] == "(Rh103)Di"
    assert read(path, "fcs").notes["said"][-1].startswith("Time, Cell_length left out: no markers")
    table = read(path, "fcs", bookkeeping=True)
    assert table.matrix.shape == (15942, 53)
    assert table.genes[:3] == ["Time", "Cell_length", "(Rh103)Di"]
    assert table.var["marker"][:3] == ["", "", "BC103"]
    content = path.read_bytes()  # the events are big-endian float32 at the place that the header names
    start = int(content[26:34])
    raw = np.frombuffer(content, dtype=">f4", count=15942 * 53, offset=start).reshape(15942, 53)
    np.testing.assert_array_equal(table.matrix.toarray(), raw.astype(np.float32))


def test_fcs_cofactor_channels_and_orientation(tmp_path):
    case = layouts.build("CyTOF-MDA-MB-231", tmp_path)
    path = case.files[0]
    events = case.values.T.astype(np.float64)
    table = read(path, "fcs", cofactor=5)
    np.testing.assert_allclose(table.matrix.toarray(), np.arcsinh(events / 5), rtol=1e-6)
    table = read(path, "fcs", channels="CD69|Ir191")
    assert (table.genes, table.var["marker"]) == (["(Nd142)Di", "(Ir191)Di"], ["CD69", "DNA"])
    np.testing.assert_array_equal(table.matrix.toarray(), case.values.T[:, 1:3])
    table = read(path, "fcs", orientation="channels-as-samples")
    assert table.matrix.shape == (6, 8)  # as released: whatever the file has
    assert table.cells[2:] == case.genes
    refused(path, "no channel matches 'CD99', found Time", "fcs", channels="CD99")


def test_damaged_fcs_is_one_line(tmp_path):
    content = layouts.build("CyTOF-MDA-MB-231", tmp_path).files[0].read_bytes()
    refused(write(tmp_path, content[:-40], "a.fcs"), "no room for 8 events x 6 channels", "fcs")
    refused(write(tmp_path, content[:100], "b.fcs"), "TEXT at bytes .* damaged or truncated", "fcs")
    refused(write(tmp_path, b"PDF" + content[3:], "c.fcs"), "starts with b'PDF", "fcs")
    nan = layouts.fcs_bytes([[1, np.nan]] * 6, ["a", "b"], ["", ""])
    refused(
        write(tmp_path, nan, "d.fcs"),
        r"6 values are no finite numbers, the first \(nan\) in event 'event_1', channel 'b'",
        "fcs",
    )
    twice = layouts.fcs_bytes([[1, 2]] * 6, ["a", "a"], ["", ""])
    refused(write(tmp_path, twice, "e.fcs"), "channel name 'a' occurs twice, expected unique names$", "fcs")


# ------------------------------------------------------------------ MatrixMarket


def market(folder, matrix=layouts.COUNTS, genes=None, cells=None, pack=False):
    folder.mkdir(exist_ok=True)
    scipy.io.mmwrite(folder / "matrix.mtx", scipy.sparse.coo_matrix(matrix), field="integer")
    genes = genes or [f"ENSG0000000000{i}\tG{i}\tGene Expression" for i in range(len(matrix))]
    (folder / "features.tsv").write_text("\n".join(genes) + "\n")
    (folder / "barcodes.tsv").write_text("\n".join(cells or layouts.CELLS) + "\n")
    if pack:
        for path in list(folder.iterdir()):
            (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    return folder


@pytest.mark.parametrize("pack", [False, True])
def test_matrix_market_directory_and_three_files(tmp_path, pack):
    folder = market(tmp_path / "m", pack=pack)
    table = read(folder, "matrix-market")
    np.testing.assert_array_equal(table.matrix.toarray().T, layouts.COUNTS)
    assert table.cells == layouts.CELLS
    assert (table.genes[1], table.var["name"][1]) == ("ENSG00000000001", "G1")
    end = ".gz" if pack else ""
    sources = [
        readers.Source(folder / f"{name}{end}", role=role)
        for name, role in (("barcodes.tsv", "cells"), ("matrix.mtx", "matrix"), ("features.tsv", "genes"))
    ]
    assert (readers.read(sources, "matrix-market").matrix != table.matrix).nnz == 0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.replace("integer", "pattern"), "found pattern general"),
        (lambda s: s.replace("coordinate", "array"), "expected %%MatrixMarket matrix coordinate"),
        (lambda s: s.replace("5 8 19", "8 5 19"), "expected a cell of 1 to 8, a gene of 1 to 5 and a number"),
        (lambda s: s.replace("5 8 19", "5 8 18"), "19 entries, expected 18"),
        (lambda s: s.replace("5 8 19", "5 8 99999999999999"), "19 entries, expected 99999999999999"),
        (lambda s: s.replace("5 8 19", "5 8"), "expected genes, cells and entries"),
        (lambda s: s.replace("\n1 2 5\n", "\n6 2 5\n"), "found '6 2 5', expected a gene of 1 to 5"),
        (lambda s: s.replace("\n1 2 5\n", "\n0 2 5\n"), "found '0 2 5'"),
        (lambda s: s.replace("\n1 2 5\n", "\n1 2.5 5\n"), r"found '1 2\.5 5'"),
        (lambda s: s.replace("\n1 2 5\n", "\n1 2 nan\n"), "found '1 2 nan'"),
        (lambda s: s.replace("\n1 2 5\n", "\n1 2\n"), "found '1 2'"),
        (lambda s: s.replace("\n1 2 5\n", "\n1 4 5\n"), "1 entries stand twice"),
    ],
)
def test_damaged_matrix_market_is_one_line(tmp_path, edit, message):
    folder = market(tmp_path / "m")
    path = folder / "matrix.mtx"
    before = path.read_text()
    path.write_text(edit(before))
    assert path.read_text() != before
    with pytest.raises(DataError, match=message):
        read(folder, "matrix-market")


def test_matrix_market_directory_without_a_file(tmp_path):
    folder = market(tmp_path / "m")
    (folder / "barcodes.tsv").unlink()
    refused(folder, r"none of barcodes\.tsv or cells\.tsv", "matrix-market")


# ------------------------------------------------------------------ h5ad


def make_h5ad(path, matrix, **more):
    obs = pd.DataFrame({"kind": pd.Categorical(list("xyxyxyxy"))}, index=layouts.CELLS)
    var = pd.DataFrame({"name": ["a", "b", "c", "d", "e"]}, index=[f"g{i}" for i in range(5)])
    container = anndata.AnnData(matrix, obs=obs, var=var, **more)
    container.raw = container
    container.layers["twice"] = 2 * matrix
    container.write_h5ad(path)
    return path


@pytest.mark.parametrize("form", [np.array, scipy.sparse.csr_matrix, scipy.sparse.csc_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_h5ad(tmp_path, form, dtype):
    path = make_h5ad(tmp_path / "x.h5ad", form(layouts.COUNTS.T.astype(dtype)))
    table = read(path, "h5ad")
    np.testing.assert_array_equal(table.matrix.toarray().T, layouts.COUNTS)
    assert (table.cells, table.genes) == (layouts.CELLS, [f"g{i}" for i in range(5)])
    assert table.obs == {"kind": list("xyxyxyxy")}
    np.testing.assert_array_equal(read(path, "h5ad", layer="twice").matrix.toarray().T, 2 * layouts.COUNTS)
    np.testing.assert_array_equal(read(path, "h5ad", raw=True).matrix.toarray().T, layouts.COUNTS)
    assert read(path, "h5ad", gene_column="name").genes == list("abcde")


def test_bad_h5ad_is_one_line(tmp_path):
    path = make_h5ad(tmp_path / "x.h5ad", scipy.sparse.csr_matrix(layouts.COUNTS.T))
    refused(path, "no layers/logs, layers: twice; copy", "h5ad", layer="logs")
    refused(path, "no column 'symbol' in var, found name", "h5ad", gene_column="symbol")
    refused(path, "expected one of them", "h5ad", layer="twice", raw=True)
    with h5py.File(path, "r+") as file:
        file["X/indices"][3] = 99
    refused(path, "X: the parts of the sparse matrix do not fit one another: damaged", "h5ad")
    refused(write(tmp_path, path.read_bytes()[:4000], "cut.h5ad"), r"truncated: 4000 of \d+ bytes", "h5ad")
    refused(write(tmp_path, b"not hdf5", "y.h5ad"), "no readable h5ad file", "h5ad")
    nan = layouts.COUNTS.T.copy()
    nan[2, 1] = np.nan
    refused(
        make_h5ad(tmp_path / "nan.h5ad", nan), "1 values are no finite numbers, .* in cell 'cell3', gene 'g1'", "h5ad"
    )


@pytest.mark.parametrize(("end", "message"), [("crash", "crashes with it"), ("hang", "does not come to an end")])
def test_an_h5ad_that_kills_the_library_is_refused(tmp_path, monkeypatch, end, message):
    path = make_h5ad(tmp_path / "x.h5ad", layouts.COUNTS.T)
    monkeypatch.setattr(hdf5, "PATIENCE", 0.5)
    doing = {"crash": lambda path: os.kill(os.getpid(), signal.SIGSEGV), "hang": lambda path: time.sleep(60)}
    monkeypatch.setattr(hdf5, "_look_through", doing[end])
    refused(path, message, "h5ad")


def test_h5ad_with_links_or_false_promises_is_refused(tmp_path):
    path = make_h5ad(tmp_path / "x.h5ad", layouts.COUNTS.T)
    with h5py.File(path, "r+") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/X")
    refused(path, "X is a link, refused", "h5ad")
    with h5py.File(path, "r+") as file:
        del file["X"]
        file.create_dataset("X", shape=(10**8, 10**6), dtype="f4", chunks=(100, 100))
    refused(path, "X promises more than", "h5ad")
