"""Noise on what is measured, and numbers of few bits, for methods whose h numbers are a learned code or real genes.

Random measurements carry their noise in gene space (`deepae.methods.measuring`). Other numbers get theirs here, between
encoding and decoding: Gaussian, the same standard deviation for all h numbers, so that over the training cells the norm
of the codes, less their mean, is SNR times the norm of the noise. Decoders that can use the variance of the noise are
told it, as those of random measurements are: PCA and panels of genes; a network cannot.
"""

import numpy as np

from deepae.data.randomness import stream


def noise_variance(training_codes, snr):
    """Return the variance of the noise of one number of a code: the mean variance over the training cells / snr^2."""
    return training_codes.astype(np.float64).var(axis=0).mean() / snr**2 if training_codes.shape[1] else 0.0


def add_noise(codes, variance, cells):
    """Return codes with noise.

    Parameters
    ----------
    codes : numpy.ndarray, shape (n_cells, h)
    variance : float
        Of the noise of one number.
    cells : deepae.data.cells.Cells
        Whose codes they are: the noise of a cell depends on data set, seed and cell alone, and is nested over h.
    """
    n_numbers = codes.shape[1]
    noise = np.empty(codes.shape)
    for place, cell in enumerate(cells.rows):
        noise[place] = stream("code-noise", cells.dataset, cells.seed, cell).standard_normal(n_numbers)
    return (codes + np.sqrt(variance) * noise).astype(np.float32)


def quantise(codes, training_codes, bits):
    """Return codes of so many bits a number: the middles of 2^bits equal steps over the range of the training cells.

    Numbers beyond the range take the first or the last step. With 32 bits or more nothing changes: codes are float32.
    """
    if bits >= 32 or not codes.shape[1]:
        return codes
    lowest, highest = training_codes.min(axis=0).astype(np.float64), training_codes.max(axis=0).astype(np.float64)
    width = np.where(highest > lowest, (highest - lowest) / 2**bits, 1.0)
    step = np.clip(np.floor((codes - lowest) / width), 0, 2**bits - 1)
    return np.where(highest > lowest, lowest + (step + 0.5) * width, lowest).astype(np.float32)
