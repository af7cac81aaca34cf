"""Training and test cells (the paper: 5 % train, 95 % test)."""

from typing import NamedTuple

import numpy as np

from deepae.config.vocabulary import TRAIN_FRACTION, TRAIN_MINIMUM
from deepae.errors import DataError


class Split(NamedTuple):
    """Indices of the training and of the test cells, both ascending, disjoint (int64)."""

    train: np.ndarray
    test: np.ndarray


def split_cells(
    n_cells,
    seed,
    fraction=TRAIN_FRACTION,
    minimum=TRAIN_MINIMUM,
    drop_last=False,
    n_train=None,
    maximum=None,
    test_maximum=None,
):
    """Split cells as the authors' programs do, or hold half of them out.

    ``n_train = max(floor(fraction * n_cells), minimum)`` cells are drawn with
    ``numpy.random.RandomState(seed).choice(n_cells, n_train, replace=False)`` and used as a mask, so that both parts
    keep the order of the file.

    Parameters
    ----------
    n_cells : int
        Cells of the data set.
    seed : int
        Seed of the run.
    fraction, minimum : float, int
        Share of the training cells, and their least number.
    drop_last : bool
        Leave out the last cell before drawing, as the released z-score program does.
    n_train : int, float, "usual" or "all", optional
        How many cells train, as a number, a share of all cells, as many as usual, or all that are not tested. Then the
        test cells are the same whatever the number: half of the cells, drawn under the seed. Training cells are nested,
        and the usual number gives the usual training cells.
    maximum : int, optional
        Most training cells, unless `n_train` says how many.
    test_maximum : int, optional
        Most test cells: of more, so many are drawn under the seed.

    Raises
    ------
    DataError
        If no test cell would be left.
    """
    n_cells = int(n_cells) - bool(drop_last)
    usual = max(int(np.floor(fraction * n_cells)), minimum)
    usual = min(usual, maximum or usual)
    if n_train is None:
        if n_cells <= usual:
            raise DataError(f"{n_cells} cells are too few: {usual} train and at least one must be left to test")
        train, test = _drawn(n_cells, seed, usual)
        return Split(train, _sample(test, seed, test_maximum))
    half = n_cells // 2
    wanted = {"usual": usual, "all": half}.get(n_train, n_train)
    wanted = int(np.floor(wanted * n_cells)) if wanted < 1 else int(wanted)
    if not 2 <= wanted <= half:
        raise DataError(f"n_train: {wanted} of {n_cells} cells; expected 2 to {half}, as half are held out to test")
    return Split(_drawn(n_cells, seed, wanted)[0], _sample(_drawn(n_cells, seed, half)[1], seed, test_maximum))


def split_groups(names, trained_on, tested_on, seed, n_train, test_maximum=None):
    """Hold half of each group of cells out, train on others of one group, and test on what is held out of one.

    Parameters
    ----------
    names : array of str
        Names of all cells.
    trained_on, tested_on : str
        A cell is of a group if its name contains this text.
    seed, n_train : int
        Under a seed a group's training cells are the same whichever group is tested, and its test cells are the same
        whichever group trains.
    test_maximum : int, optional

    Raises
    ------
    DataError
        If a group has too few cells, or two groups have a cell in common.
    """
    groups = [np.flatnonzero(np.char.find(np.asarray(names, dtype=str), text) >= 0) for text in (trained_on, tested_on)]
    for text, cells in zip((trained_on, tested_on), groups, strict=True):
        if len(cells) < 2 * n_train:
            raise DataError(f"groups: {len(cells)} cells have {text!r} in their name, expected at least {2 * n_train}")
    if trained_on != tested_on and (both := len(np.intersect1d(*groups))):
        texts = f"both {trained_on!r} and {tested_on!r}"
        raise DataError(f"groups: {both} cells have {texts} in their name; give texts that tell the groups apart")
    own, test = (np.random.RandomState([seed, 2]).choice(cells, len(cells) // 2, replace=False) for cells in groups)
    train = np.random.RandomState([seed, 3]).choice(np.setdiff1d(groups[0], own), n_train, replace=False)
    return Split(np.sort(train), _sample(np.sort(test), seed, test_maximum))


def _sample(cells, seed, most):
    """Return at most so many of the cells, ascending; the draw is another than that of the training cells."""
    if most is None or len(cells) <= most:
        return cells
    return np.sort(np.random.RandomState([seed, 1]).choice(cells, most, replace=False))


def _drawn(n_cells, seed, count):
    """Return the cells drawn and the others; for fewer cells it is a part of what is drawn for more."""
    mask = np.zeros(n_cells, dtype=bool)
    mask[np.random.RandomState(seed).choice(n_cells, count, replace=False)] = True
    return np.flatnonzero(mask), np.flatnonzero(~mask)
