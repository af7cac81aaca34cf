"""Training and test cells (the paper: 5 % train, 95 % test)."""

from typing import NamedTuple

import numpy as np

from deepae.config.vocabulary import TRAIN_FRACTION, TRAIN_MINIMUM
from deepae.errors import DataError


class Split(NamedTuple):
    """Indices of the training and of the test cells, both ascending, disjoint (int64)."""

    train: np.ndarray
    test: np.ndarray


def split_cells(n_cells, seed, fraction=TRAIN_FRACTION, minimum=TRAIN_MINIMUM, drop_last=False):
    """Split cells as the authors' programs do.

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

    Raises
    ------
    DataError
        If no test cell would be left.
    """
    n_cells = int(n_cells) - bool(drop_last)
    n_train = max(int(np.floor(fraction * n_cells)), minimum)
    if n_cells <= n_train:
        raise DataError(f"{n_cells} cells are too few: {n_train} train and at least one must be left to test")
    mask = np.zeros(n_cells, dtype=bool)
    mask[np.random.RandomState(seed).choice(n_cells, n_train, replace=False)] = True
    return Split(np.flatnonzero(mask), np.flatnonzero(~mask))
