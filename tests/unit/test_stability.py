"""Stability over seeds: overlaps by hand, nulls against what is known, subspaces against their invariances."""

import numpy as np
import pandas as pd
import pytest

from deepae.data.cells import Cells
from deepae.figures import stability as figure
from deepae.interpretation import stability


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
    draws = [
        stability.overlap(stability.random_ends(rng, 19972, 10, 1997), stability.random_ends(rng, 19972, 10, 1997))
        for _ in range(8)
    ]
    assert np.mean([draw["jaccard-top"] for draw in draws]) == pytest.approx(0.058, abs=0.001)
    assert not np.logical_and(*stability.random_ends(rng, 50, 3, 5)).any()  # top and bottom are disjoint


def test_matched_sets_keep_their_expression():
    rng = np.random.default_rng(3)
    expression = rng.gamma(1, 1, 400)
    labels = stability.expression_bins(expression)
    assert np.bincount(labels).tolist() == [20] * 20
    assert expression[labels == 0].max() <= expression[labels == 1].min()
    original = stability.ends(np.column_stack([expression, rng.normal(size=400)]), 40)
    drawn = stability.matched_ends(rng, original, labels)
    for before, after in zip(original, drawn, strict=True):
        for unit in range(2):
            assert (
                np.bincount(labels[before[unit]], minlength=20).tolist()
                == np.bincount(labels[after[unit]], minlength=20).tolist()
            )
    assert (drawn[0][1] != original[0][1]).any()
    assert not np.logical_and(*drawn).any()


def test_untrained_encoders_are_glorot_products():
    product = stability.untrained_encoder(np.random.default_rng(4), [2000, 50])
    limit = np.sqrt(6 / 2050)
    assert product.shape == (2000, 50)
    assert abs(product).max() <= limit
    assert product.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert stability.untrained_encoder(np.random.default_rng(4), [300, 64, 32, 5]).shape == (300, 5)


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


@pytest.fixture(scope="module")
def table():
    """Three seeds that share three of four directions."""
    rng = np.random.default_rng(6)
    cells = Cells(rng.gamma(1, 1, (30, 300)).astype(np.float32), np.arange(30), "log1p", "d", 1, block_cells=7)
    encoder = 0.2 * rng.normal(size=(3, 300, 4)) + np.append(rng.normal(size=(300, 3)), np.zeros((300, 1)), axis=1)
    rows = stability.assess(encoder, [5, 6, 7], cells, rng.random(300), [300, 16, 4], rng, draws=20, networks=4)
    return stability.table(rows, normalization="log1p", method="deepae", measurements=4)


def test_shared_directions_exceed_every_null(table):
    assert tuple(table.columns) == stability.COLUMNS
    observed = table[table["source"] == "observed"]
    assert observed.groupby("quantity").size().to_dict() == dict.fromkeys(stability.QUANTITIES, 3)
    assert set(zip(observed["seed_a"], observed["seed_b"], strict=True)) == {(5, 6), (5, 7), (6, 7)}
    nulls = table[(table["quantity"] == "jaccard-top") & (table["source"] != "observed")]
    assert nulls["pairs"].tolist() == [20, 20, 6]
    least = observed.loc[observed["quantity"] == "jaccard-top", "value"].min()
    assert least > 2 * nulls["high"].max()
    assert (nulls["low"] <= nulls["value"]).all()
    assert (nulls["value"] <= nulls["high"]).all()


def test_linear_codes_are_products_whatever_the_block():
    rng = np.random.default_rng(7)
    matrix, encoders = rng.random((11, 20)).astype(np.float32), rng.normal(size=(2, 20, 3))
    codes = stability.linear_codes(Cells(matrix, np.arange(11), "none", "d", 1, block_cells=4), encoders)
    assert codes == pytest.approx(np.stack([matrix @ encoder for encoder in encoders]))


def test_one_seed_gives_no_rows():
    cells = Cells(np.ones((6, 20), dtype=np.float32), np.arange(6), "none", "d", 1)
    rows = stability.assess(np.ones((1, 20, 2)), [1], cells, np.ones(20), [20, 2], np.random.default_rng(0))
    assert rows == []
    assert tuple(stability.table(rows, normalization="none", method="m", measurements=2).columns) == stability.COLUMNS


def test_the_figure_draws_the_table(table):
    drawn = figure.draw([("one", table, "#D55E00"), ("two", table[:0], "#D55E00")])
    axes = drawn.axes[0]
    dots = next(item for item in axes.collections if item.get_gid() == "pairs")
    rows = table[(table["quantity"] == "jaccard-top") & (table["source"] == "observed")]
    assert dots.get_offsets()[:, 1].tolist() == rows["value"].tolist()
    texts = " ".join(text.get_text() for text in drawn.texts)
    assert "not shown: two" in texts
    message = figure.draw([("one", pd.DataFrame(columns=stability.COLUMNS), "#D55E00")])
    assert "two seeds" in message.texts[0].get_text()
