"""Neighbourhoods: against scikit-learn and by hand; t-SNE repeats; what is too small says so."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

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
    assert neighbourhood.distances(product) == pytest.approx(neighbourhood.code_distances(dense), abs=1e-6)
    scores = neighbourhood.principal_coordinates(product, 3)
    left, singular, _ = np.linalg.svd(dense - dense.mean(axis=0), full_matrices=False)
    assert abs(scores) == pytest.approx(abs(left[:, :3] * singular[:3]), abs=1e-6)


def test_trustworthiness_equals_scikit_learn_and_recall_a_count(blobs):
    dense = blobs[0].dense().astype(np.float64)
    code = dense[:, :2]
    original = neighbourhood.ranking(neighbourhood.code_distances(dense))
    reduced = neighbourhood.ranking(neighbourhood.code_distances(code))
    assert neighbourhood.trustworthiness(original, reduced, 7) == pytest.approx(
        trustworthiness(dense, code, n_neighbors=7)
    )
    shared = [len(set(original[i, :7]) & set(reduced[i, :7])) for i in range(72)]
    assert neighbourhood.recall(original, reduced, 7) == pytest.approx(np.mean(shared) / 7)
    assert neighbourhood.trustworthiness(original, original, 7) == 1
    assert neighbourhood.recall(original, original, 7) == 1


def test_recall_of_noise_is_chance():
    rng = np.random.default_rng(1)
    one, other = (neighbourhood.ranking(neighbourhood.code_distances(rng.normal(size=(400, 5)))) for _ in range(2))
    assert neighbourhood.recall(one, other, 15) == pytest.approx(15 / 399, rel=0.15)


def test_rankings_never_hold_the_cell_itself():
    ranked = neighbourhood.ranking(np.zeros((5, 5)))  # all at one point
    assert ranked.tolist() == [[j for j in range(5) if j != i] for i in range(5)]


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
    kept = {
        "dataset": "d",
        "normalization": "none",
        "method": "deepae",
        "h": 2,
        "label": "D",
        "method_label": "M",
        "note": "",
    }
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


def test_the_figure_draws_the_points_in_their_label_s_colour():
    points = np.arange(12.0).reshape(6, 2)
    labels = np.array(["x", "x", "x", "y", "y", ""])
    drawn = figure.draw([figure.Cloud("D", points, -points, "code", labels, "", "recall 0.5")])
    first, second = (next(item for item in axes.collections) for axes in drawn.axes)
    assert first.get_offsets().tolist() == points.tolist()
    assert second.get_offsets().tolist() == (-points).tolist()
    colours = [tuple(row) for row in first.get_facecolors()]
    assert len(set(colours)) == 3
    assert colours[0] == colours[2] != colours[3] != colours[5]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["x", "y", "unlabelled"]
    assert drawn.legends[0].get_title().get_text() == "6 test cells"
    many = figure.colours(np.array([f"type{i}" for i in range(30)]))
    assert sum(colour == figure.OTHER for colour in many.values()) == 11
