"""Trained models as files, and a user's cells through them."""

import json
import re

import anndata
import h5py
import inputs
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from safetensors.numpy import save_file

import deepae
from deepae.data import store
from deepae.data.ingest import ingest
from deepae.data.store import Dataset
from deepae.errors import DataError, MethodError
from deepae.methods.autoencoder import model as models
from deepae.methods.autoencoder.method import Autoencoder
from deepae.methods.base import Run

GENES, H = 40, 3
NAMES = np.array([f"gene-{position}" for position in range(GENES - 1)] + ["gene-0"])  # an id that occurs twice


def counts(n=9, seed=0):
    return np.random.default_rng(seed).poisson(2.0, size=(n, GENES)).astype(np.float32)


def dataset_of(values=None, genes=NAMES):
    values = counts() if values is None else values
    cells = np.array([f"cell-{row}" for row in range(len(values))])
    matrix = scipy.sparse.csr_matrix(values)
    return Dataset("toy", matrix, cells, np.asarray(genes), np.array([f"S{gene}" for gene in genes]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model on log1p data with key genes at a later update: the path, and what `fit` returned."""
    method = Autoencoder([8], iterations=6, report_after=4, weights_after=6, learning_rate=1e-3, keep_weights=True)
    model = method.fit(np.log1p(counts()), Run("toy", 7, log=lambda line: None), H)
    path = tmp_path_factory.mktemp("models") / "log1p" / "deepae-h3.safetensors"
    models.save(path, model, dataset_of(), "log1p", "deepae", method, H, 7)
    return path, model


def test_a_model_in_float16_is_half_as_large_and_as_good_to_three_digits(trained, tmp_path):
    path, model = trained
    method = Autoencoder([8], iterations=6, report_after=4, weights_after=6, learning_rate=1e-3)
    about = dataset_of(), "log1p", "deepae", method, H, 7
    large = {key: np.tile(array, (1, 500)) if key == "weight_3" else array for key, array in model.items()}
    sizes = []
    for precision in ("float32", "float16"):
        models.save(tmp_path / f"{precision}.safetensors", large, *about, precision)
        sizes.append((tmp_path / f"{precision}.safetensors").stat().st_size)
    assert sizes[1] < 0.55 * sizes[0]
    models.save(tmp_path / "half.safetensors", model, *about, "float16")
    whole, half = deepae.load(path), deepae.load(tmp_path / "half.safetensors")
    assert all(array.dtype == np.float32 for array in [*half.weights, *half.biases, *half.kept])
    assert len(half.kept) == len(whole.kept) > 0
    codes, other = (loaded.encode(np.log1p(counts())) for loaded in (whole, half))
    assert not np.array_equal(codes, other)
    np.testing.assert_allclose(other, codes, atol=3e-3)
    broken = model | {"weight_0": model["weight_0"] * 1e6}
    with pytest.raises(MethodError, match="too large for float16"):
        models.save(tmp_path / "broken.safetensors", broken, *about, "float16")
    assert not (tmp_path / "broken.safetensors").exists()


def test_what_is_saved_is_loaded(trained):
    path, model = trained
    loaded = deepae.load(path)
    assert (loaded.dataset, loaded.normalization, loaded.method) == ("toy", "log1p", "deepae")
    assert (loaded.h, loaded.seed, loaded.iterations, loaded.version) == (H, 7, 4, deepae.__version__)
    assert loaded.parameters["architecture"] == [8]
    assert loaded.parameters["weights_after"] == 6
    assert list(loaded.genes) == list(NAMES)
    for layer in range(4):
        assert np.array_equal(loaded.weights[layer], model[f"weight_{layer}"])
        assert np.array_equal(loaded.biases[layer], model[f"bias_{layer}"])
    assert loaded.network.widths[:3] == (GENES, 8, H)
    np.testing.assert_allclose(loaded.encoder, model["encoder"], atol=1e-6)
    assert not np.allclose(loaded.encoder, model["weight_0"] @ model["weight_1"], atol=1e-6)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_codes_equal_those_of_the_method(trained):
    path, model = trained
    loaded = deepae.load(path)
    normalised = np.log1p(counts(5, seed=3))
    hidden = normalised @ model["weight_0"] + model["bias_0"]
    central = np.where(hidden > 0, hidden, 0.2 * hidden) @ model["weight_1"] + model["bias_1"]
    expected = np.where(central > 0, central, 0.2 * central)
    codes = loaded.encode(normalised)
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    np.testing.assert_allclose(loaded.encode(dataset_of(counts(5, seed=3))), expected, atol=1e-5)
    method = Autoencoder([8], iterations=4)
    decoded = method.decoder(model, Run("toy", 7), H)(codes)
    np.testing.assert_allclose(loaded.decode(codes), decoded, atol=1e-6)


def test_genes_are_matched_by_id(trained, tmp_path):
    """Shuffled genes, a gene the model does not know, repeated ids in order: the same codes."""
    loaded = deepae.load(trained[0])
    values = counts(5, seed=3)
    expected = loaded.encode(np.log1p(values))
    order = np.random.default_rng(1).permutation(GENES)
    first, second = np.flatnonzero(NAMES[order] == "gene-0")
    order[first], order[second] = sorted((order[first], order[second]))
    shuffled = np.column_stack([np.full(5, 99.0), values[:, order]]).astype(np.float32)
    genes = np.concatenate([["unknown"], NAMES[order]])
    path = tmp_path / "cells.h5ad"
    store.write(path, dataset_of(shuffled, genes))
    matched = loaded.match(path)
    assert (matched.missing, matched.unused, matched.matched_by) == (0, 1, "index")
    np.testing.assert_allclose(loaded.encode(matched), expected, atol=1e-6)
    np.testing.assert_allclose(loaded.encode(str(path)), expected, atol=1e-6)


@pytest.mark.parametrize("written", ["mm10_{}", "mm10____{}", "'{}'", "{}.0", "X{}"])
def test_names_are_cleaned_as_ingest_cleans_them(tmp_path, root, written):
    """A file that ingest accepts is encoded with all its genes, by the very model that was trained on it."""
    path = tmp_path / "cells.h5ad"
    cells = anndata.AnnData(counts(6), var=pd.DataFrame(index=[written.format(100 + 7 * k) for k in range(GENES)]))
    cells.write_h5ad(path)
    entry = {"files": [{"name": "x"}], "reader": {"layout": "h5ad"}, "gene_id_type": "auto", "complete": True}
    ingested = ingest(entry, [path], "toy", root)
    assert ingested.genes[1] == "107"
    method = Autoencoder([8], iterations=2)
    model = method.fit(np.log1p(counts(6)), Run("toy", 1, log=lambda line: None), H)
    models.save(tmp_path / "m.safetensors", model, ingested, "log1p", "deepae", method, H, 1)
    loaded = deepae.load(tmp_path / "m.safetensors")
    matched = loaded.match(path)
    assert (matched.missing, matched.unused) == (0, 0)
    assert re.fullmatch(r"index \(.* taken off \d+ of \d+ gene names\)", matched.matched_by)
    np.testing.assert_array_equal(loaded.encode(path), loaded.encode(ingested))
    np.testing.assert_array_equal(loaded.encode(cells), loaded.encode(ingested))


def test_the_h5_of_cell_ranger_is_encoded_as_it_is_ingested(tmp_path, root):
    path = inputs.tenx(tmp_path)
    entry = {"files": [{"name": "x"}], "reader": {"layout": "10x-h5"}, "gene_id_type": "auto", "complete": True}
    ingested = ingest(entry, [path], "toy", root)
    method = Autoencoder([8], iterations=2)
    model = method.fit(np.log1p(ingested.matrix[:6].toarray()), Run("toy", 1, log=lambda line: None), H)
    models.save(tmp_path / "m.safetensors", model, ingested, "log1p", "deepae", method, H, 1)
    loaded = deepae.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.encode(path), loaded.encode(ingested))


@pytest.mark.parametrize("kind", ["dense", "csr", "csc"])
def test_missing_genes_are_counted_and_zero(trained, tmp_path, kind):
    loaded = deepae.load(trained[0])
    values = counts(5, seed=3)
    lost = [2, 5, 11]
    kept = np.setdiff1d(np.arange(GENES), lost)
    form = {"dense": np.asarray, "csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}[kind]
    matrix = form(values[:, kept])
    var = pd.DataFrame({"ensembl": NAMES[kept], "length": 1.0}, index=[f"row{k}" for k in kept])
    path = tmp_path / "cells.h5ad"
    anndata.AnnData(X=matrix, var=var, obs=pd.DataFrame(index=[f"c{k}" for k in range(5)])).write_h5ad(path)
    matched = loaded.match(path)
    assert (matched.missing, matched.unused, matched.matched_by) == (3, 0, "ensembl")
    assert list(matched.cells) == [f"c{k}" for k in range(5)]
    assert "3 missing" in str(matched)
    values[:, lost] = 0
    with pytest.warns(UserWarning, match="3 missing"):
        codes = loaded.encode(path)
    np.testing.assert_allclose(codes, loaded.encode(np.log1p(values)), atol=1e-6)


def test_normalisation_of_the_model_is_applied(tmp_path):
    method = Autoencoder([8], iterations=2)
    cells = dataset_of()
    model = method.fit(counts(), Run("toy", 1, log=lambda line: None), H)
    models.save(tmp_path / "m.safetensors", model, cells, "zscore", "deepae", method, H, 1)
    loaded = deepae.load(tmp_path / "m.safetensors")
    values = counts()
    standard = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    np.testing.assert_allclose(loaded.encode(cells), loaded.encode(standard.astype(np.float32)), atol=1e-5)
    assert loaded.kept == []
    np.testing.assert_allclose(loaded.encoder, model["weight_0"] @ model["weight_1"], atol=1e-6)


def test_cells_that_do_not_fit_are_refused(trained, tmp_path):
    loaded = deepae.load(trained[0])
    with pytest.raises(DataError, match="none of its genes"):
        loaded.match(dataset_of(genes=[f"ENSG{k}" for k in range(GENES)]))
    with pytest.raises(DataError, match="no column 'entrez'"):
        loaded.match(dataset_of(), column="entrez")
    with pytest.raises(DataError, match="expected"):
        loaded.encode(counts()[:, :7])
    with pytest.raises(DataError, match="log1p"):
        loaded.encode(dataset_of(-counts()))
    bad = counts()
    bad[1, 1] = np.nan
    with pytest.raises(DataError, match="not finite"):
        loaded.encode(dataset_of(bad))
    store.write(tmp_path / "cells.h5ad", dataset_of(bad))
    with pytest.raises(DataError, match=r"cells\.h5ad:X: 1 values .* in cell 'cell-1', gene 'gene-1'"):
        loaded.match(tmp_path / "cells.h5ad")
    with h5py.File(tmp_path / "linked.h5ad", "w") as file:
        file["obs"], file["X"] = np.zeros(3), h5py.ExternalLink(str(tmp_path / "cells.h5ad"), "X")
    with pytest.raises(DataError, match=r"linked\.h5ad: X is a link, refused"):
        loaded.match(tmp_path / "linked.h5ad")
    store.write(tmp_path / "column.h5ad", dataset_of())
    with h5py.File(tmp_path / "column.h5ad", "r+") as file:
        file["var/secret"] = h5py.ExternalLink(str(tmp_path / "cells.h5ad"), "var/gene_id")
    with pytest.raises(DataError, match=r"column\.h5ad: var/secret is a link, refused"):
        loaded.encode(tmp_path / "column.h5ad")
    with pytest.raises(DataError, match="the cells have no X, expected counts"):
        loaded.encode(anndata.AnnData(None, var=pd.DataFrame(index=NAMES)))
    (tmp_path / "bad.h5ad").write_bytes(b"not an h5ad")
    with pytest.raises(DataError, match=r"bad\.h5ad"):
        loaded.encode(tmp_path / "bad.h5ad")


def test_damaged_and_foreign_files_are_refused(trained, tmp_path):
    path = tmp_path / "m.safetensors"
    with pytest.raises(DataError, match="no such file"):
        deepae.load(path)
    whole = trained[0].read_bytes()
    for content in (b"", b"\x80\x04K\x01.", whole[:-100], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="not a readable model"):
            deepae.load(path)
    deep = "[" * 100_000 + "]" * 100_000
    save_file({"weight_0": np.zeros((2, 2), dtype=np.float32)}, path, metadata={"deepae": deep})
    with pytest.raises(DataError, match="not a readable model"):
        deepae.load(path)
    save_file({"weight_0": np.zeros((2, 2), dtype=np.float32)}, path)
    with pytest.raises(DataError, match="not a readable model"):
        deepae.load(path)


@pytest.mark.parametrize(
    "change",
    [
        *({"format": 99}, {"h": 4}, {"genes": ["a"]}, {"normalization": "rank"}),
        *({"parameters": {}}, {"parameters": None}, {"seed": None, "drop": True}),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(trained, tmp_path, change):
    from safetensors import safe_open

    with safe_open(trained[0], framework="numpy") as file:
        about = json.loads(file.metadata()["deepae"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    if change.pop("drop", False):
        for key in change:
            del about[key]
    else:
        about |= change
    path = tmp_path / "m.safetensors"
    save_file(tensors, path, metadata={"deepae": json.dumps(about)})
    with pytest.raises(DataError, match="not a readable model"):
        deepae.load(path)
