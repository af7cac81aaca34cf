"""Small stored data sets for tests."""

import numpy as np
import scipy.sparse

from deepae.data import store


def dataset(counts, name="toy", **parts):
    """Return counts, cells x genes, as a data set: cells c0, c1, …, genes g0, g1, …, which are their own symbols."""
    matrix = scipy.sparse.csr_matrix(counts, dtype=np.float32)
    cells, genes = (
        np.array([f"{kind}{i}" for i in range(matrix.shape[axis])], object) for axis, kind in enumerate("cg")
    )
    return store.Dataset(**{"name": name, "matrix": matrix, "cells": cells, "genes": genes, "symbols": genes} | parts)


def write(path, counts, **parts):
    """Store counts as a data set; return the path."""
    store.write(path, dataset(counts, **parts))
    return path
