"""The split of cells into training and test."""

import itertools

import numpy as np
import pytest

from deepae.data.split import split_cells
from deepae.errors import DataError

FIXED = {
    (163, 702): [6, 12, 36, 56, 84, 104, 142, 144],
    (57, 943): [1, 16, 19, 25, 54],
    (7, 1): [0, 1, 2, 4, 6],
}


@pytest.mark.parametrize(("case", "train"), FIXED.items())
def test_training_cells_are_those_of_the_released_programs(case, train):
    split = split_cells(*case)
    assert split.train.tolist() == train
    assert split.test.tolist() == [cell for cell in range(case[0]) if cell not in train]


def test_the_last_cell_can_be_left_out_before_drawing():
    split = split_cells(163, 702, drop_last=True)
    assert split.train.tolist() == [6, 12, 56, 106, 124, 139, 146, 149]
    assert 162 not in split.test
    assert len(split.test) == 154


@pytest.mark.parametrize(
    ("cells", "train"), [(6, 5), (99, 5), (100, 5), (119, 5), (120, 6), (822, 41), (3005, 150), (3452, 172)]
)
def test_five_percent_but_at_least_five(cells, train):
    split = split_cells(cells, 3)
    assert (len(split.train), len(split.test)) == (train, cells - train)
    assert np.array_equal(np.sort(np.concatenate(split)), np.arange(cells))


def test_limits_to_training_and_test_cells():
    """The training cells are a part of those without a limit; a seed's test cells are a sample of all the others."""
    usual, limited = split_cells(10_000, 3), split_cells(10_000, 3, maximum=200, test_maximum=1000)
    assert (len(usual.train), len(limited.train), len(limited.test)) == (500, 200, 1000)
    assert set(limited.train) < set(usual.train)
    assert not set(limited.train) & set(limited.test)
    assert np.array_equal(limited.test, np.sort(limited.test))
    assert abs(np.mean(limited.test) - 5000) < 500, "from the whole file"
    assert len(set(limited.test) & set(split_cells(10_000, 4, maximum=200, test_maximum=1000).test)) < 200
    assert np.array_equal(split_cells(100, 3, maximum=200, test_maximum=1000).test, split_cells(100, 3).test)


def test_seeds_differ_and_repeat():
    assert np.array_equal(split_cells(200, 1).train, split_cells(200, 1).train)
    assert not np.array_equal(split_cells(200, 1).train, split_cells(200, 2).train)


@pytest.mark.parametrize(("cells", "drop_last"), [(5, False), (0, False), (6, True)])
def test_too_few_cells(cells, drop_last):
    with pytest.raises(DataError, match="too few: 5 train and at least one must be left to test"):
        split_cells(cells, 1, drop_last=drop_last)


def test_with_a_number_of_training_cells_half_are_held_out_and_the_rest_is_nested():
    usual = split_cells(163, 702)
    splits = {n: split_cells(163, 702, n_train=n) for n in (5, "usual", 20, 0.25, "all")}
    assert [len(split.train) for split in splits.values()] == [5, 8, 20, 40, 81]
    for smaller, larger in itertools.pairwise(splits.values()):
        assert set(smaller.train) < set(larger.train)
        np.testing.assert_array_equal(smaller.test, larger.test)
    np.testing.assert_array_equal(splits["usual"].train, usual.train)
    assert len(splits[5].test) == 82
    assert not set(splits["all"].train) & set(splits["all"].test)
    for wrong in (1, 82, 0.6):
        with pytest.raises(DataError, match="expected 2 to 81, as half are held out"):
            split_cells(163, 702, n_train=wrong)
