"""Readers: every layout of the paper's files cell for cell, and everything wrong as one line."""

import bz2
import gzip
import io
import re
import tarfile
import tracemalloc
import zipfile

import layouts
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import read, refused, write

from deepae.data import gene_ids, readers
from deepae.data.ingest import ingest
from deepae.data.readers import delimited, streams
from deepae.data.readers.names import is_sum, said_of
from deepae.errors import ConfigError, DataError

HEADER = ["gene", "a", "b", "c"]
ROWS = [["g1", "0", "1.5", "2"], ["g2", "3", "0", "4e1"]]
VALUES = np.array([[0, 1.5, 2], [3, 0, 40]], dtype=np.float32).T


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
    st.characters(
        codec="utf-8",
        exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"],
        exclude_characters='",;\t\ufeff\u200b\u2060\u00ad',
    ),
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


def test_the_advice_keeps_no_column_of_the_genes_among_the_cells(tmp_path):
    lines = ["symbol\tEntrezID\tLength\tc0\tc1", *(f"Gene{i}\t{1000 + i}\t{2000 + i}\t{i}\t1" for i in range(9))]
    path = write(tmp_path, "\n".join(lines).encode() + b"\n")
    refused(path, "annotations: 3")
    assert read(path, annotations=3).cells == ["c0", "c1"]


OF_GENES = """\
Gene Length (bp)|length_bp|Exonic.gene.sizes|NCBI_ID|HGNC|Gene start (bp)|Gene end (bp)|TSS|Karyotype band|TSL
Chromosome/scaffold name|Gene stable ID|Gene stable ID version|Gene % GC content|NCBI gene (formerly Entrezgene) ID|%GC
HGNC symbol|Gene name|Gene description|Transcript length (including UTRs and CDS)|Transcription start site (TSS)|Total
Transcript support level (TSL)|UniProtKB Gene Name ID|RefSeq mRNA ID|baseMean|log2FoldChange|lfcSE|stat|pvalue|padj
adj.P.Val|P.Value|AveExpr|logFC_A_vs_B|row_sum|GeneLength|ensembl_gene_id|external_gene_name|entrezgene_id|vst.mean
n_cells_by_counts|log1p_mean_counts|pct_dropout_by_counts|dispersions_norm|Hugo_Symbol|Entrez_Gene_Id|TOTAL|Sum
K-means cluster"""
OF_CELLS = """\
nGene|nUMI|S.Score|G2M.Score|RNA_snn_res.0.8|nCount_SCT|nFeature_SCT|nCount_RNA|log1p_total_counts|PC_1|Sum
pseudotime|percent.ribo|percent.mt|predicted_doublets|scrublet_score|MULTI_ID|hash.ID|old.ident|n_genes_by_counts|UMAP_1
pct_counts_in_top_50_genes|leiden_0.5|SCT_snn_res.1|pANN_0.25_0.09_913|DF.classifications_0.25_0.09_913|tSNE_2|Total
dpt_pseudotime|latent_time|CC.Difference|Phase|HTO_margin|mitoRatio|log10GenesPerUMI|sizeFactor|subsets_Mito_percent
donor_id|array_row|in_tissue|percent.hb|pct_mt|numReads|harmony_1|total_umis"""
CELLS = """A1 H12 AAACCTGAGAAACCAT-1 GSM123 Sample_1 cell_1 C1 SRR1234 ctrl_rep1 WT_1 KO_2 Mean_control E14.5 lens liver
control neg pos TSS_1 PC1 length_1 T B NK End1 size1 Band1 gene1 MEF plate1_A01 V1 X1 totalA median_lobe strand1 G1 S
G2M GC"""


@pytest.mark.parametrize(("names", "of"), [(OF_GENES, "gene"), (OF_CELLS, "cell")])
def test_what_is_said_of_a_gene_or_a_cell_is_known_by_its_name(names, of):
    assert [name for name in re.split(r"[|\n]", names) if not said_of(name, of)] == []


def test_no_gene_and_no_cell_is_taken_for_what_is_said_of_one(root):
    assert [name for name in CELLS.split() if said_of(name, "gene", front=False)] == []
    for organism in gene_ids.ORGANISMS:
        symbols = gene_ids.load_table(organism, str(root)).symbols
        for of in ("cell", "gene"):
            assert [symbol for symbol in symbols if said_of(symbol, of, front=False)] == []
        assert not any(is_sum(symbol) for symbol in symbols)
