"""Neighbourhoods: against scikit-learn and by hand; t-SNE repeats; what is too small says so."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from deepae.data.cells import Cells
from deepae.errors import DataError
from deepae.figures import embedding as figure
from deepae.interpretation import codes, neighbourhood


@pytest.fixture(scope="module")
def blobs():
    """Three groups of 24 cells in 40 genes, as Cells cut into small blocks; and their labels."""
    rng = np.random.default_rng(0)
    centres = 6 * rng.random((3, 40))
    matrix = (centres.repeat(24, axis=0) + rng.random((72, 40))).astype(np.float32)
    return Cells(matrix, np.arange(72), "log1p", "d", 1, block_cells=25), np.array(list("abc")).repeat(24)


def test_neighbourhood_sizes():
    assert [neighbourhood.neighbourhood_size(n) for n in (5, 6, 24, 76, 1000)] == [0, 1, 4, 15, 15]
    assert neighbourhood.perplexity(2000) == 50
    assert neighbourhood.perplexity(31) == 10


def test_inner_products_do_not_depend_on_blocks(blobs):
    cells, _ = blobs
    dense = cells.dense().astype(np.float64)
    product = neighbourhood.gram(cells)
    assert product == pytest.approx(dense @ dense.T)
    assert neighbourhood.distances(product) == pytest.approx(pairwise_distances(dense), abs=1e-6)
    scores = neighbourhood.principal_coordinates(product, 3)
    left, singular, _ = np.linalg.svd(dense - dense.mean(axis=0), full_matrices=False)
    assert abs(scores) == pytest.approx(abs(left[:, :3] * singular[:3]), abs=1e-6)


def test_recall_is_a_count(blobs):
    dense = blobs[0].dense().astype(np.float64)
    original, reduced = (neighbourhood.nearest(pairwise_distances(x), 7) for x in (dense, dense[:, :2]))
    ranked = np.argsort(pairwise_distances(dense), axis=1)[:, 1:8]
    assert (np.sort(original) == np.sort(ranked)).all()
    shared = [len(set(original[i]) & set(reduced[i])) for i in range(72)]
    assert neighbourhood.recall(original, reduced) == pytest.approx(np.mean(shared) / 7)
    assert neighbourhood.recall(original, original) == 1


def test_recall_of_noise_is_chance():
    rng = np.random.default_rng(1)
    one, other = (neighbourhood.nearest(pairwise_distances(rng.normal(size=(400, 5))), 15) for _ in range(2))
    assert neighbourhood.recall(one, other) == pytest.approx(15 / 399, rel=0.15)


def test_neighbours_are_never_the_cell_itself():
    found = neighbourhood.nearest(np.zeros((5, 5)), 4)  # all at one point
    assert np.sort(found).tolist() == [[j for j in range(5) if j != i] for i in range(5)]


def test_cells_without_labels_are_grouped_as_they_lie(blobs):
    cells, labels = blobs
    scores = neighbourhood.principal_coordinates(neighbourhood.gram(cells), 10)
    found = neighbourhood.groups(scores)
    assert set(found) == {"cluster 1", "cluster 2", "cluster 3"}
    assert len(set(zip(found, labels, strict=True))) == 3
    assert set(neighbourhood.groups(scores[:2])) == {"cluster 1"}


def test_the_table_has_every_representation_and_reasons(blobs):
    cells, labels = blobs
    product = neighbourhood.gram(cells)
    representations = [
        codes.Representation("deepae", "code", 40, cells.dense()),
        codes.Representation("svd", "activities", 10, np.zeros((72, 3))),
        codes.Representation("random", "projection", 10, np.random.default_rng(2).normal(size=(72, 10))),
    ]
    rows = neighbourhood.assess(product, representations, labels)
    table = neighbourhood.table(rows, dataset="d", normalization="log1p", seed=1).set_index("method")
    assert table["trustworthiness"]["deepae"] == 1
    assert table["recall"]["deepae"] == 1
    assert table["ari"]["original"] == 1
    assert table["ami"]["deepae"] == pytest.approx(1)
    assert table["reason"]["svd"] == "constant"
    assert np.isnan(table["recall"]["svd"])
    assert table["recall"]["random"] < 0.45
    assert table["chance"]["random"] == pytest.approx(14 / 71)
    assert table["clusters"]["deepae"] == 3


def test_too_few_cells_give_a_reason():
    cells = Cells(np.random.default_rng(0).random((5, 9)).astype(np.float32), np.arange(5), "none", "d", 1)
    product = neighbourhood.gram(cells)
    code = codes.Representation("deepae", "code", 2, np.eye(5)[:, :2])
    rows = neighbourhood.assess(product, [code])
    assert [row["reason"] for row in rows] == ["5 test cells are too few, expected 6 or more"] * 2
    arrays = neighbourhood.embeddings(product, [code])
    assert "5 cells are too few" in str(arrays["original/reason"])
    kept = {"dataset": "d", "normalization": "none", "method": "deepae", "h": 2, "label": "D", "method_label": "M"}
    kept |= {"note": "", "colour": "#D55E00"}
    drawn = figure.draw([figure.cloud(kept, arrays, None)])
    assert any("too few" in text.get_text() for text in drawn.texts)
    with pytest.raises(DataError, match="one point"):
        neighbourhood.embed(np.zeros((8, 8)), np.zeros((8, 2)))


def test_t_sne_repeats_under_its_seed_and_keeps_the_groups(blobs):
    cells, labels = blobs
    product = neighbourhood.gram(cells)
    distance, scores = neighbourhood.distances(product), neighbourhood.principal_coordinates(product, 2)
    first, second = (neighbourhood.embed(distance, scores, iterations=(60, 60)) for _ in range(2))
    assert first.shape == (72, 2)
    assert (first == second).all()
    assert neighbourhood.clusters(first, labels)[1] == 1


def test_unlabelled_cells_are_not_scored():
    values = np.array([[0.0], [0.1], [5.0], [5.1], [9.0]])
    assert neighbourhood.clusters(values, np.array(["a", "a", "b", "b", ""]))[0] == 2
    assert np.isnan(neighbourhood.clusters(values, np.array(["a"] * 5))[1])


def test_representations_survive_the_file():
    found = [codes.Representation("deepae", "code", 10, np.ones((4, 10), dtype=np.float32))]
    arrays = codes.to_arrays(np.arange(4), 7, found)
    back = codes.from_arrays(arrays)
    assert [item.key for item in back] == ["code/deepae/10"]
    assert (back[0].values == found[0].values).all()
    assert int(arrays["seed"]) == 7


def test_large_sets_are_sampled_under_the_seed():
    test = np.arange(100, 200)
    taken = codes.sample(test, 3, most=20)
    assert len(set(taken)) == 20
    assert (np.diff(taken) > 0).all()
    assert (taken == codes.sample(test, 3, most=20)).all()
    assert codes.sample(test, 3).tolist() == list(range(100))


def test_the_figure_draws_the_points_in_their_label_s_look():
    points = np.arange(12.0).reshape(6, 2)
    labels = np.array(["d10", "d10", "d10", "d2", "d2", ""])
    kept = [("DeepAE", "#D55E00", {"recall": 0.4, "trustworthiness": 0.9})]
    drawn = figure.draw([figure.Cloud("D", points, -points, "code", labels, kept, "6 test cells")], "Figure 8")
    for axes, values in zip(drawn.axes[:2], (points, -points), strict=True):
        assert [item.get_offsets().tolist() for item in axes.collections] == [
            values[3:5].tolist(), values[:3].tolist(), values[5:].tolist()
        ]  # fmt: skip
    looks = figure.looks(labels)
    assert list(looks) == ["d2", "d10", ""]  # in the order a reader expects
    assert len({colour for colour, _ in looks.values()}) == len({mark for _, mark in looks.values()}) == 3
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["d2", "d10", "unlabelled"]
    assert drawn.legends[0].get_title().get_text() == "6 test cells"
    assert any("t-SNE" in text.get_text() for text in drawn.texts)
    many = figure.looks(np.array([f"type{i}" for i in range(30)]))
    assert sum(colour == figure.OTHER for colour, _ in many.values()) == 11


def test_neighbours_stand_beside_pca_a_random_projection_and_chance(blobs):
    cells, _ = blobs
    product = neighbourhood.gram(cells)
    rng = np.random.default_rng(5)
    found = [
        codes.Representation("deepae", "code", 10, cells.dense()[:, :10]),
        codes.Representation("random", "projection", 10, cells.dense() @ rng.normal(size=(40, 10))),
        codes.Representation("pca", "scores", 10, neighbourhood.principal_coordinates(product, 10)),
    ]
    rows = neighbourhood.assess(product, [*found, codes.Representation("noise", "code", 3, rng.normal(size=(72, 10)))])
    table = neighbourhood.table(rows, dataset="d", normalization="log1p", seed=1)
    kept = figure.beside({"method": "deepae", "h": 10, "method_label": "DeepAE"}, table)
    assert [name for name, _, _ in kept] == ["DeepAE", "PCA", "random projection", "chance"]
    values = table.set_index("method")
    assert kept[1][2]["recall"] == values["recall"]["pca"]
    chance = kept[-1][2]
    assert chance["recall"] == values["chance"]["deepae"]
    assert chance["recall"] == pytest.approx(values["recall"]["noise"], abs=0.06)
    assert chance["trustworthiness"] == pytest.approx(values["trustworthiness"]["noise"], abs=0.06)
