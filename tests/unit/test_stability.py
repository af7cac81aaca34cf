"""Stability over seeds: overlaps by hand, nulls against what is known, subspaces against their invariances."""

import numpy as np
import pandas as pd
import pytest

from deepae.data.cells import Cells
from deepae.figures import stability as figure
from deepae.interpretation import stability
from deepae.interpretation.key_genes import strata_of
from deepae.methods.autoencoder.network import Network


def masks(sets, n_genes):
    """Sets of genes as bool masks."""
    result = np.zeros((len(sets), n_genes), dtype=bool)
    for row, members in zip(result, sets, strict=True):
        row[list(members)] = True
    return result


def test_jaccard_and_matching_by_hand():
    a, b = masks([{0, 1, 2}, {5, 6}], 10), masks([{5, 6}, {0, 1, 9}], 10)
    assert stability.jaccard(a, b).tolist() == [[0, 0.5], [1, 0]]
    assert stability.matched(stability.jaccard(a, b)) == pytest.approx(0.75)
    # a greedy choice would take 0.9 and then 0.0
    assert stability.matched(np.array([[0.9, 0.8], [0.7, 0.0]])) == pytest.approx(0.75)


def test_a_flipped_and_permuted_run_is_recognised():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(200, 4))
    flipped = -weights[:, [2, 0, 3, 1]]
    values = stability.overlap(stability.ends(weights, 20), stability.ends(flipped, 20))
    assert values["jaccard-top-bottom"] == 1
    assert values["jaccard-either-sign"] == 1
    assert values["jaccard-top"] < 0.2


def test_ends_agree_with_the_key_genes():
    from deepae.interpretation import key_genes

    weights = np.random.default_rng(1).integers(0, 5, size=(100, 3)).astype(float)  # many ties
    top, bottom = stability.ends(weights, 10)
    positions, _ = key_genes.path(weights)
    assert all(set(np.flatnonzero(top[unit])) == set(positions[:, unit]) for unit in range(3))
    assert (top.sum(axis=1) == 10).all()
    assert (bottom.sum(axis=1) == 10).all()


def test_the_random_null_at_the_paper_s_size():
    rng = np.random.default_rng(2)
    pairs = ([stability.random_ends(rng, 19972, 10, 1997) for _ in range(2)] for _ in range(8))
    assert np.mean([stability.overlap(*pair)["jaccard-top"] for pair in pairs]) == pytest.approx(0.058, abs=0.001)
    assert not np.logical_and(*stability.random_ends(rng, 50, 3, 5)).any()  # top and bottom are disjoint


def test_matched_sets_keep_their_expression():
    rng = np.random.default_rng(3)
    expression = rng.gamma(1, 1, 400)
    labels = strata_of(expression, stability.BINS)
    assert np.bincount(labels).tolist() == [20] * 20
    assert expression[labels == 0].max() <= expression[labels == 1].min()
    original = stability.ends(np.column_stack([expression, rng.normal(size=400)]), 40)
    drawn = stability.matched_ends(rng, original, labels)
    for before, after in zip(original, drawn, strict=True):
        for sets in zip(before, after, strict=True):
            counts = [np.bincount(labels[chosen], minlength=20).tolist() for chosen in sets]
            assert counts[0] == counts[1]
    assert (drawn[0][1] != original[0][1]).any()
    assert not np.logical_and(*drawn).any()


def test_untrained_encoders_are_glorot_products():
    network = Network((2000, 50, 2000))
    product, codes = stability.untrained(np.random.default_rng(4), network, None)
    limit = np.sqrt(6 / 2050)
    assert product.shape == (2000, 50)
    assert codes is None
    assert abs(product).max() <= limit
    assert product.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)


def test_untrained_codes_are_the_network_s_whatever_the_block():
    matrix = np.random.default_rng(7).normal(size=(11, 20)).astype(np.float32)
    for slope, linear_centre in ((0.2, False), (0.2, True), (1.0, True)):
        network = Network((20, 8, 3, 8, 20), slope, linear_centre)
        blocks = (Cells(matrix, np.arange(11), "none", "d", 1, block_cells=size) for size in (4, 11))
        drawn = [stability.untrained(np.random.default_rng(4), network, cells) for cells in blocks]
        assert drawn[0][1] == pytest.approx(drawn[1][1], abs=1e-6)
        linear = matrix @ drawn[0][0]
        assert (np.abs(drawn[0][1] - linear).max() < 1e-5) == (slope == 1)


def test_subspaces_ignore_mixing_and_sign():
    rng = np.random.default_rng(5)
    codes = rng.normal(size=(60, 4))
    mixed = codes @ rng.normal(size=(4, 4))
    assert stability.principal_cosines(codes, mixed) == pytest.approx(np.ones(4))
    assert stability.principal_cosines(codes[:, :2], np.linalg.qr(codes)[0][:, 2:4]) == pytest.approx(
        np.zeros(2), abs=1e-7
    )
    rotation = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    assert stability.linear_cka(codes, 3 * codes @ rotation + 7) == pytest.approx(1)
    assert stability.linear_cka(codes, mixed) < 1
    assert np.isnan(stability.linear_cka(codes, np.ones((60, 2))))
    dead = np.column_stack([codes[:, 0], np.zeros(60)])
    assert stability.principal_cosines(dead, codes) == pytest.approx([1])


def test_what_a_leading_axis_hides():
    """One strong axis that all share, one weaker, the rest by chance: CKA is high until both are taken out."""
    rng = np.random.default_rng(8)
    strong, weak = rng.normal(size=(2, 400, 1))
    codes = []
    for _ in range(2):
        own = np.linalg.qr(rng.normal(size=(400, 8)))[0] * np.sqrt(400)
        rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0]
        codes.append(np.hstack([10 * strong, 3 * weak, own]) @ rotation)
    values = stability.codes_cka(*codes)
    assert values["cka-codes"] > 0.98
    assert values["cka-codes-without-1"] > 0.8
    assert values["cka-codes-without-2"] < 0.05
    assert list(values) == list(stability.LEFT_OUT)
    left = stability.without_leading(codes[0], 2)
    assert np.linalg.matrix_rank(left, tol=1e-8) == 8
    assert np.isnan(stability.codes_cka(codes[0][:, :1], codes[1][:, :1])["cka-codes-without-1"])


def test_labels_alone_are_a_source():
    labels = np.array(["a", "a", "b", "", "b", "a"])
    assert stability.indicators(labels).tolist() == [[1, 0], [1, 0], [0, 1], [0, 0], [0, 1], [1, 0]]
    assert stability.indicators(np.array(["a", "a", ""])) is None
    code = stability.indicators(labels) @ np.array([[3.0, 0.1], [0.2, -3.0]])
    assert stability.linear_cka(code, stability.indicators(labels)) > 0.9


@pytest.fixture(scope="module")
def table():
    """Three seeds that share three of four directions, and most of the variance of their codes."""
    rng = np.random.default_rng(6)
    cells = Cells(rng.gamma(1, 1, (30, 300)).astype(np.float32), np.arange(30), "log1p", "d", 1, block_cells=7)
    encoder = 0.2 * rng.normal(size=(3, 300, 4)) + np.append(rng.normal(size=(300, 3)), np.zeros((300, 1)), axis=1)
    codes = rng.normal(size=(1, 30, 4)) + rng.normal(size=(3, 30, 4)) / 2
    network = Network((300, 16, 4, 16, 300))
    labels = stability.indicators(np.repeat(["a", "b"], 15))
    untrained = (lambda rng: stability.untrained(rng, network, cells), rng, labels)
    rows = stability.assess(encoder, [5, 6, 7], codes, rng.random(300), *untrained, draws=20, networks=4)
    return stability.table(rows, normalization="log1p", method="deepae", measurements=4)


def test_shared_directions_exceed_every_null(table):
    assert list(table.columns) == stability.COLUMNS
    observed = table[table["source"] == "observed"]
    assert observed.groupby("quantity").size().to_dict() == dict.fromkeys(stability.QUANTITIES, 3)
    assert set(table["source"]) == {"observed", "random", "expression-matched", "untrained", "labels"}
    assert set(zip(observed["seed_a"], observed["seed_b"], strict=True)) == {(5, 6), (5, 7), (6, 7)}
    nulls = table[(table["quantity"] == "jaccard-top") & (table["source"] != "observed")]
    assert nulls["pairs"].tolist() == [20, 20, 6]
    least = observed.loc[observed["quantity"] == "jaccard-top", "value"].min()
    assert least > 2 * nulls["high"].max()
    assert (nulls["low"] <= nulls["value"]).all()
    assert (nulls["value"] <= nulls["high"]).all()


def test_one_seed_gives_no_rows():
    rows = stability.assess(np.ones((1, 20, 2)), [1], None, np.ones(20), None, np.random.default_rng(0))
    assert rows == []
    assert list(stability.table(rows, normalization="none", method="m", measurements=2).columns) == stability.COLUMNS


def test_codes_are_compared_on_the_cells_that_all_seeds_share():
    """The file has the codes in the order of each seed's own test cells."""

    class Toy:
        name, labels = "toy", np.array(["a", "b"] * 10)
        matrix = np.random.default_rng(0).random((20, 40)).astype(np.float32)

    class Job:
        dataset = Toy

        def cells(self, rows, seed):
            return Cells(Toy.matrix, rows, "none", "toy", seed)

    rng = np.random.default_rng(1)
    everyone = rng.normal(size=(20, 3)).astype(np.float32)  # both seeds see a cell alike
    tests = np.array([np.delete(np.arange(20), [0, 1]), np.delete(np.arange(20), [5, 18])])
    arrays = {"seeds": np.array([1, 2]), "encoder": rng.normal(size=(2, 40, 3)), "test": tests}
    arrays["codes"] = everyone[tests]
    rows = stability.compare_seeds(Job(), arrays, Network((40, 3, 40)))
    found = {row["quantity"]: row["value"] for row in rows if row["source"] == "observed"}
    assert found["cka-codes"] == pytest.approx(1)
    assert found["cka-codes-without-2"] == pytest.approx(1)
    arrays["test"] = np.array([np.arange(9), np.arange(9, 18)])  # no cell is a test cell of both
    arrays["codes"] = everyone[arrays["test"]]
    rows = stability.compare_seeds(Job(), arrays, Network((40, 3, 40)))
    assert "cka-codes" not in {row["quantity"] for row in rows}
    assert "angles-encoder" in {row["quantity"] for row in rows}


def test_the_figure_draws_the_table(table):
    drawn = figure.draw([("one", table, "#D55E00"), ("two", table[:0], "#D55E00")])
    axes = drawn.axes[0]
    dots = next(item for item in axes.collections if item.get_gid() == "pairs")
    rows = table[(table["quantity"] == "jaccard-top") & (table["source"] == "observed")]
    assert dots.get_offsets()[:, 0].tolist() == rows["value"].tolist()
    texts = " ".join(text.get_text() for text in drawn.texts)
    assert "not shown: two" in texts
    assert figure.TITLE in texts
    nulls = [item.get_gid() for item in axes.get_children() if str(item.get_gid()).startswith("null")]
    assert nulls.count("null-untrained") % len(stability.QUANTITIES) == 0
    assert nulls.count("null-labels") * len(stability.QUANTITIES) == nulls.count("null-untrained")
    message = figure.draw([("one", pd.DataFrame(columns=stability.COLUMNS), "#D55E00")])
    assert "two seeds" in message.texts[0].get_text()
