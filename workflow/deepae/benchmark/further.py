"""Metrics beyond the paper's: what PCC and EM over all values hide. In one more pass over blocks of cells.

Correlations over all values are mostly the mean profile and the sequencing depth. These ask for what is left of a cell
when the mean profile is taken away, for single genes, for genes that were not measured, for neighbours and cell types,
for co-expression and for the spread of the reconstruction.
"""

import copy

import numpy as np
from scipy.special import gammaln

from deepae.benchmark.metrics import Scorer, _correlation, _mean
from deepae.config.vocabulary import METRICS
from deepae.data.cells import SomeGenes
from deepae.data.randomness import stream

NEIGHBOURS = 15
MOST_CELLS = 1000  # cells whose neighbours are looked at, drawn under the seed
COEXPRESSED = 500  # genes with the largest mean, of those that vary
VARIABLE = 100  # genes with the largest variance
LEAST_MEAN = 1e-3  # a predicted count below it is taken as this
RECONSTRUCTION = tuple(name for name in METRICS if name != "em_allpairs")
UNMEASURED_RANKED = 2_000_000  # values up to which Spearman's correlation over unmeasured genes is exact


class FurtherScorer:
    """Scores reconstructions of one set of cells with the metrics of this module.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
        The test cells, normalised.
    profile : numpy.ndarray, shape (n_genes,)
        Mean of the training cells.
    labels : array of str or None
        One label for each test cell.
    panel : callable, optional
        Takes h; returns the genes of the panel beside which methods that measure no genes are scored.
    """

    def __init__(self, cells, profile, labels=None, panel=None):
        self.cells = cells
        self.panel = panel
        self.profile = np.asarray(profile, dtype=np.float64)
        self.labels = None if labels is None else np.asarray(labels)
        self._truth = None
        draw = stream("neighbours", cells.dataset, cells.seed)
        n_taken = min(MOST_CELLS, cells.n_cells)
        self._taken = np.sort(draw.choice(cells.n_cells, n_taken, replace=False))

    def score(self, predict, measured=None):
        """Compare a reconstruction with the cells.

        Parameters
        ----------
        predict : callable
            As for `deepae.benchmark.metrics.Scorer.score`.
        measured : array of int, optional
            Genes of a panel: every metric, those of `deepae.benchmark.metrics` too, is also computed over the others,
            as ``<name>_unmeasured``.

        Returns
        -------
        dict of str to float or None
            None where a metric does not apply: no labels, no counts, no measured genes.
        dict of str to numpy.ndarray
            ``r2_tenths``: median R2 of the genes of each tenth of mean expression, lowest first.
        """
        if self._truth is None:
            self._truth = _Truth(self.cells, self._taken)
        others = [] if measured is None else np.setdiff1d(np.arange(self.cells.n_genes), measured)
        parts = [_Part(self.cells, self.profile, self._truth)]
        if len(others):
            parts.append(_Part(SomeGenes(self.cells, others), self.profile[others], self._truth.over(others), others))
        kept = np.empty((len(self._taken), self.cells.n_genes), dtype=np.float32)
        for where, values in self.cells.blocks():
            guess = np.asarray(predict(where), dtype=np.float32)
            for part in parts:
                part.add(where, values, guess)
            inside = (self._taken >= where.start) & (self._taken < where.stop)
            kept[inside] = guess[self._taken[inside] - where.start]
        near = Neighbours(kept)
        found, arrays = self._values(parts[0], near)
        values = {}
        if len(others):
            values = Scorer(parts[1].cells, UNMEASURED_RANKED).score(lambda where: predict(where)[:, others]).values
            values |= self._values(parts[1], near.without(np.unique(measured)))[0]
        return found | {f"{name}_unmeasured": values.get(name) for name in (*RECONSTRUCTION, *found)}, arrays

    def _values(self, part, near):
        found, arrays = part.values()
        neighbours = near.nearest()
        found["knn_overlap"] = _overlap(part.truth.near.nearest(), neighbours)
        labels = None if self.labels is None else self.labels[self._taken]
        found["label_knn"] = None if labels is None else label_accuracy(labels, neighbours)
        return found, arrays


class _Truth:
    """What depends on the true values alone: moments of genes, the genes looked at, neighbours."""

    def __init__(self, cells, taken):
        total, squares = np.zeros(cells.n_genes), np.zeros(cells.n_genes)
        kept = np.empty((len(taken), cells.n_genes), dtype=np.float32)
        first, self.counts = None, cells.normalization == "none"
        for where, values in cells.blocks():
            first = values[0].astype(np.float64) if first is None else first
            centred = values - first
            total += centred.sum(axis=0)
            squares += np.einsum("ij,ij->j", centred, centred)
            inside = (taken >= where.start) & (taken < where.stop)
            kept[inside] = values[taken[inside] - where.start]
            self.counts &= bool((values >= 0).all() and np.array_equal(values, np.rint(values)))
        self.mean = first + total / cells.n_cells
        self.sst = np.maximum(squares - total * total / cells.n_cells, 0.0)
        self.near = Neighbours(kept)
        self._choose()

    def _choose(self):
        order = np.argsort(-self.mean, kind="stable")
        self.coexpressed = np.sort(order[self.sst[order] > 0][:COEXPRESSED])
        self.variable = np.argsort(-self.sst, kind="stable")[:VARIABLE]

    def over(self, genes):
        """Return the same over some of the genes."""
        part = copy.copy(self)
        part.mean, part.sst = self.mean[genes], self.sst[genes]
        part.near = self.near.without(np.setdiff1d(np.arange(len(self.mean)), genes))
        part._choose()
        return part


class _Part:
    """Sums over cells that the metrics need, in float64, over all genes or some."""

    def __init__(self, cells, profile, truth, genes=None):
        self.cells, self.truth, self._genes = cells, truth, genes
        self._n_cells, self._profile = cells.n_cells, profile
        self._delta = np.empty(cells.n_cells)
        self._sse, self._total, self._squares = (np.zeros(cells.n_genes) for _ in range(3))
        chosen = truth.coexpressed
        self._products = np.zeros((2, len(chosen), len(chosen)))
        self._sums = np.zeros((2, len(chosen)))
        self._nll = 0.0

    def add(self, where, values, guess):
        """Add a block of true and reconstructed cells."""
        if self._genes is not None:
            values, guess = values[:, self._genes], guess[:, self._genes]
        x, y = values.astype(np.float64), guess.astype(np.float64)
        self._sse += np.square(x - y).sum(axis=0)
        from_mean = y - self.truth.mean
        self._total += from_mean.sum(axis=0)
        self._squares += np.einsum("ij,ij->j", from_mean, from_mean)
        chosen = self.truth.coexpressed
        for place, part in enumerate((x - self.truth.mean, from_mean)):
            part = part[:, chosen]
            self._products[place] += part.T @ part
            self._sums[place] += part.sum(axis=0)
        if self.truth.counts:
            rate = np.maximum(y, LEAST_MEAN)
            self._nll += (rate - x * np.log(rate) + gammaln(x + 1)).sum()
        x -= self._profile
        y -= self._profile
        self._delta[where] = _correlations(x, y)

    def values(self):
        """Return the metrics and the arrays."""
        truth, n_cells = self.truth, self._n_cells
        varies = truth.sst > 0
        r2 = np.full(len(varies), np.nan)
        r2[varies] = 1 - self._sse[varies] / truth.sst[varies]
        spread = np.maximum(self._squares - self._total**2 / n_cells, 0.0)
        found = {
            "pcc_delta": _mean(self._delta),
            "r2_gene": _median(r2),
            "r2_variable": _median(r2[truth.variable]),
            "variance_ratio": _median(spread[varies] / truth.sst[varies]),
            "coexpression": self._coexpression(),
            "poisson_nll": self._nll / (n_cells * len(varies)) if truth.counts else None,
        }
        order = np.argsort(truth.mean, kind="stable")
        return found, {"r2_tenths": np.array([_median(r2[part]) for part in np.array_split(order, 10)])}

    def _coexpression(self):
        """Frobenius distance of the two correlation matrices of genes over the norm of the true one, diagonals out."""
        both = []
        for products, sums in zip(self._products, self._sums, strict=True):
            covariance = products - np.outer(sums, sums) / self._n_cells
            variance = np.diag(covariance).copy()
            variance[variance <= 1e-10 * np.diag(products)] = 0.0
            scale = np.sqrt(np.where(variance > 0, variance, np.inf))
            correlation = covariance / np.outer(scale, scale)  # 0 where a gene is constant
            np.fill_diagonal(correlation, 0.0)
            both.append(correlation)
        norm = np.linalg.norm(both[0])
        return float(np.linalg.norm(both[0] - both[1]) / norm) if norm > 0 else np.nan


class Neighbours:
    """Nearest other cells of each cell (Euclidean), of cells of shape (n_cells, n_genes)."""

    def __init__(self, cells):
        self._cells = cells
        values = np.asarray(cells, dtype=np.float64)
        values = values - values.mean(axis=0)
        self._products = values @ values.T

    def without(self, genes):
        """Return the same over all but a few genes."""
        part = copy.copy(self)
        part._products = self._products - Neighbours(self._cells[:, genes])._products
        return part

    def nearest(self, count=NEIGHBOURS):
        """Return their places: int, shape (n_cells, min(count, n_cells - 1)).

        Of cells at the same distance those that come first are taken.
        """
        norms = np.diag(self._products)
        squares = norms[:, None] + norms - 2 * self._products
        # equal cells differ by rounding only, which would order them
        squares = np.round(squares / (norms.max() or 1.0), 12)
        np.fill_diagonal(squares, np.inf)
        return np.argsort(squares, axis=1, kind="stable")[:, : min(count, len(norms) - 1)]


def _overlap(one, other):
    """Return the mean share of neighbours that two lists have in common."""
    if not one.shape[1]:
        return np.nan
    common = [len(np.intersect1d(a, b)) for a, b in zip(one, other, strict=True)]
    return float(np.mean(common) / one.shape[1])


def label_accuracy(labels, neighbours):
    """Return the share of cells whose label is the most frequent among their neighbours, the first name of equals."""
    names, codes = np.unique(labels, return_inverse=True)
    votes = np.apply_along_axis(np.bincount, 1, codes[neighbours], minlength=len(names))
    return float((votes.argmax(axis=1) == codes).mean())


def _median(values):
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else np.nan


def _correlations(x, y):
    """PCC of each cell, of values less the mean profile; both arrays are overwritten."""
    x -= x.mean(axis=1, keepdims=True)
    y -= y.mean(axis=1, keepdims=True)
    xx, yy, xy = (np.einsum("ij,ij->i", a, b) for a, b in ((x, x), (y, y), (x, y)))
    # a prediction of the mean profile itself differs from it by rounding only: it says nothing of the cell
    yy[yy <= 1e-10 * xx] = 0.0
    return _correlation(xx, yy, xy)


def scaled(score, floor, ceiling):
    """Place a score between the mean profile (0) and a ceiling (1).

    Parameters
    ----------
    score, floor, ceiling : float
        The method's, the mean profile's and the ceiling's value of one metric.

    Returns
    -------
    float
        NaN if floor and ceiling are equal.
    str
        ``below`` or ``above`` outside [0, 1], else empty.
    """
    if not np.isfinite([score, floor, ceiling]).all() or ceiling == floor:
        return np.nan, ""
    place = (score - floor) / (ceiling - floor)
    return float(place), "below" if place < 0 else "above" if place > 1 else ""
