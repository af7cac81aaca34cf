"""Key genes: the three rankings on networks small enough to rank by hand."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from deepae.errors import DataError
from deepae.interpretation import key_genes


def test_a_tenth_is_counted_in_whole_numbers():
    assert [key_genes.tenth(n) for n in (256, 1280, 19972, 9)] == [25, 128, 1997, 0]
    assert [key_genes.tenth(n, up=True) for n in (640, 30, 31)] == [64, 3, 4]


def test_path_ranks_each_column_with_ties_in_the_genes_order():
    encoder = np.zeros((30, 2), dtype=np.float32)
    encoder[[4, 17, 9], 0] = [1, 3, 2]
    encoder[:, 1] = -1
    encoder[[8, 5], 1] = 2
    positions, weights = key_genes.path(encoder)
    assert positions.tolist() == [[17, 5], [9, 8], [4, 0]]
    assert weights.tolist() == [[3, 2], [2, 2], [1, -1]]


def test_fewer_than_ten_genes_are_a_clear_error():
    with pytest.raises(DataError, match=r"9 genes are too few.*10 or more"):
        key_genes.path(np.ones((9, 2)))


def test_by_count_breaks_ties_by_first_appearance():
    values, counts = key_genes.by_count(np.array([7, 3, 5, 3, 7, 9, 5, 3]))
    assert values.tolist() == [3, 7, 5, 9]
    assert counts.tolist() == [3, 2, 2, 1]


def walk(weights):
    """The released program's walk of one network in plain Python, a literal second version of the rule."""
    from collections import Counter
    from math import ceil, floor

    def best(column, count):
        return sorted(range(len(column)), key=lambda i: -column[i])[:count]

    w1, w2, w3, w4 = weights
    tables = []
    for unit in range(w4.shape[1]):
        followed = best(w4[:, unit], floor(0.1 * len(w4)))
        for matrix, rounding in ((w3, ceil), (w2, floor)):
            chosen = Counter()
            for each in followed:
                chosen.update(best(matrix[:, each], rounding(0.1 * len(matrix))))
            ranked = [item for item, _ in chosen.most_common()]
            followed = ranked[: floor(0.1 * len(ranked))]
        genes = Counter()
        for each in followed:
            genes.update(best(w1[:, each], floor(0.1 * len(w1))))
        tables.append(genes.most_common(floor(0.1 * len(w1))))
    return tables


def test_released_equals_a_literal_walk_at_the_program_s_sizes():
    rng = np.random.default_rng(3)
    sizes = (400, 1280, 640, 256, 3)
    weights = [rng.normal(size=pair) for pair in itertools.pairwise(sizes)]
    positions, counts = key_genes.released(weights)
    expected = walk(weights)
    assert positions.shape == (40, 3)
    for unit, table in enumerate(expected):
        assert positions[:, unit].tolist() == [gene for gene, _ in table]
        assert counts[:, unit].tolist() == [count for _, count in table]


def test_released_works_for_one_and_for_two_layers():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(50, 2))
    assert key_genes.released([one])[0].tolist() == key_genes.path(one)[0].tolist()
    positions, counts = key_genes.released([rng.normal(size=(50, 12)), rng.normal(size=(12, 2))])
    assert positions.shape == (5, 2)
    assert (counts == 1).all()  # one unit of twelve is followed


def test_decoder_impulse_keeps_the_biases():
    weights, bias = np.zeros((2, 20)), np.zeros(20)
    weights[0, 3], weights[1, 4], bias[6] = 5, 5, 2
    positions, outputs = key_genes.decoder_impulse(lambda codes: codes @ weights + bias, 2)
    assert positions.tolist() == [[3, 4], [6, 6]]
    assert outputs.tolist() == [[5, 5], [2, 2]]


def test_the_table_has_every_ranking_and_the_kept_seed_first():
    rng = np.random.default_rng(1)
    genes, symbols = (np.array([f"{letter}{i}" for i in range(30)]) for letter in "gS")
    dataset = SimpleNamespace(name="d", n_genes=30, genes=genes, symbols=symbols)
    encoder = rng.normal(size=(3, 30, 2))
    encoder[2] = np.nan  # a seed that failed
    model = SimpleNamespace(seed=8, encoder_weights=[encoder[1]], decode=lambda codes: codes @ encoder[1].T)
    arrays = {"seeds": np.array([5, 8, 9]), "encoder": encoder}
    table = key_genes.rank_all(dataset, [("zscore", "deepae", 2, arrays, model)])
    assert list(table.columns) == key_genes.COLUMNS
    assert table.groupby(["ranking", "seed"]).size().to_dict() == {
        ("decoder-impulse", 8): 6, ("path", 5): 6, ("path", 8): 6, ("released", 8): 6,
    }  # fmt: skip
    assert table["seed"].iloc[0] == 8
    own = table[(table["ranking"] == "path") & (table["seed"] == 5) & (table["dimension"] == 2)]
    assert own["rank"].tolist() == [1, 2, 3]
    assert own["position"].tolist() == np.argsort(-encoder[0, :, 1])[:3].tolist()
    assert own["symbol"].tolist() == [f"S{i}" for i in own["position"]]
    assert own["weight"].tolist() == np.sort(encoder[0, :, 1])[::-1][:3].tolist()


def test_an_encoder_of_other_data_is_refused():
    dataset = SimpleNamespace(name="d", n_genes=31)
    arrays = {"seeds": np.array([1]), "encoder": np.zeros((1, 30, 2))}
    with pytest.raises(DataError, match="remove its file"):
        key_genes.rank_all(dataset, [("zscore", "deepae", 2, arrays, None)])


def test_readers_get_the_first_tenth():
    import pandas as pd

    counts = {1: 300, 2: 300, 3: 40}
    table = pd.DataFrame([(k, rank) for k, count in counts.items() for rank in range(1, count + 1)])
    table = table.set_axis(["dimension", "rank"], axis=1)
    table = table.assign(ranking="path", normalization="none", method="deepae", measurements=3, seed=1)
    assert key_genes.first(table).groupby("dimension")["rank"].max().to_dict() == {1: 30, 2: 30, 3: 10}
