"""Ingestion: the bundled data sets as they are, and every check between a file and the stored matrix."""

import gzip
import json

import layouts
import numpy as np
import pandas as pd
import pytest

from deepae.config import catalogue
from deepae.data import own_data, store
from deepae.data.ingest import ingest
from deepae.errors import DataError


@pytest.fixture(scope="module")
def entries(root):
    return catalogue.load(root / "config/datasets.yaml")


@pytest.fixture(scope="module")
def bundled(entries, root):
    """Ingest a bundled data set once."""
    kept = {}

    def get(name):
        if name not in kept:
            kept[name] = ingest(entries[name], name=name, root=root)
        return kept[name]

    return get


def refused(message, case, root, paths=None, **change):
    with pytest.raises(DataError, match=message) as caught:
        ingest(case.entry | change, case.files if paths is None else paths, case.name, root)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["GSE102475", "GSE60361-200cells", "GSE84133"])
def test_bundled_tables_equal_what_pandas_reads(name, entries, bundled, root):
    entry = entries[name]
    dataset = bundled(name)
    path = catalogue.paths(entry, root)[0]
    frame = pd.read_csv(path, sep="\t", index_col=0, engine="c")
    assert frame.shape == (entry["expected"]["genes"], entry["expected"]["cells"])
    np.testing.assert_array_equal(dataset.matrix.toarray(), frame.to_numpy(dtype=np.float32).T)
    assert dataset.cells.tolist() == list(frame.columns)
    assert dataset.genes.tolist() == list(frame.index)


def test_gse102475_labels_spike_ins_and_provenance(bundled, root):
    dataset = bundled("GSE102475")
    assert dataset.provenance["labels"] == {"stressed": 80, "unstressed": 83}
    for cell, label in zip(dataset.cells, dataset.labels, strict=True):
        assert f"_{label.capitalize()}_" in cell
    counts = dataset.provenance["gene_ids"]["counts"]
    assert counts == {"id": 6014, "spike-in": 92, "unmapped": 683}
    assert dataset.symbols[dataset.genes.tolist().index("YBR145W")] == "ADH5"
    assert dataset.provenance["files"][0]["sha256"].startswith("7959f3fc")
    assert dataset.provenance["values"]["integer"] is False
    assert str(root) not in json.dumps(dataset.provenance)


def test_gse84133_has_both_mice_their_cell_types_and_symbols_that_r_did_not_change(entries, bundled, root):
    dataset = bundled("GSE84133")
    labels = pd.read_csv(catalogue.paths(entries["GSE84133"], root)[1], sep="\t", index_col=0)["clust_assign"]
    mice = [name.partition("_")[0] for name in dataset.cells]
    assert mice == ["mouse1"] * 822 + ["mouse2"] * 1064
    assert dataset.matrix.sum(dtype=float) == 9_411_303
    assert dataset.labels.tolist() == labels[dataset.cells].tolist()
    assert len(dataset.provenance["labels"]) == 13
    assert {"H2-Aa", "0610007P14Rik", "Gt(ROSA)26Sor"} <= set(dataset.genes)


def test_cytof_example_in_both_orientations(entries, root):
    events = ingest(entries["CyTOF-example"], name="CyTOF-example", root=root)
    channels = ingest(entries["CyTOF-example-released"], name="CyTOF-example-released", root=root)
    assert events.matrix.shape == (3452, 51)
    markers = [name in events.genes for name in channels.cells]  # the released program used all that the file holds
    assert channels.cells[~np.array(markers)].tolist() == ["Time", "Cell_length"]
    np.testing.assert_array_equal(channels.matrix.toarray()[markers], events.matrix.toarray().T)
    assert channels.genes.tolist() == events.cells.tolist()
    assert events.symbols.tolist()[0] == "BC103"
    assert events.provenance["values"]["minimum"] < 0
    assert events.provenance["notes"]["sampled"] == {"of": 15942, "cells": 3452, "seed": 943}
    drawn = np.sort(np.random.RandomState(943).choice(15942, 3452, replace=False))
    assert events.cells.tolist() == [f"event_{number + 1}" for number in drawn]


def test_labels_of_members_and_columns(tmp_path, root):
    dataset = ingest(layouts.build("GSE65525", tmp_path).entry, layouts.build("GSE65525", tmp_path).files, "x", root)
    assert dataset.provenance["labels"] == {"d0": 3, "d2": 1, "d4": 2, "d7": 2}
    case = layouts.build("GSE84133", tmp_path)
    dataset = ingest(case.entry, case.files, "x", root)
    assert dataset.provenance["labels"]["beta"] == 3
    said = "no column 'cluster' for the labels, found column_1|barcode"
    refused(said, case, root, labels={"from": "column", "column": "cluster"})


def test_labels_must_be_there_for_every_cell(tmp_path, root):
    case = layouts.build("GSE102475", tmp_path)
    by_name = {"from": "cell-names", "pattern": "_(Stress)_"}
    refused("has no label, expected _.Stress._ in its name", case, root, labels=by_name)
    labels = tmp_path / "labels.tsv"
    entry = {"files": [*case.entry["files"], {"name": "labels.tsv", "role": "labels"}]}
    how = {"from": "file", "cells": "cell", "column": "type"}
    files = [*case.files, labels]
    labels.write_text("cell\ttype\n" + "".join(f"{cell}\tt{i}\n" for i, cell in enumerate(case.cells)))
    dataset = ingest(case.entry | entry | {"labels": how}, files, "x", root)
    assert dataset.labels.tolist() == [f"t{i}" for i in range(8)]
    for content, message in (
        ("cell\ttype\n" + f"{case.cells[0]}\tt\n", "no label for 7 cells, the first 'BY4741_Unstressed"),
        ("cell\tkind\n", "no column 'type', found cell, kind"),
        ("cell\ttype\nx\n", "line 2 has 1 fields, expected 2"),
        ("cell\ttype\nx\ty\nx\tz\n", "line 3: cell 'x' occurs twice"),
        ("", "the file is empty"),
    ):
        labels.write_text(content)
        refused(message, case, root, files, **entry, labels=how)


def test_the_file_decides_on_the_organism_of_an_array(tmp_path, root):
    case = layouts.build("metabolic-mouse", tmp_path)
    dataset = ingest(case.entry | {"species": "Zea mays"}, case.files, case.name, root)
    assert dataset.provenance["species"] == "Mus musculus"
    said = "organism Mus musculus, where the catalogue has Zea mays for metabolic-mouse: the file decides"
    assert dataset.provenance["notes"]["said"] == [said]
    refused("expected Zea mays for metabolic-mouse: another series", case, root, species="Zea mays", kind="single-cell")


def test_a_shape_that_nobody_has_verified_is_noted(tmp_path, root):
    case = layouts.build("GSE48968", tmp_path)
    expected = {"genes": 6, "cells": 8, "status": {"genes": "U", "cells": "V"}}
    dataset = ingest(case.entry | {"expected": expected}, case.files, case.name, root)
    said = "5 genes x 8 cells, expected 6 x 8 for GSE48968, which is the paper's word alone: taken as it is"
    assert dataset.provenance["notes"]["said"] == [said]
    refused("accept_shape takes it as it is", case, root, expected=expected | {"cells": 9})


def test_shape_is_compared_with_the_expected_one(tmp_path, root):
    case = layouts.build("GSE60361", tmp_path)
    for genes, cells, rest in ((6, 8, "; accept_shape"), (8, 5, ": the matrix is transposed")):
        said = f"5 genes x 8 cells, expected {genes} x {cells} for GSE60361{rest}"
        refused(said, case, root, expected={"genes": genes, "cells": cells})
    dataset = ingest(case.entry | {"expected": {"genes": 9, "cells": 9}, "accept_shape": True}, case.files, "x", root)
    assert dataset.provenance["shape"] == {"genes": 5, "cells": 8}


def test_six_cells_are_the_least(tmp_path, root):
    case = layouts.build("GSE60361", tmp_path)
    for cells in (1, 5):
        case.files[0].write_bytes(gzip.compress(layouts.text([["g", *"abcdefg"[:cells]], ["x", *range(cells)]])))
        refused(f"{cells} cells, expected at least 6", case, root, expected={"genes": 1, "cells": cells})
    case.files[0].write_bytes(gzip.compress(layouts.text([["g", *"abcdef"], ["x", *range(6)]])))
    assert ingest(case.entry | {"expected": {"genes": 1, "cells": 6}}, case.files, "x", root).n_cells == 6


def test_cells_and_genes_can_be_left_out(tmp_path, root):
    case = layouts.build("GSE62270", tmp_path)
    change = {"keep_cells": "[1-7]$", "drop_genes": "^ERCC-", "expected": {"genes": 3, "cells": 7}}
    dataset = ingest(case.entry | change, case.files, "x", root)
    np.testing.assert_array_equal(dataset.matrix.toarray().T, case.values[[0, 3, 4]][:, :7])
    assert dataset.genes.tolist() == [case.genes[i] for i in (0, 3, 4)]
    assert dataset.provenance["notes"] == {"cells_dropped": 1, "genes_dropped": 2}
    refused("8 cells, expected at least the 9 of `sample`", case, root, sample={"cells": 9, "seed": 1})


def test_duplicate_and_damaged_symbols_stay_and_are_reported(tmp_path, root):
    case = layouts.build("GSE60361", tmp_path)
    report = ingest(case.entry, case.files, "x", root).provenance["gene_ids"]
    assert report["duplicates"] == {"count": 2, "first": ["Mar-01", "Mar-02"]}
    assert report["damaged"]["count"] == 4


def test_summary_rows_are_reported(tmp_path, root):
    case = layouts.build("GSE78779", tmp_path)
    report = ingest(case.entry, case.files, "x", root).provenance["gene_ids"]
    assert report["summary_rows"] == {"count": 1, "first": ["__no_feature"]}
    assert report["counts"] == {"id": 2, "spike-in": 2, "unmapped": 1}


def test_files_are_compared_with_the_catalogue(tmp_path, root):
    case = layouts.build("GSE60361", tmp_path)
    file = case.entry["files"][0]
    for wrong in ({"sha256": "0" * 64}, {"bytes": 3}):
        case.entry["files"] = [file | wrong]
        refused(f"{next(iter(wrong))} .*, expected .*: not the file of the catalogue", case, root)
    case.entry["files"] = [file]
    refused("2 files given, expected 1", case, root, paths=case.files * 2)
    refused("no such file; expected it to be fetched", case, root, paths=[tmp_path / "none.gz"])


def test_manual_data_say_what_to_do(entries, tmp_path, root):
    with pytest.raises(DataError, match=r"68981.*export the FCS file of MDA-MB-231") as caught:
        ingest(entries["CyTOF-MDA-MB-231"], name="CyTOF-MDA-MB-231", root=tmp_path)
    assert str(tmp_path / "resources/geo/CyTOF-MDA-MB-231.fcs") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_own_table_and_own_h5ad(tmp_path, root):
    genes = ["Sox17", "Xkr4", "Rp1", "Lypla1", "NoSuchGene"]
    rows = [["", *layouts.CELLS]] + [[g, *row] for g, row in zip(genes, layouts.numbers(layouts.COUNTS), strict=True)]
    path = tmp_path / "own.csv"
    path.write_bytes(layouts.text(rows, ","))
    dataset = ingest(own_data.make_entry(path, "mouse"), name=own_data.own_name(path), root=root)
    assert dataset.symbols.tolist() == [*genes[:4], ""]
    np.testing.assert_array_equal(dataset.matrix.toarray().T, layouts.COUNTS)
    assert ingest(own_data.make_entry(path), name="own", root=root).symbols.tolist() == [""] * 5
    store.write(tmp_path / "own.h5ad", dataset)
    again = ingest(own_data.make_entry(tmp_path / "own.h5ad", "mouse"), name="own", root=root)
    assert again.genes.tolist() == genes
    assert (again.matrix != dataset.matrix).nnz == 0


def test_own_table_that_lies_the_other_way_is_refused(tmp_path, root):
    genes = ["Sox17", "Xkr4", "Rp1", "Lypla1", "H2-Aa", "Pzp"]
    path = tmp_path / "own.csv"
    path.write_bytes(layouts.text([["", *genes]] + [[cell, *range(6)] for cell in layouts.CELLS], ","))
    with pytest.raises(DataError, match=r"100% of the 6 cell names and 0% of the 8 gene names .*transposed"):
        ingest(own_data.make_entry(path, "mouse"), name="own", root=root)
