"""Symbols and Entrez numbers of genes, from NCBI's tables. What is unknown or ambiguous is counted, never guessed."""

import collections
import csv
import functools
import gzip
import io
import re
import zlib
from pathlib import Path

import numpy as np

from deepae.config import vocabulary
from deepae.errors import DataError

TABLES = "resources/gene_ids"
ORGANISMS = tuple(name for name, organism in vocabulary.ORGANISMS.items() if organism.gene_table)
KINDS = ("auto", "symbol", "symbol__chr", "ensembl", "entrez", "orf", "probe", "channel", "none")
LISTED = 20  # ids of each problem that the report names
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
_DAMAGED = re.compile(
    rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{1,2}}|\d{{1,2}}-(?:{_MONTHS})-\d{{2,4}}|\d{{4}}-\d\d-\d\d.*|\d(?:\.\d+)?E\+\d+"
    r"|#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!|NUM!)",
    re.IGNORECASE,
)
# alone, or beside a symbol as in Sox17_ENSMUSG00000025902.9
_ENSEMBL = re.compile(r"(?:.*[|_:; ])?(ENS[A-Z]*G\d{11})(?:\.\d+)?(?:[|_:; ].*)?$", re.IGNORECASE)
_SYMBOL_ENTREZ = re.compile(r"(?:[^|]*\||\S+ \()(\d+)\)?$")  # as TCGA and DepMap write genes: TP53|7157, TP53 (7157)
_ENTREZ = re.compile(r"\d{1,9}$")
_ORF = re.compile(r"Y[A-P][LR]\d{3}[WC](-[A-Z])?$")
_SPIKE_IN = re.compile(r"ERCC-\d{5}$")


def map_genes(genes, kind, organism, root="."):
    """Map gene ids to official symbols and Entrez numbers.

    Parameters
    ----------
    genes : list of str
        Ids as in the file.
    kind : str
        What they are, one of `KINDS`; ``auto`` is settled by `recognise`.
    organism : str or None
        One of `ORGANISMS`; without a table nothing is mapped.
    root : path
        Of the project, where `resources/gene_ids` lies.

    Returns
    -------
    columns : dict of str to array of str, shape (n_genes,)
        `symbol`, `entrez` (empty where unknown) and `mapping`: how each was found (``symbol``, ``id``, ``case``,
        ``r-name``, ``synonym``) or why not (``ambiguous``, ``damaged``, ``spike-in``, ``unmapped``, ``none``).
    report : dict
        Counts of `mapping`, the first ids of each problem, duplicate ids, symbols shared by several rows.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of gene id {kind!r}")
    if kind == "auto":
        kind = recognise(genes)
    mapped = [("", "", "none")] * len(genes)
    if kind not in ("probe", "channel", "none") and organism in ORGANISMS:
        table = load_table(organism, str(root))
        cache = {}
        for position, gene in enumerate(genes):
            if gene not in cache:
                cache[gene] = table.find(gene, kind)
            mapped[position] = cache[gene]
    columns = {
        name: np.array([row[index] for row in mapped], dtype=object)
        for index, name in enumerate(("symbol", "entrez", "mapping"))
    }
    return columns, _report(genes, kind, organism, columns)


def recognise(genes):
    """Return what most of the ids look like: ``ensembl``, ``orf`` (yeast), ``entrez``, else ``symbol``.

    The numbers of rows are no Entrez ids.
    """
    for kind, pattern in (("ensembl", _ENSEMBL), ("orf", _ORF), ("entrez", _ENTREZ), ("entrez", _SYMBOL_ENTREZ)):
        if sum(bool(pattern.match(gene)) for gene in genes) > len(genes) / 2:
            return "symbol" if kind == "entrez" and are_positions(genes) else kind
    return "symbol"


def entrez_number(gene):
    """Return the digits of an Entrez id, alone or as in TP53|7157 and TP53 (7157); empty if there are none."""
    match = _SYMBOL_ENTREZ.match(gene)
    return match[1] if match else gene if _ENTREZ.match(gene) else ""


def are_positions(genes):
    """Tell whether names only count the genes, from 0 or 1 (``0``, ``1``, … or ``gene1``, ``gene2``, …)."""
    match = re.fullmatch(r"(.*?)(0|1)", genes[0]) if len(genes) > 2 else None
    if match is None:
        return False
    return all(gene == f"{match[1]}{number}" for number, gene in enumerate(genes, start=int(match[2])))


def _report(genes, kind, organism, columns):
    mapping = columns["mapping"]
    counts = collections.Counter(mapping.tolist())
    repeated = [gene for gene, count in collections.Counter(genes).items() if count > 1]
    shared = collections.Counter(symbol for symbol in columns["symbol"] if symbol)
    report = {
        "kind": kind,
        "organism": organism,
        "table": organism in ORGANISMS,
        "counts": dict(sorted(counts.items())),
        "duplicates": {"count": len(repeated), "first": repeated[:LISTED]},
        "symbols_of_several_rows": sum(count > 1 for count in shared.values()),
    }
    damaged = [gene for gene in genes if _DAMAGED.fullmatch(gene)] if kind in ("symbol", "symbol__chr") else []
    report["damaged"] = {"count": len(damaged), "first": damaged[:LISTED]}
    for problem in ("ambiguous", "unmapped"):
        listed = [gene for gene, how in zip(genes, mapping, strict=True) if how == problem]
        report[problem] = {"count": len(listed), "first": listed[:LISTED]}
    summary = [gene for gene in genes if gene.startswith("__")]  # the summary rows of htseq-count
    report["summary_rows"] = {"count": len(summary), "first": summary[:LISTED]}
    return report


@functools.lru_cache(maxsize=4)
def load_table(organism, root="."):
    """Return the `GeneTable` of an organism; kept, because reading it takes a second."""
    path = Path(root) / TABLES / f"{organism}.tsv.gz"
    return GeneTable(path)


class GeneTable:
    """The genes of one organism by symbol, synonym and id.

    The file: tab separated, gzip, columns entrez, symbol, synonyms (``|`` between them), type, and ensembl (mouse,
    human; ``|`` between several) or locus_tag (yeast).
    """

    def __init__(self, path):
        self.symbol_of = {}
        self.symbols, self.folded, self.r_names, self.ids = (collections.defaultdict(set) for _ in range(4))
        self.synonyms, self.folded_synonyms, self.r_synonyms = (collections.defaultdict(set) for _ in range(3))
        try:
            text = gzip.decompress(Path(path).read_bytes()).decode("utf-8")
            for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
                self._add(row)
        except (OSError, EOFError, zlib.error, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: no readable table of genes ({error}); expected the bundled one") from error
        if not self.symbol_of:
            raise DataError(f"{path}: no readable table of genes (no genes in it); expected the bundled one")

    @functools.cached_property
    def numbers(self):
        """The Entrez ids as numbers, rising: array of int."""
        return np.array(sorted(map(int, self.symbol_of)))

    def _add(self, row):
        entrez, symbol = row["entrez"], row["symbol"]
        if symbol == "NEWENTRY":  # NCBI's placeholder
            return
        self.symbol_of[entrez] = symbol
        self.symbols[symbol].add(entrez)
        self.folded[symbol.upper()].add(entrez)
        self._add_r_name(self.r_names, symbol, entrez)
        for synonym in filter(None, row["synonyms"].split("|")):
            self.synonyms[synonym].add(entrez)
            self.folded_synonyms[synonym.upper()].add(entrez)
            self._add_r_name(self.r_synonyms, synonym, entrez)
        for identifier in filter(None, (row.get("ensembl") or row.get("locus_tag") or "").split("|")):
            self.ids[identifier.upper()].add(entrez)

    @staticmethod
    def _add_r_name(index, name, entrez):
        changed = _r_name(name)
        if changed != name:
            index[changed].add(entrez)

    def find(self, gene, kind):
        """Return (symbol, Entrez number, how) for an id; the first two are empty where it has none, or several."""
        if _SPIKE_IN.match(gene):
            return "", "", "spike-in"
        if kind == "symbol__chr":
            gene = gene.rpartition("__")[0] or gene
        if kind == "ensembl":
            gene = match[1] if (match := _ENSEMBL.match(gene)) else re.sub(r"\.\d+$", "", gene)
        if kind == "entrez":
            gene = entrez_number(gene) or gene
            return (self.symbol_of[gene], gene, "id") if gene in self.symbol_of else ("", "", "unmapped")
        if kind in ("ensembl", "orf"):
            return self._unique([("id", self.ids.get(gene.upper()))])
        if gene not in self.symbols and _DAMAGED.fullmatch(gene):
            return "", "", "damaged"
        return self._unique(
            [
                ("symbol", self.symbols.get(gene)),
                ("case", self.folded.get(gene.upper())),
                ("r-name", self.r_names.get(gene)),
                ("synonym", self.synonyms.get(gene)),
                ("synonym", self.folded_synonyms.get(gene.upper())),
                ("r-name", self.r_synonyms.get(gene)),
            ]
        )

    def _unique(self, candidates):
        """Take the first way that finds anything; several genes there are ambiguous, whatever a weaker way says."""
        for how, found in candidates:
            if found and len(found) == 1:
                entrez = next(iter(found))
                return self.symbol_of[entrez], entrez, how
            if found:
                return "", "", "ambiguous"
        return "", "", "unmapped"


def _r_name(symbol):
    """Return a name as R's make.names writes it: H2.Aa for H2-Aa, X0610007P14Rik for 0610007P14Rik."""
    if symbol.isascii() and symbol.isalnum() and symbol[0].isalpha():
        return symbol
    name = re.sub(r"[^A-Za-z0-9._]", ".", symbol)
    return f"X{name}" if re.match(r"[^A-Za-z.]|\.\d", name) else name
