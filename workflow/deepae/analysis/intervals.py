"""Intervals over seeds, and when a variance is none."""

import numpy as np
from scipy import special

CONFIDENCE = 0.95


def vanishing(values, scale):
    """Tell along the last axis where values differ by no more than rounding at `scale`: no test can be made of them."""
    return np.ptp(values, axis=-1) <= 8 * np.finfo(float).eps * scale


def t_interval(values):
    """Return ``(n, mean, low, high, reason)``: mean of the finite values and its 95 % t interval."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return n, mean, np.nan, np.nan, f"{n} values, at least 2 needed"
    if vanishing(values, np.abs(values).max()):
        return n, mean, np.nan, np.nan, "zero variance"
    half = special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * values.std(ddof=1) / np.sqrt(n)
    return n, mean, float(mean - half), float(mean + half), ""


def ratio_interval(ratios):
    """Return ``(n, value, low, high, reason)`` of ratios over seeds: the t interval of their logarithm, turned back.

    One bad network makes a ratio's own distribution skew, and its interval then holds everything. A ratio of 0 has no
    logarithm: with one, the ratios themselves are averaged.
    """
    ratios = np.asarray(ratios, dtype=float)
    if not (ratios[np.isfinite(ratios)] > 0).all():
        return t_interval(ratios)
    n, *found, reason = t_interval(np.log(ratios))
    return n, *np.exp(found).tolist(), reason
