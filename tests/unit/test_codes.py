"""Codes of every method, from what the grid keeps: equal to the methods' own, on the same cells."""

from types import SimpleNamespace

import numpy as np
import pytest
import toys

from deepae.benchmark.evaluate import stored_model
from deepae.benchmark.factorise import factorise
from deepae.benchmark.job import Job
from deepae.errors import DataError, MethodError
from deepae.interpretation import codes
from deepae.io.files import load_npz, save_npz

SEED, H = 7, 4
ENTRIES = {
    "svd": {"implementation": "svd:SVD", "needs": "cpu", "dictionary": "svd", "parameters": {"corrected": False}},
    "pca": {"implementation": "controls:PCA", "needs": "cpu"},
    "random-lmmse": {"implementation": "controls:RandomLMMSE", "needs": "cpu"},
    "zero": {"implementation": "controls:Zero", "needs": "cpu"},
    "mean-released": {"implementation": "controls:Mean", "needs": "cpu", "split": {"drop_last": True}},
}
TRAINED = {"implementation": "autoencoder.method:Autoencoder", "needs": "gpu"}


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """A job on 40 cells x 60 genes of counts, with a dictionary beside the data."""
    folder = tmp_path_factory.mktemp("codes")
    counts = np.random.default_rng(0).poisson(3, (40, 60)).astype(np.float32)
    toys.write(folder / "tiny.h5ad", counts, name="tiny")
    job = Job(folder / "tiny.h5ad", "svd", ENTRIES["svd"], "log1p", log=lambda line: None)
    save_npz(folder / "svd.npz", **factorise(job, [SEED]))
    job.dictionary = folder / "svd.npz"
    return job


def linear_model(h):
    """A stand-in for a trained network: a linear encoder and decoder."""
    weights = np.random.default_rng(h).normal(size=(60, h)).astype(np.float32)
    return SimpleNamespace(seed=SEED, h=h, encode=lambda block: block @ weights, decode=lambda code: code @ weights.T)


@pytest.fixture(scope="module")
def result(job):
    test = job.cells(job.split(SEED).test, SEED).dense()
    saved = []
    for h in (2, H):
        model = linear_model(h)
        both = np.stack([np.zeros((len(test), h)), model.encode(test)])
        arrays = {"seeds": np.array([SEED - 1, SEED]), "codes": both}
        saved.append(("deepae", TRAINED, model, arrays))
    return codes.compute(job, saved, ENTRIES, {"svd": job.dictionary}, pictured=["deepae", "svd", "zero"])


def test_every_space_is_there_once(result):
    found = codes.from_arrays(result[0])
    kinds = ("code/deepae", "measurements/random", "projection/random", "scores/pca")
    expected = {f"{kind}/{h}": (35, h) for kind in kinds for h in (2, 4)} | {"activities/svd/4": (35, 2)}
    assert {item.key: item.values.shape for item in found} == expected


def test_values_equal_the_methods_own(job, result):
    arrays, _ = result
    test = job.split(SEED).test
    assert arrays["cells"].tolist() == test.tolist()
    cells = job.cells(test, SEED)
    model, _, _ = stored_model(load_npz(job.dictionary), SEED, job.dictionary)
    measured = job.method.encode(model, cells, job.run(SEED), [H])[H]
    assert arrays["measurements/random/4"] == pytest.approx(measured, rel=1e-5)
    activities = job.method.decoder(model, job.run(SEED), H).activities(measured)
    assert arrays["activities/svd/4"] == pytest.approx(activities, rel=1e-4, abs=1e-6)
    assert arrays["code/deepae/2"] == pytest.approx(linear_model(2).encode(cells.dense()), rel=1e-4, abs=1e-5)


def test_the_heat_map_has_the_chosen_cells_and_genes(job, result):
    arrays, heat_map = result
    original = job.cells(arrays["cells"], SEED).dense()
    where = np.ix_(heat_map["cells"], heat_map["genes"])
    assert heat_map["original"] == pytest.approx(original[where])
    model = linear_model(H)
    assert heat_map["reconstruction/deepae/4"] == pytest.approx(
        model.decode(model.encode(original))[where], rel=1e-4, abs=1e-4
    )
    drawn = [f"reconstruction/{name}/4" for name in ("deepae", "svd", "zero")]
    assert sorted(key for key in heat_map if key.startswith("recon")) == drawn
    assert int(heat_map["measurements"]) == H


def test_blocks_of_decoding_do_not_matter():
    values = np.random.default_rng(1).normal(size=(7, 3))
    weights = np.random.default_rng(2).normal(size=(3, 9))
    genes = np.array([8, 2])
    one, other = (codes.blockwise(lambda code: code @ weights, values, genes, size=size) for size in (2, 100))
    assert one == pytest.approx(other)
    assert one == pytest.approx((values @ weights)[:, genes], rel=1e-5)


def test_a_missing_or_failed_factorisation_is_named(tmp_path, job):
    with pytest.raises(DataError, match="no factorisation of seed 8"):
        stored_model(load_npz(job.dictionary), 8, job.dictionary)
    save_npz(tmp_path / "failed.npz", **{"7/reason": np.str_("singular"), "7/seconds": np.float64(1)})
    with pytest.raises(MethodError, match="singular"):
        codes.Fitted(job, tmp_path / "failed.npz", 7, H)


def test_the_networks_other_seeds_stand_beside_pca_and_a_random_projection(job):
    """Each seed has test cells of its own; a network that has no codes of a seed is not there."""
    tests = {seed: job.split(seed).test for seed in (SEED, 8, 9)}
    arrays = {"seeds": np.array([SEED, 8, 9]), "codes": np.stack([np.full((35, H), seed) for seed in tests])}
    saved = [
        ("deepae", TRAINED, H, arrays),
        ("other", TRAINED, 2, {"seeds": np.array([9]), "codes": np.ones((1, 35, 2))}),
    ]
    found = {
        seed: (cells, theirs) for seed, cells, theirs in codes.by_seed(job, saved, SEED, [("pca", ENTRIES["pca"])])
    }
    assert list(found) == [8, 9]
    np.testing.assert_array_equal(found[8][0].dense(), job.cells(tests[8], 8).dense())
    keys = {seed: {item.key for item in theirs} for seed, (_, theirs) in found.items()}
    beside = {f"{kind}/{h}" for kind in ("scores/pca", "projection/random") for h in (2, H)}
    assert keys == {8: {"code/deepae/4", *beside}, 9: {"code/deepae/4", "code/other/2", *beside}}
    assert (found[8][1][0].values == 8).all()
    own = codes.Fitted(codes.job_of(job, "pca", ENTRIES["pca"]), None, 8, H).representation(np.arange(35))
    np.testing.assert_array_equal({item.key: item.values for item in found[8][1]}["scores/pca/2"], own.values[:, :2])
