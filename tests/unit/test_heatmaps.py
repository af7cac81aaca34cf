"""Heat maps: planted blocks show, one order for all panels, drawn values and units."""

import numpy as np
import pytest

from deepae.data.cells import Cells
from deepae.errors import DataError
from deepae.figures import figure_5, figure_s7
from deepae.figures import heatmap as parts
from deepae.interpretation import heatmap


@pytest.fixture(scope="module")
def planted():
    """60 genes x 40 cells in a random order, with four blocks; the block of each gene and cell."""
    rng = np.random.default_rng(0)
    genes, cells = rng.permutation(np.arange(60) % 4), rng.permutation(np.arange(40) % 4)
    matrix = np.where(genes[:, None] == cells[None, :], 4.0, 0.5) + 0.3 * rng.random((60, 40))
    return matrix, genes, cells


def runs(values):
    """How often a sequence changes, plus one."""
    return int((np.diff(values) != 0).sum()) + 1


def test_planted_blocks_are_contiguous(planted):
    matrix, genes, cells = planted
    order = heatmap.order(matrix)
    assert runs(genes[order.genes]) == 4
    assert runs(cells[order.cells]) == 4
    assert sorted(order.genes) == list(range(60))
    assert sorted(order.cells) == list(range(40))


def image(axes):
    return np.asarray(axes.images[0].get_array())


def panels(figure):
    return [axes for axes in figure.axes if str(axes.get_gid()).startswith("panel-")]


def test_every_panel_has_the_order_of_the_original(planted):
    matrix, _, _ = planted
    other = matrix[::-1] * 2
    methods = {"svd": {"label": "SVD", "role": "published"}, "deepae": {"label": "DeepAE", "role": "proposed"}}
    methods["pca"] = {"label": "PCA", "role": "control"}
    assert figure_5.sequence(methods) == ["deepae", "pca", "svd"]
    values = {"svd": other, "deepae": matrix, "pca": matrix * 3}
    figure = figure_5.draw(matrix, values, methods, "log(x + 1)", "D")
    order = heatmap.order(matrix)
    drawn = panels(figure)
    assert len(drawn) == 5
    for axes, values in zip(drawn, (matrix, other, matrix, matrix, matrix * 3), strict=True):
        assert image(axes) == pytest.approx(values[np.ix_(order.genes, order.cells)])
        assert axes.images[0].get_clim() == drawn[0].images[0].get_clim() == parts.scale(matrix)
    titles = [text.get_text() for text in figure.texts if text.get_gid() == "panel-title"]
    assert titles == ["original", "SVD", "DeepAE", "original", "PCA"]
    correlation = np.corrcoef(matrix.ravel(), other.ravel())[0, 1]
    texts = [text.get_text() for text in figure.texts if text.get_gid() == "panel-pcc"]
    assert texts == ["", f"PCC {correlation:.3f}".replace("-", "−"), "PCC 1.000", "", "PCC 1.000"]
    assert figure.found.endswith(f"farthest: SVD {correlation:.3f}.")
    assert any(axes.get_ylabel() == "log(x + 1)" for axes in figure.axes)


def test_separate_clusters_each_panel(planted):
    matrix, _, _ = planted
    other = np.random.default_rng(1).permutation(matrix, axis=1)
    figure = figure_5.draw(matrix, {"svd": other}, {"svd": {"label": "SVD"}}, "u", separate=True)
    own = heatmap.order(other)
    assert image(panels(figure)[1]) == pytest.approx(other[np.ix_(own.genes, own.cells)])
    assert own.cells.tolist() != heatmap.order(matrix).cells.tolist()


def test_large_matrices_are_averaged_and_their_trees_cut(monkeypatch):
    from deepae.figures import style

    matrix = np.arange(70.0).reshape(7, 10)
    thirds = [rows.mean(axis=0).tolist() for rows in (matrix[:2], matrix[2:4], matrix[4:])]
    assert parts.thinned(matrix, 3, 10).tolist() == thirds
    assert parts.thinned(matrix, 7, 5).tolist() == matrix.reshape(7, 5, 2).mean(axis=2).tolist()
    assert parts.thinned(matrix, 99, 99).tolist() == matrix.tolist()
    linkage = heatmap.order(np.random.default_rng(0).normal(size=(300, 5))).gene_linkage
    axes = style.new(2, 2).add_subplot()
    parts.dendrogram(axes, linkage, "top")
    segments = axes.collections[0].get_segments()
    assert len(segments) == parts.BRANCHES
    assert min(segment[:, 1].min() for segment in segments) == axes.get_ylim()[0] > 0


def test_dendrogram_leaves_stand_at_their_rows(planted, monkeypatch):
    matrix, _, _ = planted
    from deepae.figures import style

    monkeypatch.setattr(parts, "BRANCHES", 100)
    axes = style.new(2, 2).add_subplot()
    linkage = heatmap.order(matrix).gene_linkage
    parts.dendrogram(axes, linkage, "left")
    segments = np.concatenate(axes.collections[0].get_segments())
    leaves = segments[segments[:, 0] == 0, 1]
    assert sorted(leaves.round(6)) == list(range(60))
    assert axes.get_ylim() == (59.5, -0.5)
    assert segments[:, 0].max() == pytest.approx(np.sqrt(linkage[-1, 2]))


def test_the_most_variable_genes_and_cells_are_chosen():
    rng = np.random.default_rng(2)
    matrix = np.full((9, 20), 100, dtype=np.float32)
    matrix[:, [3, 11]] = rng.integers(0, 400, (9, 2))
    matrix[:4, 3], matrix[:4, 11] = 50, 50
    cells = Cells(matrix, np.arange(9), "none", "d", 1, block_cells=4)
    genes, chosen, original = heatmap.choose(cells, n_genes=2, n_cells=5)
    assert genes.tolist() == [3, 11]
    variance = np.log1p(matrix[:, [3, 11]]).var(axis=1)
    assert set(chosen) == set(np.argsort(-variance, kind="stable")[:5])
    assert original == pytest.approx(np.log1p(matrix[np.ix_(chosen, [3, 11])]))


def test_raw_values_are_drawn_as_logarithms():
    assert heatmap.shown(np.array([-3.0, 0.0, 1.0]), "none") == pytest.approx([0, 0, np.log(2)])
    assert heatmap.shown(np.array([-3.0, 1.0]), "log1p").tolist() == [-3, 1]


def test_too_little_to_cluster_is_a_clear_error():
    cells = Cells(np.ones((1, 20), dtype=np.float32), [0], "none", "d", 1)
    with pytest.raises(DataError, match="1 cells x 20 genes"):
        heatmap.choose(cells)


def test_the_central_layer_is_drawn_in_the_order_of_the_original(planted):
    matrix, _, cells = planted
    codes = {1: cells[:, None] * 2.0 - 3, 4: np.eye(4)[cells]}
    figure = figure_s7.draw(matrix, codes, "log(x + 1)", "D")
    order = heatmap.order(matrix)
    maps = [axes for axes in figure.axes if axes.images]
    assert image(maps[0]) == pytest.approx(matrix[np.ix_(order.genes, order.cells)])
    assert image(maps[1])[0] == pytest.approx(cells[order.cells] / 3)  # from its least to its largest value
    units = [int(label.get_text()) - 1 for label in maps[2].get_yticklabels()]
    assert sorted(units) == [0, 1, 2, 3]
    assert image(maps[2]) == pytest.approx(np.eye(4)[cells].T[np.ix_(units, order.cells)])


def test_a_constant_unit_is_drawn_as_zero():
    assert heatmap.unit_range(np.array([[2.0, 1.0], [2.0, 3.0]])).tolist() == [[0, 0], [0, 1]]


def test_figure_5_is_at_most_a_megabyte(tmp_path):
    """Of noise, which packs worst, at the paper's size."""
    from deepae.figures import style

    rng = np.random.default_rng(0)
    methods = {f"m{n}": {"label": f"m{n}", "role": "published" if n < 6 else "control"} for n in range(12)}
    values = {name: rng.gamma(1, 1, (300, 200)) for name in methods}
    style.save(figure_5.draw(rng.gamma(1, 1, (300, 200)), values, methods, "u"), [tmp_path / "5.svg"])
    assert (tmp_path / "5.svg").stat().st_size < 1_000_000
