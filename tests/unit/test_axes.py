"""Training size and noise as axes of the grid, from the block to the rows."""

import numpy as np
import pytest
import toys

from deepae.benchmark.evaluate import evaluate
from deepae.benchmark.job import Job
from deepae.benchmark.noise import add_noise, noise_variance, quantise
from deepae.config import axes
from deepae.data.cells import Cells
from deepae.data.normalise import normalise, renormalise
from deepae.errors import DataError

PCA = {"label": "PCA", "protocol": "control", "role": "control", "implementation": "controls:PCA", "needs": "cpu"}
SVD = {"label": "SVD", "protocol": "paper", "role": "published", "implementation": "svd:SVD", "needs": "cpu"}
METHODS = {
    "pca": PCA,
    "svd": SVD | {"dictionary": "svd"},
    "svd-corrected": SVD | {"dictionary": "svd", "parameters": {"corrected": True}},
}


def expand(**item):
    return axes.expand({"methods": list(METHODS)} | item, METHODS, "grid[0]")


def test_without_axes_nothing_changes():
    assert expand() == (list(METHODS), {})


def test_each_value_is_a_method_of_its_own():
    names, added = expand(n_train=[20, 0.5], noise=["none", 2])
    assert len(names) == 12
    assert names[0] == "pca.n20.noiseless"
    entry = added["pca.n0.5.snr2"]
    assert (entry["split"], entry["noise"], entry["base"]) == ({"n_train": 0.5}, 2, "pca")
    assert entry["label"] == "PCA, n = 0.5, SNR 2"
    # a factorisation depends on the training cells, not on the noise
    assert added["svd-corrected.n20.snr2"]["dictionary"] == "svd.n20"
    assert added["svd.n20"]["dictionary"] == "svd.n20"
    assert "noise" not in added["svd.n20"]
    assert expand(noise=[2])[1]["svd-corrected.snr2"]["dictionary"] == "svd"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(1, 1, (80, 3)) @ rng.gamma(1, 4, (3, 50))).astype(np.float32)
    labels = np.array(["a", "b"] * 40, dtype=object)
    return toys.write(tmp_path_factory.mktemp("data") / "toy.h5ad", counts, labels=labels)


def rows(data, entry, **settings):
    job = Job(data, "x", entry, "zscore", settings=settings, log=lambda line: None)
    found, cells = evaluate(job, {5: [1, 2]})
    return job, found, cells


def test_training_size_changes_the_training_cells_and_never_the_test_cells(data):
    few, many = (rows(data, PCA | {"split": {"n_train": n}}) for n in (4, "all"))
    assert [row["n_train"] for row in few[1] + many[1]] == [4, 4, 40, 40]
    np.testing.assert_array_equal(few[2]["test"], many[2]["test"])
    assert np.mean([row["em"] for row in many[1]]) < np.mean([row["em"] for row in few[1]])


def test_a_ceiling_that_sees_all_other_cells_is_the_largest_training_size(data):
    ceiling = PCA | {"implementation": "ceilings:PoolPCA", "split": {"n_train": 4}}
    largest = PCA | {"split": {"n_train": "all"}}
    assert [row["em"] for row in rows(data, ceiling)[1]] == [row["em"] for row in rows(data, largest)[1]]


def test_a_group_is_tested_on_the_same_cells_whichever_trains(data):
    entries = [PCA | {"split": {"trained_on": one, "tested_on": "c1"}} for one in ("c1", "c2")]
    same, other = (rows(data, entry) for entry in entries)
    np.testing.assert_array_equal(same[2]["test"], other[2]["test"])
    names = same[0].dataset.cells
    for (job, _, _), group in ((same, "c1"), (other, "c2")):
        split = job.split(1)
        assert all(group in name for name in names[split.train])
        assert all("c1" in name for name in names[split.test])
        assert not set(split.train) & set(split.test)
        assert len(split.train) == 5
    elsewhere = rows(data, PCA | {"split": {"trained_on": "c1", "tested_on": "c2"}})
    np.testing.assert_array_equal(elsewhere[0].split(1).train, same[0].split(1).train)
    np.testing.assert_array_equal(np.intersect1d(elsewhere[0].split(1).test, same[0].split(1).train), [])
    with pytest.raises(DataError, match=r"toy: groups: [0-9]+ cells have both 'c1' and 'c' in their name"):
        rows(data, PCA | {"split": {"trained_on": "c1", "tested_on": "c"}})
    with pytest.raises(DataError, match="toy: groups: 0 cells have 'mouse1' in their name, expected at least 10"):
        rows(data, PCA | {"split": {"trained_on": "mouse1", "tested_on": "c1"}})


def test_a_reconstruction_under_another_normalisation_is_turned_back(data):
    exact = PCA | {"implementation": "ceilings:OraclePCA"}
    job = Job(data, "x", exact, "zscore", log=lambda line: None)
    block = job.dataset.matrix[:7]
    for found in ("none", "log1p", "zscore"):
        for wanted in ("none", "log1p", "zscore"):
            turned = renormalise(normalise(block, found), block, found, wanted)
            np.testing.assert_allclose(turned, normalise(block, wanted), rtol=1e-4, atol=1e-4)
    plain, other, itself = (
        rows(data, PCA | ({"trained_under": under} if under else {}))[1] for under in ("", "log1p", "zscore")
    )
    assert [row["em"] for row in plain] == [row["em"] for row in itself]
    assert all(a["em"] != b["em"] and b["pcc"] > 0.3 for a, b in zip(plain, other, strict=True))


def test_more_axes_make_methods_of_their_own():
    assert expand(groups=["a", "b"])[0][::3] == ["pca.a-to-a", "pca.a-to-b", "pca.b-to-a", "pca.b-to-b"]
    names, added = expand(trained_under=["none", "zscore"], normalization="zscore")
    assert added["svd-corrected.none"]["dictionary"] == "svd.none"
    assert added["svd.none"]["trained_under"] == "none"
    network = {"ae": PCA | {"trained": True, "parameters": {"iterations": 9, "loss": "mse"}}}
    names, added = axes.expand({"methods": ["ae", "pca"], "updates": [1, 2]}, METHODS | network, "grid[0]")
    assert names == ["ae.u1", "pca", "ae.u2"]
    assert added["ae.u2"]["parameters"] == {"iterations": 2, "loss": "mse"}


def test_noise_is_relative_to_the_spread_of_the_codes_over_training_cells():
    rng = np.random.default_rng(1)
    training = rng.standard_normal((200, 6)) * np.array([5, 4, 3, 2, 1, 0.5]) + 100
    cells = Cells(np.zeros((3000, 4)), np.arange(3000), "none", "toy", 1)
    codes = np.zeros((3000, 6), dtype=np.float32)
    variance = noise_variance(training, 2.0)
    noise = add_noise(codes, variance, cells)
    centred = training - training.mean(axis=0)
    assert noise.std() == pytest.approx(np.sqrt(np.square(centred).mean()) / 2, rel=0.03)
    assert noise[:, 0].std() == pytest.approx(noise[:, 5].std(), rel=0.1)
    fewer = add_noise(codes[:, :3], noise_variance(training[:, :3], 2.0), cells)
    assert np.corrcoef(fewer[:, 2], noise[:, 2])[0, 1] == pytest.approx(1)
    alone = add_noise(codes[7:8], variance, Cells(np.zeros((3000, 4)), [7], "none", "toy", 1))
    np.testing.assert_array_equal(alone[0], noise[7])


def test_noise_costs_accuracy_and_none_is_the_plain_method(data):
    plain, noiseless, noisy = (rows(data, PCA | more)[1] for more in ({}, {"noise": "none"}, {"noise": 1}))
    assert [row["em"] for row in plain] == [row["em"] for row in noiseless]
    assert all(a["em"] > b["em"] for a, b in zip(noisy, plain, strict=True))
    job, _, _ = rows(data, SVD | {"noise": "none"})
    assert job.method.snr is None  # random measurements have their own noise, in gene space


def test_further_metrics_stand_beside_the_errors_of_each_cell(data):
    _, _, cells = rows(data, PCA, further_metrics=True)
    assert cells["further/pcc_delta"].shape == (1, 2)
    assert (0 < cells["further/pcc_delta"]).all()
    assert cells["further/r2_tenths"].shape == (1, 2, 10)
    assert np.isfinite(cells["further/label_knn"]).all()
    _, _, panel = rows(data, PCA | {"implementation": "panels:GreedyPanel"}, further_metrics=True)
    for name in ("em", "pcc_delta", "r2_gene"):  # a code of all genes is scored on the genes that the panel leaves out
        assert np.isfinite(cells[f"further/{name}_unmeasured"]).all()
        assert np.isfinite(panel[f"further/{name}_unmeasured"]).all()
    assert (cells["further/em_unmeasured"] < cells["sse"].sum(axis=-1) ** 0.5).all()
    _, _, cells = rows(data, PCA | {"implementation": "controls:Mean"}, further_metrics=True)
    assert np.isnan(cells["further/em_unmeasured"]).all()
    assert not [name for name in rows(data, PCA)[2] if name.startswith("further/")]


def test_bits_are_steps_over_the_range_of_the_training_cells():
    training = np.array([[0.0, 5.0], [8.0, 5.0]])
    found = quantise(np.array([[-3, 5], [0.9, 9], [3, 5], [99, 5]], dtype=np.float32), training, 2)
    np.testing.assert_array_equal(found, [[1, 5], [1, 5], [3, 5], [7, 5]])
    codes = np.random.default_rng(0).uniform(0, 8, (10_000, 1)).astype(np.float32)
    for bits in (1, 4, 8):
        found = quantise(codes, np.array([[0.0], [8.0]]), bits)
        assert len(np.unique(found)) == 2**bits
        assert np.abs(found - codes).max() <= 8 / 2 ** (bits + 1) + 1e-6
    assert quantise(codes, training, 32) is codes


def test_more_bits_cost_less_accuracy(data):
    errors = [np.mean([row["em"] for row in rows(data, PCA | {"bits": bits})[1]]) for bits in (1, 4, 32)]
    assert errors[0] > errors[1] >= errors[2]
    assert expand(bits=[4])[0] == ["pca.4bit", "svd.4bit", "svd-corrected.4bit"]
