"""A matrix that stays on disk gives the numbers of one in memory: rows, parts, columns, jobs, an ingested file."""

import anndata
import h5py
import numpy as np
import pytest
import scipy.sparse
import toys

from deepae.benchmark.evaluate import evaluate
from deepae.benchmark.job import Job
from deepae.data import backed, store
from deepae.data.ingest import ingest
from deepae.errors import DataError

ENTRY = {"files": [{"name": "cells.h5ad"}], "reader": {"layout": "h5ad"}, "gene_id_type": "symbol", "complete": True}


@pytest.fixture
def counts():
    return scipy.sparse.random(60, 40, 0.3, "csr", np.float32, 1, lambda n: np.random.default_rng(1).poisson(3, n) + 1)


@pytest.fixture
def large(monkeypatch):
    """Every matrix is large; parts, chunks and gaps are small."""
    for name, value in {"BACKED_BYTES": 100, "PART_VALUES": 50, "CHUNK": 16, "GAP": 2}.items():
        monkeypatch.setattr(backed, name, value)


def test_rows_columns_and_parts_are_those_in_memory(large, counts, tmp_path):
    path = tmp_path / "toy.h5ad"
    store.write(path, toys.dataset(counts))
    matrix = store.read(path).matrix
    assert isinstance(matrix, backed.BackedCSR)
    assert (matrix.shape, matrix.nnz, matrix.count_nonzero()) == (counts.shape, counts.nnz, counts.nnz)
    dense = counts.toarray()
    for rows in (slice(None), slice(7, 20), slice(50, 90), [3], [5, 2, 2, 59], np.arange(0, 60, 7), np.array([], int)):
        assert np.array_equal(matrix[rows].toarray(), dense[rows])
    columns = np.array([5, 0, 39])
    assert np.array_equal(matrix[:, columns][[4, 1]].toarray(), dense[:, columns][[4, 1]])
    assert np.array_equal(matrix[:, columns][:, [2, 1]][:].toarray(), dense[:, columns][:, [2, 1]])
    parts = list(matrix.parts())
    assert len(parts) > 5
    assert np.array_equal(np.concatenate([part.toarray() for _, part in parts]), dense)
    np.testing.assert_allclose(np.asarray(matrix.mean(axis=0)), np.asarray(counts.mean(axis=0)), rtol=1e-6)
    assert backed.summary(matrix) == backed.summary(counts)


@pytest.mark.parametrize("normalization", ["none", "log1p", "zscore"])
def test_a_job_on_it_gives_the_same_digits(counts, tmp_path, normalization, monkeypatch):
    found = []
    for limit in (1 << 30, 100):
        monkeypatch.setattr(backed, "BACKED_BYTES", limit)
        path = tmp_path / f"{limit}.h5ad"
        store.write(path, toys.dataset(counts))
        entry = {"protocol": "control", "role": "control", "implementation": "controls:PCA"}
        job = Job(path, "pca", entry, normalization, log=lambda line: None)
        assert isinstance(job.dataset.matrix, backed.BackedCSR) == (limit == 100)
        rows, _ = evaluate(job, {3: [1, 2]})
        found.append([{key: row[key] for key in ("pcc", "em", "mae", "spearman", "pcc_gene")} for row in rows])
    assert found[0] == found[1]


def test_a_large_file_is_ingested_part_by_part(counts, tmp_path, monkeypatch):
    source = tmp_path / "cells.h5ad"
    store.write(source, toys.dataset(counts))
    written = []
    for limit in (1 << 30, 100):
        monkeypatch.setattr(backed, "BACKED_BYTES", limit)
        found = ingest(ENTRY, [source], "toy", tmp_path)
        assert isinstance(found.matrix, backed.BackedCSR) == (limit == 100)
        store.write(tmp_path / f"{limit}.h5ad", found)
        written.append(store.read(tmp_path / f"{limit}.h5ad"))
    small, large = written
    assert np.array_equal(small.matrix.toarray(), large.matrix[:].toarray())
    assert small.provenance["values"] == large.provenance["values"]
    assert (list(small.genes), list(small.cells)) == (list(large.genes), list(large.cells))


def test_a_large_file_names_the_cell_and_counts_what_is_rounded(large, counts, tmp_path):
    values = counts.astype(np.float64)
    values.data[[7, 300]] = 2**24 + 1, 2**24 + 3
    anndata.AnnData(values).write_h5ad(tmp_path / "large.h5ad")
    found = ingest(ENTRY, [tmp_path / "large.h5ad"], "toy", tmp_path)
    assert "2 whole numbers above 16777216 are rounded to seven digits (float32)" in found.provenance["notes"]["said"]
    values[41, 5] = np.inf
    path = tmp_path / "infinite.h5ad"
    container = anndata.AnnData(values)
    container.obs_names = [f"cell {i}" for i in range(60)]
    container.write_h5ad(path)
    with pytest.raises(DataError, match=r"the first \(inf\) in cell 'cell 41', gene '5'"):
        ingest(ENTRY, [path], "toy", tmp_path)


def test_damage_is_one_line(large, counts, tmp_path):
    path = tmp_path / "toy.h5ad"
    store.write(path, toys.dataset(counts))
    with h5py.File(path, "r+") as file:
        file["X/indices"][3] = 4000
    with pytest.raises(DataError, match="damaged"):
        list(store.read(path).matrix.parts())
    store.write(path, toys.dataset(counts))
    with h5py.File(path, "r") as file:
        place = file["X/data"].id.get_chunk_info(2).byte_offset
    content = bytearray(path.read_bytes())
    content[place + 5] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        list(store.read(path).matrix.parts())
    store.write(path, toys.dataset(counts))
    with h5py.File(path, "r+") as file:
        file["X/indptr"][5] = 10**6
    with pytest.raises(DataError, match="row pointers"):
        store.read(path)
