"""Readers: every layout of the paper's files cell for cell, and everything wrong as one line."""

import bz2
import gzip
import io
import os
import signal
import tarfile
import time
import tracemalloc
import zipfile

import anndata
import h5py
import layouts
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepae.data import readers
from deepae.data.ingest import ingest
from deepae.data.readers import delimited, hdf5, streams
from deepae.errors import ConfigError, DataError

HEADER = ["gene", "a", "b", "c"]
ROWS = [["g1", "0", "1.5", "2"], ["g2", "3", "0", "4e1"]]
VALUES = np.array([[0, 1.5, 2], [3, 0, 40]], dtype=np.float32).T


def read(path, layout="genes-by-cells", member=None, **options):
    return readers.read([readers.Source(path, member)], layout, **options)


def write(tmp_path, content, name="x.tsv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refused(path, message, layout="genes-by-cells", member=None, **options):
    with pytest.raises(DataError, match=message) as caught:
        read(path, layout, member, **options)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("name", layouts.BUILDERS)
def test_each_layout_of_the_paper_is_read_cell_for_cell(name, tmp_path, root):
    case = layouts.build(name, tmp_path)
    dataset = ingest(case.entry, case.files, name, root)
    assert dataset.matrix.dtype == np.float32
    np.testing.assert_array_equal(dataset.matrix.toarray().T, case.values)
    assert dataset.genes.tolist() == case.genes
    assert dataset.cells.tolist() == case.cells
    assert (None if dataset.labels is None else dataset.labels.tolist()) == case.labels


@pytest.mark.parametrize("block", [1, 40])
def test_blocks_equal_the_whole(tmp_path, monkeypatch, block):
    case = layouts.build("GSE62270", tmp_path)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", block)
    table = read(case.files[0], separator="tab", header="full")
    np.testing.assert_array_equal(table.matrix.toarray().T, case.values)


# ------------------------------------------------------------------ text


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("short", [False, True])
def test_separators_line_ends_and_headers_are_found(tmp_path, separator, end, short):
    path = write(tmp_path, layouts.text([HEADER[short:], *ROWS], separator, end))
    table = read(path)
    np.testing.assert_array_equal(table.matrix.toarray(), VALUES)
    assert (table.cells, table.genes) == (["a", "b", "c"], ["g1", "g2"])


@pytest.mark.parametrize(
    ("name", "pack"),
    [("x.tsv.gz", gzip.compress), ("x.tsv.bz2", bz2.compress), ("x.tsv", gzip.compress), ("x", bz2.compress)],
)
def test_compression_is_seen(tmp_path, name, pack):
    path = write(tmp_path, pack(layouts.text([HEADER, *ROWS])), name)
    np.testing.assert_array_equal(read(path).matrix.toarray(), VALUES)


def test_quotes_byte_order_mark_and_blank_end(tmp_path):
    content = '\ufeff"gene","a, left","b ""x""","c"\n"g,1",0,1.5,2\n"g2","3","0","4e1"\n\n  \n'.encode()
    table = read(write(tmp_path, content, "x.csv"))
    np.testing.assert_array_equal(table.matrix.toarray(), VALUES)
    assert (table.cells, table.genes) == (["a, left", 'b "x"', "c"], ["g,1", "g2"])


def test_annotation_columns_become_columns_of_genes(tmp_path):
    rows = [["id", "name", "type", "a", "b"], ["E1", "n1", "coding", 1, 2], ["E2", "n2", "other", 3, 4]]
    table = read(write(tmp_path, layouts.text(rows)), annotations=3, id_column=1)
    assert (table.genes, table.var) == (["n1", "n2"], {"id": ["E1", "E2"], "type": ["coding", "other"]})
    np.testing.assert_array_equal(table.matrix.toarray(), [[1, 3], [2, 4]])


def test_files_bound_by_column_must_have_the_same_genes_in_the_same_order(tmp_path):
    first = write(tmp_path, b"g1,1,2\ng2,3,4\n", "d0.csv")
    second = write(tmp_path, b"g1,5\ng2,6\n", "d2.csv")
    swapped = write(tmp_path, b"g2,5\ng1,6\n", "d4.csv")
    longer = write(tmp_path, b"g1,5\ng2,6\ng3,7\n", "d7.csv")
    options = {"layout": "genes-by-cells", "separator": "comma", "header": "none"}
    table = readers.read([readers.Source(first), readers.Source(second)], **options)
    assert table.cells == ["d0_1", "d0_2", "d2_1"]
    np.testing.assert_array_equal(table.matrix.toarray(), [[1, 3], [2, 4], [5, 6]])
    with pytest.raises(DataError, match=r"d4\.csv: gene 1 is 'g2', expected 'g1' as in .*d0\.csv"):
        readers.read([readers.Source(first), readers.Source(swapped)], **options)
    with pytest.raises(DataError, match=r"d7\.csv: 3 genes, expected 2"):
        readers.read([readers.Source(first), readers.Source(longer)], **options)


def test_stacked_files_must_have_the_same_genes_and_annotations(tmp_path):
    first = write(tmp_path, b"cell,type,g1,g2\na,x,1,2\n", "m1.csv")
    other = write(tmp_path, b"cell,type,g1,g3\nb,x,1,2\n", "m2.csv")
    title = write(tmp_path, b"cell,kind,g1,g2\nb,x,1,2\n", "m3.csv")
    options = {"layout": "cells-by-genes", "annotations": 2}
    with pytest.raises(DataError, match=r"m2\.csv: gene 2 is 'g3', expected 'g2'"):
        readers.read([readers.Source(first), readers.Source(other)], **options)
    with pytest.raises(DataError, match=r"m3\.csv: annotation columns .*kind.*expected .*type"):
        readers.read([readers.Source(first), readers.Source(title)], **options)
    with pytest.raises(DataError, match="cell name 'a' occurs twice"):
        readers.read([readers.Source(first), readers.Source(first)], **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"gene\ta\tb\ng1\t1\tx\n", "line 2, column 3: found 'x', expected a number"),
        (b"gene\ta\tb\ng1\t1\t2\ng2\tNaN\t1\n", "line 3, column 2: found 'NaN', expected a number"),
        (b"gene\ta\tb\ng1\t1\tNA\n", "line 2, column 3: found 'NA'"),
        (b"gene\ta\tb\ng1\t1\tinf\n", "line 2, column 3: found 'inf'"),
        (b"gene\ta\tb\ng1\t1\t1e39\n", "line 2, column 3: found '1e39'"),
        (b"gene\ta\tb\ng1\t1\t1_0\n", "line 2, column 3: found '1_0'"),
        (b"gene\ta\tb\ng1\t1\t0x1\n", "line 2, column 3: found '0x1'"),
        (b"gene\ta\tb\ng1\t1\t\n", "line 2, column 3: found ''"),
        (b"gene\ta\tb\ng1\t1\t1 2\n", "line 2, column 3: found '1 2'"),
        (b"gene\ta\tb\ng1\t1\t1,5\n", "line 2, column 3: found '1,5'"),
        (b"gene\ta\tb\ng1\t1\t2\t\n", "line 2, column 4: found ''"),
        (b"gene\ta\ng1\t\n", "line 2, column 2: found ''"),
        (b"gene\ta\tb\ng1\t1\t2\ng2\t1\n", "line 3 has 2 fields, expected 3"),
        (b"gene\ta\tb\ng1\t1\t2\ng2\t1\t2\t3\n", "line 3 has 4 fields, expected 3"),
        (b"gene\ta\tb\ng1\t1\n", "line 2 has 2 fields, expected 3 as in the header"),
        (b"gene\ta\tb\ng1\t1\t2\n\ng2\t1\t2\n", "line 3 is empty and line 4 is not"),
        (b"gene\ta\ta\ng1\t1\t2\n", "cell name 'a' occurs twice"),
        (b"gene\ta\t\ng1\t1\t2\n", "cell 2 has an empty name"),
        (b"gene\ta\tb\n", "a header and no row"),
        (b"gene\n", "line 1 has one field 'gene', expected fields separated"),
        (b"gene,\ng1\n", "line 2 has 1 fields"),
        (b"\n", "first line is empty"),
        (b"", "the file is empty"),
        (b"gene\ta\ng\xff\t1\n", "line 2: .* at byte 2, expected UTF-8"),
        (b"gene\ta\ng\x00\t1\n", "line 2 holds the control character"),
        (b'gene,a\n"g1,1\n', "line 2: bad quoting"),
        (b"<!DOCTYPE html>\n<html>\n", "HTML or XML page"),
        ("gene\ta\ng1\t1\n".encode("utf-16"), "control character|UTF-8"),
        (b"gene\ta\tb\rg1\t1\t2\rg2\t1\t2\r", "line 1 holds the control character"),
    ],
)
def test_bad_text_is_one_line(tmp_path, content, message):
    refused(write(tmp_path, content), message)


def test_wrong_header_style_is_named(tmp_path):
    full = write(tmp_path, layouts.text([HEADER, *ROWS]), "full.tsv")
    short = write(tmp_path, layouts.text([HEADER[1:], *ROWS]), "short.tsv")
    refused(full, r"line 2 has 4 fields, expected 5, one more than the header; is it a full header", header="short")
    refused(short, r"line 2 has 4 fields, expected 3 as in the header; is it an R-style header", header="full")


def test_long_lines_and_bombs_stop_at_the_limit(tmp_path, monkeypatch):
    path = write(tmp_path, gzip.compress(layouts.text([HEADER, *ROWS * 1000])), "x.tsv.gz")
    monkeypatch.setattr(streams, "LIMIT", 5000)
    refused(path, "expands to more than 5000 bytes, refused")
    monkeypatch.setattr(streams, "LINE_LIMIT", 100)
    refused(write(tmp_path, b"g\t" + b"1" * 200), "line 1 has more than 100 bytes")


def test_peak_memory_is_at_most_three_times_the_matrix(tmp_path, monkeypatch):
    counts = np.random.default_rng(1).poisson(0.4, (3000, 800))
    rows = [["gene", *(f"c{i}" for i in range(800))]] + [[f"g{i}", *row] for i, row in enumerate(counts.tolist())]
    path = write(tmp_path, gzip.compress(layouts.text(rows), 1), "x.tsv.gz")
    del rows
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 100_000)
    read(write(tmp_path, gzip.compress(TABLE), "small.tsv.gz"))  # imports and caches
    tracemalloc.start()
    try:
        table = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    matrix = table.matrix
    np.testing.assert_array_equal(matrix.toarray(), counts.T)
    buffers = 4 << 20  # of the streams: they do not grow with the matrix
    assert peak <= 3 * (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes) + buffers


# ------------------------------------------------------------------ archives

TABLE = layouts.text([HEADER, *ROWS])


@pytest.mark.parametrize("cut", [1, 5, 20, -1, -5, -8])
@pytest.mark.parametrize(("name", "pack"), [("x.tsv.gz", gzip.compress), ("x.tsv.bz2", bz2.compress)])
def test_truncated_compression_is_refused(tmp_path, name, pack, cut):
    refused(write(tmp_path, pack(TABLE)[:cut], name), "truncated|damaged|no gz file|no bz2 file")


def test_empty_gzip_and_wrong_suffix(tmp_path):
    refused(write(tmp_path, gzip.compress(b""), "x.tsv.gz"), "first line is empty")
    refused(write(tmp_path, b"<html>", "y.tsv.gz"), "no gz file: it starts with b'<ht'")
    refused(tmp_path / "none.tsv", "cannot be read")


def test_members_of_tar_and_zip(tmp_path):
    path = write(tmp_path, layouts.tar({"other.tsv": b"x", "d/x.tsv.gz": gzip.compress(TABLE)}), "x.tar")
    np.testing.assert_array_equal(read(path, member="d/x.tsv.gz").matrix.toarray(), VALUES)
    packed = write(tmp_path, gzip.compress(path.read_bytes()), "x.tar.gz")
    np.testing.assert_array_equal(read(packed, member="d/x.tsv.gz").matrix.toarray(), VALUES)
    refused(path, "no member 'y.tsv', found other.tsv, d/x.tsv.gz", member="y.tsv")
    refused(path, "2 members and none is named")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.tsv", TABLE)
    path = write(tmp_path, stream.getvalue(), "x.tsv.zip")
    np.testing.assert_array_equal(read(path).matrix.toarray(), VALUES)
    refused(write(tmp_path, stream.getvalue()[:-30], "cut.zip"), "damaged zip")


def hostile_tar(name, kind=tarfile.REGTYPE, link=""):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        info.size = len(TABLE) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(TABLE))
        good = tarfile.TarInfo("x.tsv")
        good.size = len(TABLE)
        archive.addfile(good, io.BytesIO(TABLE))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("../evil.tsv", tarfile.REGTYPE, "outside its folder"),
        ("/etc/evil", tarfile.REGTYPE, "outside its folder"),
        ("a/../../evil", tarfile.REGTYPE, "outside its folder"),
        ("link.tsv", tarfile.SYMTYPE, "link or a device"),
        ("link.tsv", tarfile.LNKTYPE, "link or a device"),
        ("pipe", tarfile.FIFOTYPE, "link or a device"),
        ("dev", tarfile.CHRTYPE, "link or a device"),
    ],
)
def test_hostile_tar_writes_nothing_and_is_refused(tmp_path, name, kind, message):
    folder = tmp_path / "in"
    folder.mkdir()
    path = write(folder, hostile_tar(name, kind, "/etc/passwd"), "x.tar")
    refused(path, message, member="x.tsv")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["in", "x.tar"]


@pytest.mark.parametrize("name", ["../evil.tsv", "/evil.tsv", "C:\\evil.tsv", "a\\..\\evil.tsv"])
def test_hostile_zip_is_refused(tmp_path, name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, TABLE)
        archive.writestr("x.tsv", TABLE)
    refused(write(tmp_path, stream.getvalue(), "x.zip"), "outside its folder", member="x.tsv")


def test_zip_member_without_a_name_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.tsv", TABLE)
    nameless = stream.getvalue().replace(b"x.tsv", b"\0.tsv")  # zipfile ends a name at its first NUL
    refused(write(tmp_path, nameless, "x.zip"), "outside its folder|damaged", member="x.tsv")


def test_zip_link_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("x.tsv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    refused(write(tmp_path, stream.getvalue(), "x.zip"), "link or a device", member="x.tsv")


def test_bombs_in_archives_stop_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "LIMIT", 100_000)
    zeros = layouts.text([HEADER] + [[f"g{i}", 0, 0, 0] for i in range(20_000)])
    path = write(tmp_path, layouts.tar({"x.tsv.gz": gzip.compress(zeros)}), "x.tar")
    refused(path, "expands to more than 100000 bytes", member="x.tsv.gz")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.tsv", zeros)
    refused(write(tmp_path, stream.getvalue(), "x.zip"), "expands to more than 100000 bytes", member="x.tsv")


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
        (lambda s: s.replace("5 8 19", "8 5 19"), "8 x 5, expected 5 genes x 8 cells: the matrix is transposed"),
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


# ------------------------------------------------------------------ all


def test_unknown_layout():
    with pytest.raises(ConfigError, match="unknown layout 'excel', expected one of genes-by-cells"):
        readers.read([], "excel")


def test_layouts_with_one_file_refuse_several(tmp_path):
    sources = [readers.Source(tmp_path / "a"), readers.Source(tmp_path / "b")]
    for layout in ("series-matrix", "fcs", "h5ad"):
        with pytest.raises(DataError, match="2 files given, expected one"):
            readers.read(sources, layout)


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters='",;\t\ufeff'),
    min_size=1,
    max_size=8,
)
floats = st.one_of(st.just(0.0), st.integers(-(10**6), 10**6).map(float), st.floats(-(2.0**99), 2.0**99, width=32))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_table_is_read_exactly_or_refused(tmp_path, data):
    """Separators, quoting, line ends, trailing marks, any names, 0 and 1 cells: the right matrix or a clear error."""
    cells = data.draw(st.lists(names, max_size=5, unique=True))
    genes = data.draw(st.lists(names, min_size=1, max_size=5))
    values = np.array(data.draw(st.lists(floats, min_size=len(genes) * len(cells), max_size=len(genes) * len(cells))))
    values = values.reshape(len(genes), len(cells)).astype(np.float32)
    mark, end = data.draw(st.sampled_from("\t,;")), data.draw(st.sampled_from(["\n", "\r\n"]))
    quote = '"' if data.draw(st.booleans()) else ""
    trailing = mark if data.draw(st.booleans()) else ""
    pack = data.draw(st.sampled_from([bytes, gzip.compress, bz2.compress]))
    header = mark.join(f"{quote}{name}{quote}" for name in ["gene", *cells])
    lines = [
        f"{quote}{gene}{quote}" + "".join(f"{mark}{value!r}" for value in row.tolist())
        for gene, row in zip(genes, values, strict=True)
    ]
    path = write(tmp_path, pack("".join(line + trailing + end for line in [header, *lines]).encode()))
    if trailing or not cells:
        with pytest.raises(DataError):
            read(path)
        return
    table = read(path, annotations=1)  # any name may be a cell's
    assert (table.cells, table.genes) == (cells, genes)
    np.testing.assert_array_equal(table.matrix.toarray().T, values)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.text(alphabet='ab1.\t,;"\n\r ', max_size=60).map(str.encode)))
@pytest.mark.parametrize("layout", ["genes-by-cells", "cells-by-genes", "series-matrix", "fcs", "h5ad"])
def test_any_bytes_end_in_a_matrix_or_one_line(tmp_path, layout, content):
    path = write(tmp_path, content, "x")
    refusal = table = None
    try:
        table = read(path, layout)
    except DataError as error:
        refusal = str(error)
    if refusal is not None:
        assert "\n" not in refusal
    else:
        assert table.matrix.shape == (len(table.cells), len(table.genes))
        assert np.isfinite(table.matrix.data).all()
