"""What people bring: every input of tests/inputs becomes the right matrix, or one line in the words of the file."""

import gzip
import re

import inputs
import numpy as np
import pytest
from inputs import making

from deepae.config.grid import check
from deepae.data import own_data
from deepae.data.ingest import ingest
from deepae.errors import DeepAEError

HUMAN_TOO = """Trp53 Brca1 Egfr Kras Nras Braf Pten Rb1 Myc Mycn Cdk4 Cdk6 Ccnd1 Ccne1 Mdm2 Atm Atr Chek1 Erbb2 Met Alk
Ros1 Ret Kit Pdgfra Flt3 Jak2 Stat3 Tnf Il6 Il10 Cd3e Cd4 Ms4a1 Cd19 Ptprc Gapdh Actb Alb Gcg Sst Krt19 Sox17 Xkr4
Rp1 Pecam1 Vwf Col1a1 Col1a2 Vim Epcam Cdh1 Gfap Sox2 Pax6 Otx2 Foxg1 Foxp2 Foxa2 Gata3""".split()
FOREIGN = r"Traceback|flowio|FlowIO|InMemoryFile|scipy\.|h5py|object has no attribute|ignore_offset"


def outcome(case, folder, root):
    """Return (data set or None, what is said)."""
    path = case.build(folder)
    try:
        entry = own_data.make_entry(path, case.organism, case.reader)
        check({"own": entry}, "datasets", "data")
        dataset = ingest(entry, name="own", root=root)
    except DeepAEError as error:
        return None, str(error)
    return dataset, "\n".join(dataset.provenance["notes"].get("said", []))


@pytest.mark.parametrize("name", inputs.INPUTS)
def test_the_right_matrix_or_one_line(name, tmp_path, root):
    case = inputs.INPUTS[name]
    dataset, said = outcome(case, tmp_path, root)
    assert re.search(case.message, said), said
    assert not re.search(FOREIGN, said)
    if case.read is None:
        assert dataset is None, "read, and should have been refused"
        assert "\n" not in said
        return
    assert dataset is not None, said
    np.testing.assert_array_equal(dataset.matrix.toarray(), np.asarray(case.read, dtype=np.float32))
    if case.genes is not False:
        assert dataset.genes.tolist() == list(case.genes)
    if case.cells is not False:
        assert dataset.cells.tolist() == list(case.cells)


@pytest.mark.parametrize("name", [name for name, case in inputs.INPUTS.items() if case.read is not None])
def test_genes_are_counted_without_reading_the_whole(name, tmp_path):
    case = inputs.INPUTS[name]
    path = case.build(tmp_path)
    entry = own_data.make_entry(path, case.organism, case.reader)
    n_genes = np.asarray(case.read).shape[1]
    found = own_data.count_genes(path, entry["reader"], 500)
    summary = {"htseq": 5, "total_row_among_genes": 1, "totals_above_and_below": 3}  # rows that are left out later
    assert found == n_genes + summary.get(name, 0)
    assert own_data.count_genes(path, entry["reader"], n_genes - 1) is None


@pytest.mark.parametrize(("cells", "expected"), [(10, True), (20, False)])
def test_droplets_without_a_cell_are_asked_about(tmp_path, root, cells, expected):
    values = np.zeros((30, 1000))
    values[:cells], values[:, 5] = 2, 1
    path = making.h5ad(tmp_path, values, [f"c{i}" for i in range(30)], [f"g{i}" for i in range(1000)])
    dataset = ingest(own_data.make_entry(path), name="own", root=root)
    said = "\n".join(dataset.provenance["notes"].get("said", []))
    asked = "half of the 30 cells have values in fewer than 10 of 1000 genes: droplets without a cell?"
    assert (asked in said) == expected


def test_what_the_mapping_makes_of_each_kind_of_id(tmp_path, root):
    for name in (
        "symbol_and_entrez_in_brackets",
        "entrez_h5ad",
        "entrez_of_r",
        "symbol_and_entrez",
        "ensembl_and_symbol",
        "prefix_h5ad",
        "cite_seq",
    ):
        dataset, said = outcome(inputs.INPUTS[name], tmp_path, root)
        assert dataset.symbols.tolist() == inputs.GENES, (name, said)


@pytest.mark.parametrize("build", ["tenx_version_3", "half_precision", "prefix_of_geo", "fcs_plain", "packed"])
def test_a_truncated_file_is_refused_before_anything_is_planned(build, tmp_path):
    if build == "packed":
        path = tmp_path / "cells.tsv.gz"
        path.write_bytes(gzip.compress(inputs.table(tmp_path, "cells.tsv", inputs.plain()).read_bytes()))
    else:
        path = inputs.INPUTS[build].build(tmp_path)
    own_data.refuse_truncated([path])
    cut = next(path.glob("*matrix.mtx*")) if path.is_dir() else path
    cut.write_bytes(cut.read_bytes()[:-30])
    with pytest.raises(DeepAEError, match=r"^[^\n]*truncated[^\n]*$"):  # noqa: PT012
        own_data.refuse_truncated([path])
        own_data.count_genes(path, own_data.make_entry(path)["reader"], 50)


def test_mouse_symbols_in_capitals_are_read_where_the_user_says_so(tmp_path, root):
    """Written so they are man's: refused with the way out, which maps them."""
    path = inputs.table(tmp_path, "capitals.tsv", inputs.plain([gene.upper() for gene in HUMAN_TOO]))
    with pytest.raises(
        DeepAEError, match=r"organism=human\? \(If they are of mouse in capitals: gene_id_type=symbol\)"
    ):
        ingest(own_data.make_entry(path, "mouse"), name="own", root=root)
    dataset = ingest(own_data.make_entry(path, "mouse", gene_id_type="symbol"), name="own", root=root)
    assert dataset.symbols.tolist() == HUMAN_TOO
