"""How well cells were reconstructed: every metric in one pass over blocks of cells.

The paper's metrics (NAR 2020 48(10):e56, Eq. 5-7 and Figure S6) on the matrix of test cells x genes, and those that it
lacks: mean squared error, and the correlation within each cell and within each gene. Neither the matrix nor its
reconstruction exists as a whole.
"""

import itertools
from typing import NamedTuple

import numpy as np

from deepae.config.vocabulary import METRICS
from deepae.data.randomness import stream
from deepae.errors import MethodError

SPEARMAN_LIMIT = 200_000_000
TILE_VALUES = 1 << 16  # values whose float64 copies stay in a core's cache
CHUNK_VALUES = 1 << 18  # sorted values looked at together
INTERVAL_VALUES, MOST_INTERVALS = 1 << 22, 16  # values sorted together, until there are so many intervals
ALL_PAIRS_VALUES = 16_000_000  # reconstructed values held at once: 128 MB of float64
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


class Scores(NamedTuple):
    """The metrics of one reconstruction.

    Attributes
    ----------
    values : dict of str to float or None
        One entry for each of `METRICS`. NaN where undefined; `em_allpairs` is None unless asked for.
    reason : str
        Why a value is NaN or estimated; empty otherwise.
    sse, sae : numpy.ndarray, float64, shape (n_cells,)
        Sum of squared and of absolute errors of each cell.
    pcc : numpy.ndarray, float64, shape (n_cells,)
        Correlation of each cell over genes: NaN for a constant cell, 0 for a constant reconstruction of another.
    further : dict of str to float or numpy.ndarray
        Of `deepae.benchmark.further`, if asked for.
    """

    values: dict
    reason: str
    sse: np.ndarray
    sae: np.ndarray
    pcc: np.ndarray
    further: dict = {}


class Scorer:
    """Scores reconstructions of one set of cells.

    What depends on the true values alone, their ranks, is computed with the first reconstruction and kept. Memory
    beside a few blocks, for m = min(values, `spearman_limit`) ranked values: 4 m bytes kept and 5 m bytes while
    scoring, so 1.8 GB at most by default.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
        The test cells, normalised.
    spearman_limit : int
        Up to so many values Spearman's correlation is exact; beyond, it is that of a sample of whole cells, which
        depends on the data set and the seed alone.
    allpairs : bool
        Also compute `em_allpairs`, the mean Euclidean distance over all pairs of a test cell and a reconstruction
        (the test EM of the authors' program of 2020): n_cells^2 x n_genes operations.
    """

    def __init__(self, cells, spearman_limit=SPEARMAN_LIMIT, allpairs=False):
        self.cells = cells
        self.allpairs = allpairs
        limit = min(spearman_limit, 2**31 - 1)  # twice a rank must fit into 32 bits
        self.n_ranked = cells.n_cells if cells.n_cells * cells.n_genes <= limit else max(1, limit // cells.n_genes)
        self._ranked = np.ones(cells.n_cells, dtype=bool)
        if self.n_ranked < cells.n_cells:
            draw = stream("spearman", cells.dataset, cells.seed)
            self._ranked[:] = False
            self._ranked[draw.choice(cells.n_cells, self.n_ranked, replace=False)] = True
        self._ranks = None

    def score(self, predict):
        """Compare a reconstruction with the cells.

        Parameters
        ----------
        predict : callable
            Called with slices of positions in `cells`; returns the reconstruction of these cells: float32, shape
            (b, n_genes). Called again for each block if all pairs are asked for.

        Returns
        -------
        Scores

        Raises
        ------
        MethodError
            If the reconstruction is not finite.
        """
        if self._ranks is None:
            self._ranks = _Ranks(self._ranked_blocks(), self.n_ranked * self.cells.n_genes)
        moments = _Moments(self.cells.n_cells, self.cells.n_genes)
        keys = np.empty(self.n_ranked * self.cells.n_genes, dtype=np.uint32)
        filled = 0
        for where, truth in self.cells.blocks():
            guess = self._predict(predict, where)
            moments.add(where, truth, guess)
            chosen = guess[self._ranked[where]].ravel() if self.n_ranked < len(self._ranked) else guess.ravel()
            keys[filled : filled + chosen.size] = _keys(chosen)
            filled += chosen.size
        values, reasons = moments.values()
        values["spearman"] = self._ranks.correlate(keys) if np.isfinite(values["pcc"]) else np.nan
        if self.n_ranked < self.cells.n_cells:
            reasons.append(f"spearman: sample of {self.n_ranked} cells")
        del keys
        values["em_allpairs"] = self._all_pairs(predict) if self.allpairs else None
        values = {name: values[name] for name in METRICS}
        return Scores(values, "; ".join(reasons), moments.sse, moments.sae, moments.pcc_cell())

    def _ranked_blocks(self):
        for where, truth in self.cells.blocks():
            yield truth[self._ranked[where]].ravel()

    def _predict(self, predict, where):
        guess = np.ascontiguousarray(predict(where), dtype=np.float32)
        expected = (len(range(*where.indices(self.cells.n_cells))), self.cells.n_genes)
        if guess.shape != expected:
            raise ValueError(f"reconstruction of {where} has shape {guess.shape}, expected {expected}")
        return guess

    def _all_pairs(self, predict):
        """Mean distance over all pairs, by matrix products of blocks in float64."""
        n_cells, total = self.cells.n_cells, 0.0
        step = max(1, ALL_PAIRS_VALUES // self.cells.n_genes)
        for start in range(0, n_cells, step):
            group = slice(start, min(start + step, n_cells))
            guess = np.empty((group.stop - group.start, self.cells.n_genes))
            for first in range(group.start, group.stop, self.cells.block_cells):
                last = min(first + self.cells.block_cells, group.stop)
                guess[first - start : last - start] = self._predict(predict, slice(first, last))
            guess_norms = np.einsum("ij,ij->i", guess, guess)
            for _, truth in self.cells.blocks():
                truth = truth.astype(np.float64)
                squares = truth @ guess.T
                squares *= -2.0
                squares += np.einsum("ij,ij->i", truth, truth)[:, None]
                squares += guess_norms
                total += np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares).sum()
        return float(total / n_cells**2)


class _Moments:
    """Sums that the metrics need, per cell and per gene, in float64.

    Sums of squares are of differences from one of the values themselves (a cell's first gene, a gene's first cell).
    By Samuelson's inequality such a value lies within sd x sqrt(n) of the mean, so that at most n x 1e-16 of the
    variance is lost; and the sum is exactly 0 if and only if the values are constant.
    """

    def __init__(self, n_cells, n_genes):
        self.n_cells, self.n_genes = n_cells, n_genes
        self.sse, self.sae = np.empty(n_cells), np.empty(n_cells)
        self.mean = np.empty((2, n_cells))  # of the truth and of the reconstruction of a cell
        self.cell = np.empty((3, n_cells))  # centred sums of x x, y y, x y of a cell
        self.first = None
        self.gene_sum = np.zeros((2, n_genes))
        self.gene = np.zeros((3, n_genes))  # sums of x x, y y, x y of a gene, not yet centred

    def add(self, where, truth, guess):
        """Add a block: true and reconstructed values of the cells `where`."""
        if self.first is None:
            self.first = truth[0].astype(np.float64), guess[0].astype(np.float64)
        step = max(1, TILE_VALUES // self.n_genes)
        for start in range(0, len(truth), step):
            rows = slice(where.start + start, where.start + min(start + step, len(truth)))
            x, y = truth[start : start + step].astype(np.float64), guess[start : start + step].astype(np.float64)
            self._errors(rows, x - y)
            if not np.isfinite(self.sse[rows]).all():
                raise MethodError("the reconstruction is not finite")
            self._cells(rows, x - x[:, :1], y - y[:, :1])
            self.mean[0, rows] += x[:, 0]
            self.mean[1, rows] += y[:, 0]
            self._genes(np.subtract(x, self.first[0], out=x), np.subtract(y, self.first[1], out=y))

    def _errors(self, rows, difference):
        np.einsum("ij,ij->i", difference, difference, out=self.sse[rows])
        np.abs(difference, out=difference).sum(axis=1, out=self.sae[rows])

    def _cells(self, rows, x, y):
        sums = x.sum(axis=1), y.sum(axis=1)
        for place, (a, b) in enumerate(((0, 0), (1, 1), (0, 1))):
            products = np.einsum("ij,ij->i", (x, y)[a], (x, y)[b])
            self.cell[place, rows] = products - sums[a] * sums[b] / self.n_genes
        self.mean[0, rows], self.mean[1, rows] = sums[0] / self.n_genes, sums[1] / self.n_genes

    def _genes(self, x, y):
        self.gene_sum[0] += x.sum(axis=0)
        self.gene_sum[1] += y.sum(axis=0)
        self.gene[0] += np.einsum("ij,ij->j", x, x)
        self.gene[1] += np.einsum("ij,ij->j", y, y)
        self.gene[2] += np.einsum("ij,ij->j", x, y)

    def values(self):
        """Return the metrics but those that need ranks or pairs, and the reasons of the undefined ones."""
        n_values, reasons = self.n_cells * self.n_genes, []
        squared = float(self.sse.sum())
        values = {"em": squared**0.5, "mae": float(self.sae.sum()) / n_values, "mse": squared / n_values}
        between = self.mean - self.mean[:, :1]
        sums = between.sum(axis=1)
        total = [
            self.cell[place].sum() + self.n_genes * (between[a] @ between[b] - sums[a] * sums[b] / self.n_cells)
            for place, (a, b) in enumerate(((0, 0), (1, 1), (0, 1)))
        ]
        values["pcc"] = float(_correlation(*total))
        if not total[0] > 0 or not total[1] > 0:
            values["pcc"] = np.nan
            reasons.append("constant")
        values["pcc_cell"] = _mean(self.pcc_cell())
        values["pcc_gene"] = _mean(self._pcc_gene())
        for name, what in (("pcc_cell", "cell"), ("pcc_gene", "gene")):
            if np.isnan(values[name]):
                reasons.append(f"{name}: every {what} of the truth is constant")
        return values, reasons

    def pcc_cell(self):
        return _correlation(*self.cell)

    def _pcc_gene(self):
        x, y = self.gene_sum
        return _correlation(
            self.gene[0] - x * x / self.n_cells,
            self.gene[1] - y * y / self.n_cells,
            self.gene[2] - x * y / self.n_cells,
        )


def _correlation(xx, yy, xy):
    """Correlation from centred sums: NaN where x is constant, 0 where only y is."""
    xx, yy, xy = (np.asarray(values, dtype=np.float64) for values in (xx, yy, xy))
    varies = (xx > 0) & (yy > 0)
    result = np.where(varies, xy, 0.0) / np.where(varies, np.sqrt(xx) * np.sqrt(yy), 1.0)
    return np.where(xx > 0, np.clip(result, -1.0, 1.0), np.nan)


def _mean(values):
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else np.nan


class _Ranks:
    """Average ranks of the true values, and their correlation with those of a reconstruction.

    A value and what must follow it through the sort share one 64-bit word, the value as an integer of the same order on
    top: a plain sort of words is several times faster than an argsort with its gathers. The values are sorted an
    interval at a time, so that words exist for a small part of them only: 8 bytes a value in all, 4 of them kept.

    Attributes
    ----------
    doubled : numpy.ndarray, uint32
        Twice the average rank (from 1) of each true value, in the order of the blocks.
    """

    def __init__(self, blocks, n_values):
        keys, filled = np.empty(n_values, dtype=np.uint32), 0
        for values in blocks:
            keys[filled : filled + values.size] = _keys(values)
            filled += values.size
        self.n_values = n_values
        self.doubled = np.empty(n_values, dtype=np.uint32)
        self.squares = 0.0
        for part, first, counts in _sorted_parts(keys):
            ranks = 2 * first + counts + 1
            centred = ranks - float(n_values + 1)
            self.squares += float(np.dot(counts, centred * centred))
            self.doubled[(part & LOW).astype(np.intp)] = np.repeat(ranks, counts)

    def correlate(self, keys):
        """Return Spearman's correlation with a reconstruction, given as `_keys` in the order of the blocks."""
        squares = products = 0.0
        middle = self.n_values + 1
        for part, first, counts in _sorted_parts(keys, self.doubled):
            centred = 2 * first + counts - float(self.n_values)
            squares += float(np.dot(counts, centred * centred))
            others = (part & LOW).astype(np.float64)
            others -= middle
            starts = np.cumsum(counts) - counts
            products += float(np.dot(np.add.reduceat(others, starts), centred))
        return float(_correlation(self.squares, squares, products))


def _keys(values):
    """Return float32 values as uint32 of the same order; -0 and 0 are one."""
    bits = (values + np.float32(0)).view(np.uint32)
    flip = (bits.view(np.int32) >> 31).view(np.uint32) | np.uint32(0x80000000)
    return np.bitwise_xor(bits, flip, out=bits)


def _sorted_parts(keys, below=None):
    """Yield all words, sorted, as `_tie_groups` does: `keys` on top and `below`, by default their places, underneath.

    The keys are cut into intervals at quantiles of a sample. A frequent value has an interval of its own,
    which needs no sort.
    """
    sample = np.sort(keys[:: max(1, len(keys) // 4096)])
    parts = min(MOST_INTERVALS, 1 + len(keys) // INTERVAL_VALUES)
    cuts = sample[np.arange(1, parts) * len(sample) // parts].tolist()
    edges = sorted({0, *cuts, *(cut + 1 for cut, after in itertools.pairwise(cuts) if cut == after), 1 << 32})
    place = 0
    for low, high in itertools.pairwise(edges):
        if high == low + 1:
            count = int(np.count_nonzero(keys == np.uint32(low)))
            groups = (
                (part, np.array([(count - len(part)) / 2]), np.array([len(part)]))
                for part in _words(keys, below, low, high)
                if len(part)
            )
        else:
            words = np.concatenate([np.empty(0, dtype=np.uint64), *_words(keys, below, low, high)])
            count = len(words)
            words.sort()
            groups = _tie_groups(words)
        for part, first, counts in groups:
            yield part, place + first, counts
        place += count


def _words(keys, below, low, high):
    """Yield the words of the keys from `low` to below `high`, in parts, in the order of their places."""
    low, width = np.uint32(low), np.uint32(high - 1 - low)
    for start in range(0, len(keys), CHUNK_VALUES):
        chunk = keys[start : start + CHUNK_VALUES]
        where = np.flatnonzero(chunk - low <= width)  # what is below `low` wraps round
        words = chunk[where].astype(np.uint64)
        words <<= HALF
        words |= (start + where).astype(np.uint64) if below is None else below[start : start + CHUNK_VALUES][where]
        yield words


def _tie_groups(words):
    """Yield sorted words in parts: ``(part, first, counts)`` with the place before and the size of each tie group.

    No part is much longer than `CHUNK_VALUES`: a larger group of ties comes in several parts, each of which states the
    place that makes ``2 first + counts + 1`` twice the average rank of the whole group.
    """
    start, n_words = 0, len(words)
    while start < n_words:
        stop = min(start + CHUNK_VALUES, n_words)
        if stop < n_words:
            last = words[stop - 1] & ~LOW
            begin = start + int(np.searchsorted(words[start:stop], last))
            if begin > start:
                stop = begin  # leave the group that may go on to the next part
            else:
                end = start + int(np.searchsorted(words[start:], last | LOW, side="right"))
                for low in range(start, end, CHUNK_VALUES):
                    part = words[low : min(low + CHUNK_VALUES, end)]
                    yield part, np.array([start + (end - start - len(part)) / 2]), np.array([len(part)])
                start = end
                continue
        part = words[start:stop]
        keys = part >> HALF
        begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        counts = np.diff(begins, append=len(part))
        yield part, start + begins, counts
        start = stop
