"""Random streams that depend on what they are for, never on the order in which they are drawn."""

import hashlib

import numpy as np


def stream(purpose, dataset, seed, *indices):
    """Return the generator for one purpose.

    Parameters
    ----------
    purpose : str
        What is drawn, e.g. ``"noise"``, ``"measurement-matrix"``, ``"initial-weights"``.
    dataset : str
        Id of the data set.
    seed : int
        Seed of the run.
    *indices : int
        What else tells the streams apart, e.g. the index of a cell.

    Returns
    -------
    numpy.random.Generator
        The same on every machine for the same arguments.
    """
    text = "\0".join([purpose, dataset, str(int(seed))])
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
    entropy = [int(word) for word in words] + [int(index) for index in indices]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
