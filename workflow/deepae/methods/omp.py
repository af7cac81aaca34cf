"""Order-recursive orthogonal matching pursuit over many cells, by spams.

spams computes the Gram matrix of the dictionary once a call and then updates it along with the support. Formulations
batched over cells in numpy give the same supports and coefficients, but take 1.3 to 2 times as long: every step needs
some fifteen passes over cells x atoms, where spams stays in the cache (150 atoms, 15 nonzeros, one thread).

With Python 3.13 and the pinned wheel, a call returns zeros now and then without a word, and not only the first (in 45
of 180 processes at least one of two to five calls; never with 3.11 and 3.12). So 3.13 is refused, each process first
asks for an answer that is known, and no call may leave a signal without an activity.
"""

import functools
import sys

import numpy as np

from deepae.errors import DeepAEError
from deepae.methods.spams_calls import silenced

WRONG = "spams.omp gives wrong activities in this process; do not use this build of spams with this Python"


def omp(signals, dictionary, nonzeros):
    """Return sparse activities of signals over a dictionary.

    In each step a cell takes the atom that lowers its residual most, given the atoms it has (the order-recursive
    variant, also known as orthogonal least squares). The recursion *assumes* columns of unit norm and does not check:
    on others, as the released program passes them, the activities are not the least-squares ones.

    Parameters
    ----------
    signals : numpy.ndarray, shape (n, h)
    dictionary : numpy.ndarray, shape (h, d)
    nonzeros : int
        Most nonzero activities of a signal; never more than h or d are used.

    Returns
    -------
    numpy.ndarray, float64, shape (n, d)

    Raises
    ------
    DeepAEError
        If spams does not give the known answer to a small problem, or leaves a signal without an activity.
    """
    _check()
    activities = _omp(signals, dictionary, nonzeros)
    empty = np.asarray(signals)[~activities.any(axis=1)]
    if nonzeros and len(empty) and np.any(empty @ dictionary):  # it correlates with an atom and did not get it
        raise DeepAEError(WRONG)
    return activities


def _omp(signals, dictionary, nonzeros):
    import spams  # 0.2 seconds, and not every job decodes

    columns = np.asfortranarray(np.asarray(signals, dtype=np.float64).T)
    atoms = np.asfortranarray(dictionary, dtype=np.float64)
    with silenced():
        activities = spams.omp(columns, atoms, L=min(nonzeros, *atoms.shape), numThreads=1)
    return activities.T.toarray()


@functools.cache
def _check():
    """Ask for the activities of three signals over orthogonal atoms, which are the signals' largest values."""
    if sys.version_info >= (3, 13):
        raise DeepAEError(f"Python {sys.version.split()[0]}: spams.omp returns zeros now and then; use 3.11 or 3.12")
    signals = np.array([[3.0, 0.0, 1.0, 0.0], [0.0, -2.0, 0.0, 0.5], [1.0, 4.0, 0.0, 0.0]])
    if not np.allclose(_omp(signals, np.eye(4), 2), signals, atol=1e-12):
        raise DeepAEError(WRONG)
