"""The stored data set: what is written is read, by us and by anndata; anything else is refused."""

import dataclasses
import json

import anndata
import h5py
import numpy as np
import pytest
import scipy.sparse

from deepae.data import store
from deepae.errors import DataError


@pytest.fixture
def dataset():
    matrix = scipy.sparse.csr_matrix(np.array([[0, 1.5, 0], [2, 0, 0], [0, 0, 0], [7, 8, 9]], dtype=np.float32))
    return store.Dataset(
        name="GSE1-ä",
        matrix=matrix,
        cells=np.array(["a", "b", "c", "d"], dtype=object),
        genes=np.array(["Mar-01", "Mar-01", "Ω"], dtype=object),  # ids may repeat
        symbols=np.array(["", "", "Xkr4"], dtype=object),
        labels=np.array(["x", "y", "x", ""], dtype=object),
        provenance={"files": [{"name": "f", "bytes": 3}], "none": None},
        var={"entrez": np.array(["", "1", "497097"], dtype=object)},
    )


def test_round_trip(tmp_path, dataset):
    path = tmp_path / "x" / "d.h5ad"
    store.write(path, dataset)
    again = store.read(path)
    assert (again.n_cells, again.n_genes) == (4, 3)
    assert again.matrix.dtype == np.float32
    np.testing.assert_array_equal(again.matrix.toarray(), dataset.matrix.toarray())
    for name in ("cells", "genes", "symbols", "labels"):
        assert getattr(again, name).tolist() == getattr(dataset, name).tolist(), name
    assert (again.name, again.provenance) == (dataset.name, dataset.provenance)
    assert again.var["entrez"].tolist() == ["", "1", "497097"]
    assert [p.name for p in path.parent.iterdir()] == ["d.h5ad"]
    store.write(path, dataclasses.replace(dataset, labels=None))
    assert store.read(path).labels is None


def test_anndata_sees_cells_by_genes(tmp_path, dataset):
    store.write(tmp_path / "d.h5ad", dataset)
    container = anndata.read_h5ad(tmp_path / "d.h5ad")
    assert container.shape == (4, 3)
    assert container.obs["label"].tolist() == ["x", "y", "x", ""]
    assert container.var["gene_id"].tolist() == ["Mar-01", "Mar-01", "Ω"]
    assert json.loads(container.uns["provenance"]) == dataset.provenance


def test_damaged_or_foreign_files_are_one_line(tmp_path, dataset):
    path = tmp_path / "d.h5ad"
    store.write(path, dataset)
    content = path.read_bytes()
    anndata.AnnData(np.ones((3, 2))).write_h5ad(tmp_path / "foreign.h5ad")
    for name, damaged in (("cut", content[: len(content) // 2]), ("text", b"hello"), ("empty", b"")):
        (tmp_path / f"{name}.h5ad").write_bytes(damaged)
    for name in ("cut", "text", "empty", "foreign", "none"):
        with pytest.raises(
            DataError, match=rf"{name}\.h5ad: not a readable data set .*; remove it and run again"
        ) as caught:
            store.read(tmp_path / f"{name}.h5ad")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("what", ["shape", "indices"])
def test_an_inconsistent_matrix_is_refused(tmp_path, dataset, what):
    path = tmp_path / "d.h5ad"
    store.write(path, dataset)
    with h5py.File(path, "r+") as file:
        if what == "shape":
            file["X"].attrs["shape"] = (9, 9)
        else:
            file["X/indices"][0] = 5000
    with pytest.raises(DataError, match="not a readable data set"):
        store.read(path)


def test_nothing_half_written(tmp_path, dataset, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(anndata.AnnData, "write_h5ad", fail)
    with pytest.raises(OSError, match="disk full"):
        store.write(tmp_path / "d.h5ad", dataset)
    assert list(tmp_path.iterdir()) == []
