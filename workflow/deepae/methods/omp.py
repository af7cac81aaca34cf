"""Order-recursive orthogonal matching pursuit for many cells at once; same supports and coefficients as `spams.omp`."""

import numpy as np

BLOCK = 256  # cells at a time: their state stays in the second-level cache
SMALLEST = 1e-8  # squared norm of what a chosen atom adds to the span; below it a cell is done, as in spams


def omp(signals, dictionary, nonzeros):
    """Return sparse activities of signals over a dictionary.

    In each step a cell takes the atom that lowers its residual most, given the atoms it has (the order-recursive
    variant, also known as optimised or orthogonal least squares). Like `spams.omp`, the recursion *assumes* columns of
    unit norm and does not check: on others it gives, to rounding, what spams gives.

    Parameters
    ----------
    signals : numpy.ndarray, shape (n, h)
    dictionary : numpy.ndarray, shape (h, d)
    nonzeros : int
        Most nonzero activities of a signal; never more than h or d are used.

    Returns
    -------
    numpy.ndarray, float64, shape (n, d)
    """
    signals = np.asarray(signals, dtype=np.float64)
    dictionary = np.asarray(dictionary, dtype=np.float64)
    limit = min(nonzeros, *dictionary.shape)
    activities = np.zeros((len(signals), dictionary.shape[1]))
    gram = dictionary.T @ dictionary
    for start in range(0, len(signals), BLOCK):
        _pursue(signals[start : start + BLOCK], dictionary, gram, limit, activities[start : start + BLOCK])
    return activities


def _pursue(signals, dictionary, gram, limit, activities):
    """Fill the activities of a block. `u_j` are the directions that the chosen atoms add one after another."""
    n, d = activities.shape
    first = np.arange(n) * d
    correlation = signals @ dictionary  # of the residual with each atom
    residual = np.einsum("ij,ij->i", signals, signals)
    norm = np.ones((n, d))  # squared norm of each atom's part outside the span; inf once chosen
    score = np.abs(correlation)
    running = residual > 0
    support = np.zeros((limit, n), dtype=np.intp)  # flat positions in activities
    basis = np.zeros((limit, limit, n))  # u_j as a combination of the chosen atoms
    along = np.zeros((limit, n))  # part of the signal along u_j
    projection = np.empty((limit, n, d))  # of each atom on u_j
    product = np.empty((n, d))
    for j in range(limit):
        chosen = score.argmax(axis=1)
        support[j] = flat = first + chosen
        size = norm.ravel()[flat]
        running &= (size >= SMALLEST) & (size < np.inf) & (residual > 0)
        scale = np.where(running, 1 / np.sqrt(np.where(running, size, 1.0)), 0.0)
        along[j] = correlation.ravel()[flat] * scale
        residual -= along[j] ** 2
        earlier = projection.reshape(limit, -1)[:j, flat]
        for k in range(j):
            basis[j, : k + 1] -= earlier[k] * basis[k, : k + 1]
        basis[j, :j] *= scale
        basis[j, j] = scale
        if j == limit - 1:
            break
        new = np.take(gram, chosen, axis=0, out=projection[j])
        for k in range(j):
            new -= np.multiply(projection[k], earlier[k][:, None], out=product)
        new *= scale[:, None]
        correlation -= np.multiply(new, along[j][:, None], out=product)
        norm -= np.multiply(new, new, out=product)
        norm.ravel()[flat] = np.inf
        np.multiply(correlation, correlation, out=score)
        score /= norm
        np.abs(score, out=score)
    coefficients = np.zeros((limit, n))
    for j in range(limit):
        coefficients[: j + 1] += along[j] * basis[j, : j + 1]
    for j in range(limit):  # a cell that stopped has zeros here, perhaps for an atom it chose before
        activities.ravel()[support[j]] += coefficients[j]
