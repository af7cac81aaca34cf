"""Over-representation of key genes in gene sets, by the rules of clusterProfiler (enrichGO, enricher), and its control.

For each query: genes without any term are dropped; terms with at least one query gene and 10 to 500 genes within the
background are tested with the hypergeometric distribution; P is adjusted (Benjamini-Hochberg) over the tested terms.
Two backgrounds: `annotated`, all genes of the library, as the paper's program has it, and `measured`, those of them
that the data set measures; only the second is sound, because a gene that is not measured cannot become a key gene.
"""

import gzip
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.stats import false_discovery_control, hypergeom

from deepae.data.randomness import stream
from deepae.errors import DataError
from deepae.io.files import atomic

BACKGROUNDS = ("annotated", "measured")
MIN_SIZE, MAX_SIZE = 10, 500
MIN_QUERY = 10
"""Fewer annotated query genes than this are not tested."""

COLUMNS = [
    "term_id",
    "term",
    "genes_in_query",
    "genes_in_term",
    "query_size",
    "background_size",
    "background",
    "p",
    "p_adjusted",
    "genes",
]
"""Columns of dimension-<k>.go.tsv and dimension-<k>.wikipathways.tsv."""

CUTOFFS = {"go": ("p_adjusted", 0.01), "wikipathways": ("p", 0.05)}
"""What a table keeps: GO terms at p_adjusted <= 0.01, pathways at P < 0.05."""

SUMMARY = [
    "dataset",
    "kind",
    "library",
    "version",
    "dimension",
    "background",
    "key_genes",
    "without_id",
    "unannotated",
    "query_size",
    "background_size",
    "measured_genes",
    "measured_unannotated",
    "terms_tested",
    "terms",
    "lowest_term_id",
    "lowest_term",
    "lowest_p",
    "lowest_p_adjusted",
    "lowest_p_adjusted_all",
    "reason",
]
CONTROL = [
    "dataset",
    "kind",
    "library",
    "background",
    "criterion",
    "dimension",
    "terms",
    "control",
    "draws",
    "control_median",
    "control_95",
    "control_share_any",
    "p",
]
NO_SYMBOL = frozenset(["", "-", "NEWENTRY"])


@dataclass
class Query:
    """Gene lists to be tested, in the id space of a library.

    Attributes
    ----------
    sets : list of numpy.ndarray
        Positions in `Library.genes` of each list's annotated genes, in the order of the list, each once.
    sizes, without_id, unannotated : list of int
        Genes of each list, those without any id in this space, and those with one that the library does not hold.
    """

    sets: list
    sizes: list
    without_id: list
    unannotated: list


def query(library, lists):
    """Look up gene lists in a library.

    Parameters
    ----------
    library : deepae.config.genesets.Library
    lists : list of sequence of str

    Returns
    -------
    Query
    """
    index = library.index()
    result = Query([], [], [], [])
    for genes in lists:
        with_id = [gene for gene in genes if gene not in NO_SYMBOL]
        found = [index[gene] for gene in dict.fromkeys(with_id) if gene in index]
        result.sets.append(np.asarray(found, dtype=np.int64))
        result.sizes.append(len(genes))
        result.without_id.append(len(genes) - len(with_id))
        result.unannotated.append(sum(gene not in index for gene in with_id))
    return result


def enrich(library, lists, measured, backgrounds=BACKGROUNDS):
    """Test gene lists against a library.

    Parameters
    ----------
    library : deepae.config.genesets.Library
    lists : list of sequence of str
        Gene ids of each query, in the library's id space; ids that it does not hold are dropped.
    measured : sequence of str
        Ids of all measured genes.
    backgrounds : sequence of str
        ``annotated``, ``measured`` or both.

    Returns
    -------
    tested : pandas.DataFrame
        One row for each query (`dimension`, from 1), background and tested term, the lowest P first: `COLUMNS` and
        `p_adjusted_all`, adjusted over all queries together.
    query : Query
    """
    asked = query(library, lists)
    hits_of = _hits(library, asked.sets)
    parts = []
    for background in backgrounds:
        inside = _inside(library, measured, background)
        sizes = library.matrix @ inside
        total = int(inside.sum())
        for position, genes in enumerate(asked.sets):
            # A query gene that is not measured is not in the measured background either.
            kept = genes[inside[genes] == 1]
            hits = hits_of[position] if len(kept) == len(genes) else _hits(library, [kept])[0]
            terms = _testable(hits, sizes) if len(kept) >= MIN_QUERY else np.empty(0, dtype=np.int64)
            p = tail(hits[terms], total, sizes[terms], len(kept))
            order = np.lexsort((terms, -hits[terms], p))
            terms, p = terms[order], p[order]
            parts.append(
                pd.DataFrame(
                    {
                        "dimension": position + 1,
                        "term_id": [library.terms[term] for term in terms],
                        "term": [library.titles[term] for term in terms],
                        "genes_in_query": hits[terms],
                        "genes_in_term": sizes[terms],
                        "query_size": len(kept),
                        "background_size": total,
                        "background": background,
                        "p": p,
                        "p_adjusted": adjust(p),
                        "genes": _names(library, terms, kept),
                    }
                )
            )
    tested = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["dimension", *COLUMNS])
    tested["p_adjusted_all"] = np.nan
    for background in backgrounds:
        rows = tested["background"] == background
        tested.loc[rows, "p_adjusted_all"] = adjust(tested.loc[rows, "p"].to_numpy(dtype=float))
    return tested, asked


def keep(tested, kind):
    """Return the rows that pass the cut-off of their kind (`CUTOFFS`)."""
    column, cutoff = CUTOFFS[kind]
    return tested[tested[column] <= cutoff] if kind == "go" else tested[tested[column] < cutoff]


def tail(hits, total, sizes, drawn):
    """Return P(X >= hits) for X hypergeometric: `drawn` of `total` genes drawn, `sizes` of them in the term."""
    # Many terms share their numbers: each combination is computed once.
    pairs, inverse = np.unique(np.stack([hits, sizes], axis=1), axis=0, return_inverse=True)
    return hypergeom.sf(pairs[:, 0] - 1, total, pairs[:, 1], drawn)[inverse.reshape(-1)]


def adjust(p):
    """Return P adjusted after Benjamini and Hochberg; an empty array stays empty."""
    return false_discovery_control(np.clip(p, 0, 1), method="bh") if len(p) else np.empty(0)


def summary(dataset, library, kind, tested, asked, measured):
    """Return what a library's tests came to: one row for each dimension and background (`SUMMARY`).

    Parameters
    ----------
    dataset : str
    library : deepae.config.genesets.Library
    kind : str
    tested : pandas.DataFrame
    asked : Query
    measured : sequence of str
    """
    index = library.index()
    missing = sum(gene not in index for gene in measured)
    groups = dict(list(tested.groupby(["dimension", "background"], sort=False)))
    rows = []
    for background in BACKGROUNDS:
        total = int(_inside(library, measured, background).sum())
        for position, genes in enumerate(asked.sets):
            part = groups.get((position + 1, background), tested.iloc[:0])
            reason = ""
            if len(genes) < MIN_QUERY:
                reason = (
                    f"{len(genes)} of {asked.sizes[position]} key genes are annotated, at least {MIN_QUERY} are needed"
                )
            elif part.empty:
                reason = f"no term with {MIN_SIZE} to {MAX_SIZE} genes holds a key gene"
            first = part.iloc[0] if len(part) else None
            rows.append(
                {
                    "dataset": dataset,
                    "kind": kind,
                    "library": library.name,
                    "version": library.version,
                    "dimension": position + 1,
                    "background": background,
                    "key_genes": asked.sizes[position],
                    "without_id": asked.without_id[position],
                    "unannotated": asked.unannotated[position],
                    "query_size": len(genes),
                    "background_size": total,
                    "measured_genes": len(measured),
                    "measured_unannotated": missing,
                    "terms_tested": len(part),
                    "terms": len(keep(part, kind)),
                    "lowest_term_id": "" if first is None else first["term_id"],
                    "lowest_term": "" if first is None else first["term"],
                    "lowest_p": np.nan if first is None else first["p"],
                    "lowest_p_adjusted": np.nan if first is None else first["p_adjusted"],
                    "lowest_p_adjusted_all": np.nan if first is None else first["p_adjusted_all"],
                    "reason": reason,
                }
            )
    return pd.DataFrame(rows, columns=SUMMARY)


def no_library(dataset, kind, organism, dimensions):
    """Return the summary of a data set for whose organism there is no library of this kind."""
    of = organism or "an organism that the catalogue does not name"
    reason = f"no {kind} library for {of} among the gene sets; see enrichment.libraries and config/genesets.yaml"
    rows = [
        {"dataset": dataset, "kind": kind, "dimension": dimension, "background": background, "reason": reason}
        for background in BACKGROUNDS
        for dimension in range(1, dimensions + 1)
    ]
    return pd.DataFrame(rows, columns=SUMMARY)


def random_sets(dataset, n_genes, size, draws):
    """Draw sets of `size` of `n_genes` measured genes, without replacement.

    Returns
    -------
    numpy.ndarray of int64, shape (draws, size)
        The same for the same data set, size and number.
    """
    return np.stack(
        [stream("random-gene-set", dataset, draw).choice(n_genes, size, replace=False) for draw in range(draws)]
    )


def matched_sets(dataset, expression, key_sets, draws, bins=20):
    """Draw sets with the mean expression of key genes.

    All genes are cut into `bins` of equal size by mean expression. Draw i takes from every bin as many genes as the key
    genes of one dimension do; the dimensions take turns.

    Parameters
    ----------
    dataset : str
    expression : array, shape (g,)
    key_sets : list of array of int
        Positions of each dimension's key genes.
    draws, bins : int

    Returns
    -------
    numpy.ndarray of int64, shape (draws, size)
    """
    rank = np.argsort(np.argsort(expression, kind="stable"), kind="stable")
    bin_of = rank * bins // len(rank)
    members = [np.flatnonzero(bin_of == number) for number in range(bins)]
    sets = []
    for draw in range(draws):
        counts = np.bincount(bin_of[key_sets[draw % len(key_sets)]], minlength=bins)
        generator = stream("matched-gene-set", dataset, draw)
        sets.append(
            np.concatenate([generator.choice(m, c, replace=False) for m, c in zip(members, counts, strict=True)])
        )
    return np.stack(sets)


def count_terms(library, sets, measured, background, criterion, cutoff):
    """Count the enriched terms of many gene sets with one sparse product.

    Parameters
    ----------
    library : deepae.config.genesets.Library
    sets : array of int, shape (draws, size)
        Positions among the measured genes.
    measured : sequence of str
        Ids of the measured genes.
    background : str
    criterion : str
        ``p`` (below the cut-off) or ``p_adjusted`` (not above it).
    cutoff : float

    Returns
    -------
    numpy.ndarray of int64, shape (draws,)
    """
    index = library.index()
    where = np.array([index.get(gene, -1) for gene in measured], dtype=np.int64)
    annotated = []
    for genes in sets:
        found = np.unique(where[genes])
        annotated.append(found[found >= 0])
    hits_of = _hits(library, annotated)
    inside = _inside(library, measured, background)
    sizes = library.matrix @ inside
    total = int(inside.sum())
    counts = np.zeros(len(annotated), dtype=np.int64)
    for draw, genes in enumerate(annotated):
        if len(genes) < MIN_QUERY:
            continue
        terms = _testable(hits_of[draw], sizes)
        hits, inner = hits_of[draw][terms], sizes[terms]
        # P of a term with no more hits than expected is far above any cut-off: it counts as tested, with P = 1.
        likely = hits > len(genes) * inner / total
        p = np.ones(len(terms))
        p[likely] = tail(hits[likely], total, inner[likely], len(genes))
        counts[draw] = np.sum(p < cutoff) if criterion == "p" else np.sum(adjust(p) <= cutoff)
    return counts


def control(dataset, library, kind, measured, tested, dimensions, draws_of):
    """Compare the number of enriched terms of each dimension with that of control sets.

    Parameters
    ----------
    dataset, kind : str
    library : deepae.config.genesets.Library
    measured : sequence of str
    tested : pandas.DataFrame
        From `enrich`: `dimension`, `background`, `p`, `p_adjusted`.
    dimensions : int
    draws_of : dict of str to array
        Sets of positions for each control, ``random`` and ``expression-matched``.

    Returns
    -------
    pandas.DataFrame
        `CONTROL`: one row for each background, criterion, control and dimension; `p` is
        (1 + draws with as many terms or more) / (draws + 1), so at least 1 / (draws + 1).
    """
    column, cutoff = CUTOFFS[kind]
    criteria = {"go": [("p_adjusted", cutoff)], "wikipathways": [(column, cutoff), ("p_adjusted", cutoff)]}[kind]
    rows = []
    for background in BACKGROUNDS:
        for criterion, limit in criteria:
            here = tested[tested["background"] == background]
            passed = here[here["p"] < limit] if criterion == "p" else here[here["p_adjusted"] <= limit]
            found = passed["dimension"].value_counts()
            for name, sets in draws_of.items():
                counts = count_terms(library, sets, measured, background, criterion, limit)
                for dimension in range(1, dimensions + 1):
                    terms = int(found.get(dimension, 0))
                    rows.append(
                        {
                            "dataset": dataset,
                            "kind": kind,
                            "library": library.name,
                            "background": background,
                            "criterion": f"{criterion} {'<' if criterion == 'p' else '<='} {limit}",
                            "dimension": dimension,
                            "terms": terms,
                            "control": name,
                            "draws": len(counts),
                            "control_median": np.median(counts),
                            "control_95": np.quantile(counts, 0.95),
                            "control_share_any": np.mean(counts > 0),
                            "p": (1 + np.sum(counts >= terms)) / (len(counts) + 1),
                        }
                    )
    return pd.DataFrame(rows, columns=CONTROL)


def rankings(dataset, path, library, kind, dimensions, draws):
    """Test every ranking of a table of key genes, each against control sets of its own.

    What is enriched depends on how key genes are ranked; expression-matched sets say how much of it is due to highly
    expressed genes alone.

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    path : path
        key-genes.tsv.
    library : deepae.config.genesets.Library
    kind : str
    dimensions, draws : int

    Returns
    -------
    pandas.DataFrame
        `CONTROL` after `ranking`.
    """
    expression = np.asarray(dataset.matrix.mean(axis=0)).ravel()
    measured = measured_ids(dataset, library.ids)
    parts = []
    for ranking in pd.read_csv(path, sep="\t", usecols=["ranking"])["ranking"].unique():
        key_genes = read_key_genes(path, ranking)
        tested, _ = enrich(library, key_lists(key_genes, library.ids, dimensions), measured)
        positions = key_positions(key_genes, dimensions)
        sets = {
            "random": random_sets(dataset.name, dataset.n_genes, len(positions[0]), draws),
            "expression-matched": matched_sets(dataset.name, expression, positions, draws),
        }
        part = control(dataset.name, library, kind, measured, tested, dimensions, sets)
        part.insert(0, "ranking", ranking)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def measured_ids(dataset, ids):
    """Return the measured genes' ids in an id space: symbols, or ids as in the file (``orf``).

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    ids : str
        ``symbol`` or ``orf``.
    """
    return [str(gene) for gene in (dataset.symbols if ids == "symbol" else dataset.genes)]


def write_tested(path, tested):
    """Write all tests as gzipped TSV, without the genes (the tables that are kept have them); same rows, same bytes."""
    text = tested.drop(columns="genes").to_csv(sep="\t", index=False, na_rep="NaN", lineterminator="\n")
    with atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def read_tested(path):
    """Read what `write_tested` wrote."""
    return pd.read_csv(
        path,
        sep="\t",
        dtype={"term_id": str, "term": str},
        keep_default_na=False,
        na_values=["NaN"],
        float_precision="round_trip",
    )


def read_key_genes(path, ranking="path", seed=None):
    """Read one ranking and seed of key-genes.tsv, for the first network in it.

    Parameters
    ----------
    path : path
    ranking : str
    seed : int, optional
        Default: the first in the file.

    Returns
    -------
    pandas.DataFrame
        Columns of the file, sorted by `dimension` and `rank`; `attrs` hold `ranking`, `normalization`, `method`,
        `measurements` and `seed`.

    Raises
    ------
    DataError
        If the file is damaged or has no such rows.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype={"gene_id": str, "symbol": str}, keep_default_na=False)
        rows = table[(table["ranking"] == ranking) & (True if seed is None else table["seed"] == seed)]
        chosen = {"ranking": ranking, "seed": seed}
        for column in ("normalization", "method", "measurements", "seed"):
            if len(rows):
                chosen[column] = rows[column].iloc[0]
                rows = rows[rows[column] == chosen[column]]
        rows = rows.sort_values(["dimension", "rank"], kind="stable")
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: not a readable table of key genes ({error})") from error
    if rows.empty:
        raise DataError(f"{path}: no key genes of ranking {ranking!r} and seed {seed or 'any'}, expected some")
    rows.attrs.update(chosen)
    return rows


def key_lists(key_genes, ids, dimensions):
    """Return the key genes of dimensions 1 to `dimensions` as lists of ids of an id space (``symbol``, ``orf``)."""
    column = "symbol" if ids == "symbol" else "gene_id"
    groups = {number: list(rows[column]) for number, rows in key_genes.groupby("dimension")}
    return [groups.get(number, []) for number in range(1, dimensions + 1)]


def key_positions(key_genes, dimensions):
    """Return the positions of the key genes of dimensions 1 to `dimensions`, those that have any."""
    groups = {number: rows["position"].to_numpy() for number, rows in key_genes.groupby("dimension")}
    return [groups[number] for number in range(1, dimensions + 1) if number in groups]


def analyse(dataset, key_genes, library, kind, dimensions, organism=""):
    """Test the key genes of every dimension of a data set against one library.

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    key_genes : pandas.DataFrame
        From `read_key_genes`.
    library : deepae.config.genesets.Library or None
        None where the catalogue has no library of this kind for the organism.
    kind : str
    dimensions : int
        How many tables are wanted; a dimension without key genes has an empty one.
    organism : str
        Used in the reason for empty tables.

    Returns
    -------
    tables : list of pandas.DataFrame
        `COLUMNS`; one for each dimension, the terms that pass the cut-off.
    tested : pandas.DataFrame
        All tested terms, with `dimension` and `p_adjusted_all`.
    summary : pandas.DataFrame
        `SUMMARY`.
    """
    if library is None:
        tested = pd.DataFrame(columns=["dimension", *COLUMNS, "p_adjusted_all"])
        return [tested[COLUMNS]] * dimensions, tested, no_library(dataset.name, kind, organism, dimensions)
    measured = measured_ids(dataset, library.ids)
    tested, asked = enrich(library, key_lists(key_genes, library.ids, dimensions), measured)
    kept = keep(tested, kind)
    tables = [kept.loc[kept["dimension"] == number, COLUMNS] for number in range(1, dimensions + 1)]
    return tables, tested, summary(dataset.name, library, kind, tested, asked, measured)


def _hits(library, sets):
    """Return how many genes of each set each term has: int array, shape (sets, terms)."""
    if not sets:
        return np.zeros((0, len(library.terms)), dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(genes) for genes in sets])])
    columns = np.concatenate(sets)
    ones = np.ones(len(columns), dtype=np.int32)
    indicator = scipy.sparse.csr_matrix((ones, columns, starts), shape=(len(sets), len(library.genes)))
    return (indicator @ library.matrix.T).toarray().astype(np.int64)


def _inside(library, measured, background):
    """Return 1 for each gene of the library that belongs to the background, else 0."""
    if background == "annotated":
        return np.ones(len(library.genes), dtype=np.int64)
    present = set(measured)
    return np.fromiter((gene in present for gene in library.genes), dtype=np.int64, count=len(library.genes))


def _testable(hits, sizes):
    return np.flatnonzero((hits >= 1) & (sizes >= MIN_SIZE) & (sizes <= MAX_SIZE))


def _names(library, terms, genes):
    """Return the query genes of each term, in the query's order, joined by slashes."""
    rank = np.full(len(library.genes), -1, dtype=np.int64)
    rank[genes] = np.arange(len(genes))
    by_rank = [library.genes[gene] for gene in genes]
    names = []
    for term in terms:
        members = rank[library.matrix.indices[library.matrix.indptr[term] : library.matrix.indptr[term + 1]]]
        names.append("/".join(by_rank[place] for place in np.sort(members[members >= 0])))
    return names
