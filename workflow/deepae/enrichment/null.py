"""The null of enrichment: as many enriched terms as the key genes have, how many does chance give?

Genes are relabelled, jointly for all dimensions: one permutation of the measured genes is applied to the key genes of
every dimension, so that dimensions keep their sizes and their overlap with each other. `free` permutes all measured
genes; `strata` permutes them within ten strata of equal size by mean expression, so that a dimension keeps its mix of
weakly and strongly expressed genes too. Each draw is then tested as the key genes are.

The hypergeometric tests of `deepae.enrichment.overrepresentation` are computed here for all draws at once, with sparse
products: thousands of lists of genes take seconds. A test holds both to the same P.
"""

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.special import gammaln

from deepae.data.randomness import stream
from deepae.enrichment.overrepresentation import BACKGROUNDS, MAX_SIZE, MIN_QUERY, MIN_SIZE
from deepae.enrichment.queries import inside, key_positions, measured_ids, of_ranking
from deepae.interpretation.key_genes import permutation, strata_of

DRAWS = 199
"""Draws of each relabelling: the fewest with which P = 0.005 can be reached."""
STRATA = 10
CRITERIA = {
    "go": [("p_adjusted", 0.01)],
    "wikipathways": [("p", 0.05), ("p_adjusted", 0.05)],
}
"""What counts as an enriched term: the column, and the limit that it must be below (p) or not above (p_adjusted)."""

COLUMNS = """
dataset kind library background criterion relabelled statistic dimension observed draws null_median null_95
null_any p
""".split()
"""Columns of control.tsv.

`statistic` is ``dimensions`` (with at least one term), ``terms`` (of all dimensions together) or ``terms-of-dimension``
(of the one in `dimension`, compared with its own draws only). `null_any` is the share of draws above 0.
"""
TOGETHER = 400
"""Lists of genes whose tests are held at once."""


# --- drawing --------------------------------------------------------------------------------------------------------
def draw(dataset, sets, strata, draws, purpose):
    """Relabel the key genes of all dimensions jointly, `draws` times.

    Parameters
    ----------
    dataset, purpose : str
        Name the stream of random numbers: the same for the same two.
    sets : list of array of int
        Positions of each dimension's key genes.
    strata : int array, shape (g,)
    draws : int

    Yields
    ------
    list of array of int
        In the order of `sets`, once for each draw.
    """
    for number in range(draws):
        labels = permutation(stream(f"relabelled-{purpose}", dataset, number), strata)
        yield [labels[genes] for genes in sets]


# --- testing many lists ---------------------------------------------------------------------------------------------
class Tester:
    """Tests lists of measured genes against a library, many at a time and against several backgrounds.

    Parameters
    ----------
    library : deepae.enrichment.library.Library
    measured : sequence of str
        Ids of the measured genes.

    Attributes
    ----------
    terms : array of int
        The terms that a background admits, as positions in the library.
    backgrounds : dict of str to Background
    """

    def __init__(self, library, measured):
        index = library.index()
        self.where = np.array([index.get(gene, -1) for gene in measured], dtype=np.int64)
        within = {name: inside(library, measured, name) for name in BACKGROUNDS}
        sizes = {name: library.matrix @ genes for name, genes in within.items()}
        admitted = {name: (size >= MIN_SIZE) & (size <= MAX_SIZE) for name, size in sizes.items()}
        self.terms = np.flatnonzero(np.any(list(admitted.values()), axis=0))
        self.members = library.matrix[self.terms].T.tocsr().astype(np.int32)
        self.backgrounds = {
            name: Background(int(within[name].sum()), sizes[name][self.terms], admitted[name][self.terms])
            for name in BACKGROUNDS
        }

    def hits(self, sets):
        """Return the genes of each set in each term, and the annotated genes of each set.

        Parameters
        ----------
        sets : list of array of int
            Positions among the measured genes.

        Returns
        -------
        hits : numpy.ndarray of int32, shape (n_sets, n_terms)
        drawn : numpy.ndarray of int64, shape (n_sets,)
        """
        found = [np.unique(self.where[genes]) for genes in sets]
        found = [genes[genes >= 0] for genes in found]
        drawn = np.array([len(genes) for genes in found], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(drawn)])
        columns = np.concatenate([*found, np.empty(0, dtype=np.int64)])
        shape = (len(sets), self.members.shape[0])
        indicator = scipy.sparse.csr_matrix((np.ones(len(columns), dtype=np.int32), columns, starts), shape=shape)
        return (indicator @ self.members).toarray(), drawn

    def counts(self, sets, criteria):
        """Count the enriched terms of each set.

        Parameters
        ----------
        sets : list of array of int
        criteria : list of (str, float)

        Returns
        -------
        dict of str to numpy.ndarray of int64, shape (len(criteria), n_sets)
            By background.
        """
        result = {name: np.zeros((len(criteria), len(sets)), dtype=np.int64) for name in self.backgrounds}
        for start in range(0, len(sets), TOGETHER):
            hits, drawn = self.hits(sets[start : start + TOGETHER])
            for number, (row, size) in enumerate(zip(hits, drawn, strict=True), start=start):
                if size < MIN_QUERY:
                    continue
                for name, background in self.backgrounds.items():
                    p = background.p_values(row, int(size))
                    p = p[np.isfinite(p)]
                    result[name][:, number] = [enriched(p, *criterion) for criterion in criteria]
        return result


class Background:
    """One background: its genes, how many of them each term has, and which terms may be tested.

    Parameters
    ----------
    total : int
    sizes : array of int, shape (n_terms,)
    admitted : array of bool, shape (n_terms,)
    """

    def __init__(self, total, sizes, admitted):
        self.total, self.admitted = total, admitted
        self.sizes, self.place = np.unique(np.where(admitted, sizes, MIN_SIZE), return_inverse=True)
        self.tails = {}

    def p_values(self, hits, drawn):
        """Return P of each term for one list: NaN for terms that are not tested.

        Parameters
        ----------
        hits : array of int, shape (n_terms,)
        drawn : int
            Annotated genes of the list, all of them in the background.
        """
        if drawn not in self.tails:
            self.tails[drawn] = tails(self.total, self.sizes, drawn)
        tested = self.admitted & (hits > 0)
        p = np.full(len(hits), np.nan)
        p[tested] = self.tails[drawn][self.place[tested], hits[tested]]
        return p


def tails(total, sizes, drawn):
    """Return P(X >= x) of hypergeometric X for all x: `drawn` of `total` genes are drawn, `sizes` are in the term.

    Parameters
    ----------
    total, drawn : int
    sizes : array of int, shape (m,)

    Returns
    -------
    numpy.ndarray, float64, shape (m, max(sizes) + 1)
        Column x. 0 where x is impossible.
    """
    log_factorial = gammaln(np.arange(total + 1) + 1.0)

    def log_choose(n, k):
        return log_factorial[n] - log_factorial[k] - log_factorial[n - k]

    x = np.arange(min(sizes.max(initial=0), drawn) + 1)
    size = np.asarray(sizes)[:, None]
    possible = (x <= size) & (drawn - x <= total - size)
    inner, outer = np.where(possible, x, 0), np.where(possible, drawn - x, 0)
    log_p = log_choose(size, inner) + log_choose(total - size, outer) - log_choose(total, drawn)
    p = np.where(possible, np.exp(log_p), 0)
    return np.minimum(np.cumsum(p[:, ::-1], axis=1)[:, ::-1], 1)


def enriched(p, column, limit):
    """Return how many P are below the limit (`p`), or not above it after Benjamini-Hochberg (`p_adjusted`)."""
    if column == "p":
        return int(np.sum(p < limit))
    few = np.sort(p[p <= limit])  # P adjusted is never below P
    passed = np.flatnonzero(few * len(p) <= limit * np.arange(1, len(few) + 1))
    return int(passed[-1]) + 1 if len(passed) else 0


# --- the table ------------------------------------------------------------------------------------------------------
def control(dataset, table, library, kind, dimensions, draws=DRAWS):
    """Compare the enriched terms of every ranking of key genes with those of relabelled genes.

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    table : pandas.DataFrame
        Key genes, from `deepae.enrichment.queries.read_rankings`.
    library : deepae.enrichment.library.Library
    kind : str
    dimensions, draws : int

    Returns
    -------
    pandas.DataFrame
        `COLUMNS` after `ranking`.
    """
    tester = Tester(library, measured_ids(dataset, library.ids))
    expression = np.asarray(dataset.matrix.mean(axis=0), dtype=np.float64).ravel()
    strata = {"free": np.zeros(len(expression), dtype=np.int64), "strata": strata_of(expression, STRATA)}
    criteria = CRITERIA[kind]
    parts = []
    for ranking in table["ranking"].drop_duplicates().sort_index():
        sets = key_positions(of_ranking(table, ranking), dimensions)
        observed = tester.counts(sets, criteria)
        for name, labels in strata.items():
            drawn = [genes for relabelled in draw(dataset.name, sets, labels, draws, name) for genes in relabelled]
            for background, counts in tester.counts(drawn, criteria).items():
                null = counts.reshape(len(criteria), draws, len(sets))
                for criterion, seen, chance in zip(criteria, observed[background], null, strict=True):
                    names = {"ranking": ranking, "dataset": dataset.name, "kind": kind, "library": library.name}
                    names |= {"background": background, "criterion": said(criterion), "relabelled": name}
                    parts.append(compare(seen, chance).assign(**names))
    return pd.concat(parts, ignore_index=True)[["ranking", *COLUMNS]]


def said(criterion):
    """Return a criterion in words, e.g. ``p_adjusted <= 0.01``."""
    column, limit = criterion
    return f"{column} {'<' if column == 'p' else '<='} {limit}"


def compare(observed, null):
    """Compare the terms of each dimension with those of the draws.

    Parameters
    ----------
    observed : array of int, shape (dimensions,)
    null : array of int, shape (draws, dimensions)

    Returns
    -------
    pandas.DataFrame
        One row for each statistic, one for each dimension of ``terms-of-dimension``. P is (1 + draws that reach the
        observed) / (1 + draws).
    """
    observed, null = np.asarray(observed), np.asarray(null)
    values = [("dimensions", "", np.sum(observed > 0), np.sum(null > 0, axis=1))]
    values.append(("terms", "", observed.sum(), null.sum(axis=1)))
    values += [("terms-of-dimension", k + 1, observed[k], null[:, k]) for k in range(len(observed))]
    rows = [
        {
            "statistic": statistic,
            "dimension": dimension,
            "observed": int(seen),
            "draws": len(chance),
            "null_median": np.median(chance),
            "null_95": np.quantile(chance, 0.95),
            "null_any": np.mean(chance > 0),
            "p": (1 + np.sum(chance >= seen)) / (1 + len(chance)),
        }
        for statistic, dimension, seen, chance in values
    ]
    return pd.DataFrame(rows)
