"""Over-representation of key genes in gene sets, by the rules of clusterProfiler (enrichGO, enricher).

For each query: genes without any term are dropped; terms with at least one query gene and 10 to 500 genes within the
background are tested with the hypergeometric distribution; P is adjusted (Benjamini-Hochberg) over the tested terms.
Two backgrounds: `annotated`, all genes of the library, as the paper's program has it, and `measured`, those of them
that the data set measures; only the second is sound, because a gene that is not measured cannot become a key gene.
The tests are gseapy's; what is done here is to hand it the terms and genes that these rules admit. Whether chance alone
reaches as many terms is asked in `deepae.enrichment.null`.
"""

import gzip

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from deepae.enrichment.queries import inside, key_lists, measured_ids, query
from deepae.io.files import atomic
from deepae.io.tables import read_tsv

BACKGROUNDS = ("annotated", "measured")
MIN_SIZE, MAX_SIZE = 10, 500
MIN_QUERY = 10
"""Fewer annotated query genes than this are not tested."""

COLUMNS = """
term_id term genes_in_query genes_in_term query_size background_size background p p_adjusted genes
""".split()
"""Columns of dimension-<k>.go.tsv and dimension-<k>.wikipathways.tsv."""

CUTOFFS = {"go": ("p_adjusted", 0.01), "wikipathways": ("p", 0.05)}
"""What a table keeps: GO terms at p_adjusted <= 0.01, pathways at P < 0.05."""

SUMMARY = """
dataset kind library version dimension background key_genes without_id unannotated query_size
background_size measured_genes measured_unannotated terms_tested terms lowest_term_id lowest_term lowest_p
lowest_p_adjusted lowest_p_adjusted_all reason
""".split()


def enrich(library, lists, measured):
    """Test gene lists against a library.

    Parameters
    ----------
    library : deepae.enrichment.library.Library
    lists : list of sequence of str
        Gene ids of each query, in the library's id space; ids that it does not hold are dropped.
    measured : sequence of str
        Ids of all measured genes.

    Returns
    -------
    tested : pandas.DataFrame
        One row for each query (`dimension`, from 1), background and tested term, the lowest P first: `COLUMNS` and
        `p_adjusted_all`, adjusted over all queries together.
    query : Query
    """
    asked = query(library, lists)
    parts = []
    for background in BACKGROUNDS:
        within = inside(library, measured, background).astype(bool)
        terms = admitted(library, within)
        universe = {library.genes[gene] for gene in np.flatnonzero(within)}
        for number, genes in enumerate(asked.sets, start=1):
            # A query gene that is not measured is not in the measured background either.
            kept = [library.genes[gene] for gene in genes[within[genes]]]
            found = hypergeometric(kept, terms, universe) if len(kept) >= MIN_QUERY else None
            if found is not None:
                found = found.assign(
                    dimension=number, query_size=len(kept), background_size=len(universe), background=background
                )
                parts.append(found)
    tested = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["dimension", *COLUMNS])
    tested["term"] = tested["term_id"].map(dict(zip(library.terms, library.titles, strict=True)))
    tested["p_adjusted_all"] = tested.groupby("background")["p"].transform(adjust) if len(tested) else np.nan
    return tested[["dimension", *COLUMNS, "p_adjusted_all"]], asked


def admitted(library, within):
    """Return the genes within the background of each term that has `MIN_SIZE` to `MAX_SIZE` of them: dict by term id.

    Parameters
    ----------
    library : deepae.enrichment.library.Library
    within : array of bool, shape (n_genes,)
    """
    terms, matrix = {}, library.matrix
    for number, term in enumerate(library.terms):
        genes = matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]
        genes = genes[within[genes]]
        if MIN_SIZE <= len(genes) <= MAX_SIZE:
            terms[term] = [library.genes[gene] for gene in genes]
    return terms


def hypergeometric(genes, terms, universe):
    """Test one list of genes with gseapy: a row for each term with at least one of them, the lowest P first.

    Parameters
    ----------
    genes : list of str
        All of them in `universe`.
    terms : dict of str to list of str
    universe : set of str

    Returns
    -------
    pandas.DataFrame or None
        `term_id`, `genes_in_query`, `genes_in_term`, `p`, `p_adjusted` and `genes`, in the order of the list and joined
        by slashes; None if no term has any of them.
    """
    import gseapy  # here, because it imports much that reading a table does not need

    # gseapy guesses from the spelling whether ids are numbers or want upper case; a prefix leaves nothing to guess.
    table = gseapy.enrich(
        gene_list=[f"g:{gene}" for gene in genes],
        gene_sets={term: [f"g:{gene}" for gene in members] for term, members in terms.items()},
        background=[f"g:{gene}" for gene in universe],
        outdir=None,
        no_plot=True,
    ).results
    if not isinstance(table, pd.DataFrame) or table.empty:
        return None
    rank = {gene: place for place, gene in enumerate(genes)}
    overlap = table["Overlap"].str.split("/", expand=True).astype(np.int64)
    found = pd.DataFrame(
        {
            "term_id": table["Term"],
            "genes_in_query": overlap[0],
            "genes_in_term": overlap[1],
            "p": table["P-value"],
            "p_adjusted": table["Adjusted P-value"],
            "genes": ["/".join(sorted(names[2:].split(";g:"), key=rank.__getitem__)) for names in table["Genes"]],
        }
    )
    place = {term: number for number, term in enumerate(terms)}
    order = np.lexsort((found["term_id"].map(place), -found["genes_in_query"], found["p"]))
    return found.iloc[order]


def keep(tested, kind):
    """Return the rows that pass the cut-off of their kind (`CUTOFFS`)."""
    column, cutoff = CUTOFFS[kind]
    return tested[tested[column] <= cutoff] if kind == "go" else tested[tested[column] < cutoff]


def adjust(p):
    """Return P adjusted after Benjamini and Hochberg; an empty array stays empty."""
    return false_discovery_control(np.clip(p, 0, 1), method="bh") if len(p) else np.empty(0)


def summary(dataset, library, kind, tested, asked, measured):
    """Return what a library's tests came to: one row for each dimension and background (`SUMMARY`).

    Parameters
    ----------
    dataset : str
    library : deepae.enrichment.library.Library
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
        total = int(inside(library, measured, background).sum())
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


def write_tested(path, tested):
    """Write all tests as gzipped TSV, without the genes (the tables that are kept have them); same rows, same bytes."""
    text = tested.drop(columns="genes").to_csv(sep="\t", index=False, na_rep="NaN", lineterminator="\n")
    with atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def read_tested(path):
    """Read what `write_tested` wrote, or the table of a dimension."""
    text = dict.fromkeys(("term_id", "term", "genes"), str)
    return read_tsv(path, empty_is_nan=False, dtype=text, float_precision="round_trip")


def analyse(dataset, key_genes, library, kind, dimensions, organism=""):
    """Test the key genes of every dimension of a data set against one library.

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    key_genes : pandas.DataFrame
        From `read_key_genes`.
    library : deepae.enrichment.library.Library or None
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
