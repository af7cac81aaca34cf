"""Do the names of a matrix make sense? Asked before anything is computed, of data whose ids nobody has described.

What is safe is mended and counted (quotes, genome prefixes, Entrez numbers written as decimals); a matrix that lies the
other way, another organism, or names that are no genes are refused in one line.
"""

import collections
import itertools
import re

import numpy as np

from deepae.data import gene_ids
from deepae.data.readers.names import is_sum
from deepae.errors import DataError

LEAST_KNOWN = 0.2  # share of the gene names that the organism's table must know; full GENCODE annotations reach half
ANOTHER = 0.5  # share from which on another organism is named
LOOKED_AT = 20_000  # names that are looked up, evenly spaced
BEYOND_CHANCE = 0.5  # of the numbers that chance leaves unknown, the share that must be known: then they are Entrez ids
_STRICT = ("symbol", "id", "case", "r-name")
_NOT_GENES = ("spike-in",)
_PREFIX = re.compile(r"((?:GRCh|GRCm|hg|mm|sacCer)\d+(?:\.p\d+)?(?:[-.][\d.]+)?(?:_?premrna|_dna)?)_+(?=\S)", re.I)
_TAKEN_OFF = {r"([\"'])(.+)\1": "quotes", r"()(\d+)\.0": "the decimals .0", r"()X(\d+)": "the letter X"}
_SERIES = r"[A-Za-z]{1,2}[._-]?\d{1,2}"  # wells and samples, C1 or F12; some are symbols of genes
_GENOMES = {"grch": "human", "hg": "human", "grcm": "mouse", "mm": "mouse", "saccer": "yeast"}
_SUMMARY = re.compile(
    "unmapped|(X?__)?(no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)|N_(unmapped|multimapping|noFeature|ambiguous)"
)
_KINDS = {
    "transcripts of Ensembl": r"ENS[A-Z]*T\d{11}(\.\d+)?",
    "RefSeq accessions": r"[NX][MR]_\d+(\.\d+)?",
    "probes of an array": r"\w+_(at|st|a_\w+)|ILMN_\d+|A_\d+_P\d+|TC\d+\.hg\.\d",
    "UniProt accessions": r"[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d[A-Z][A-Z\d]{2}\d",
    "positions of a genome": r"(chr)?[\dXYM]+[:_-]\d+[-_]\d+",
    "ids of another species of Ensembl": r"ENS[A-Z]+G\d{11}(\.\d+)?",
}


def clean(genes, organism, where):
    """Take off quotes, one genome prefix, and the decimals and X that programs put to Entrez numbers.

    Returns
    -------
    genes : list of str
    said : list of str
    """
    said = []
    for pattern, name in _TAKEN_OFF.items():
        matches = [re.fullmatch(pattern, gene) for gene in genes]
        count = sum(match is not None for match in matches)
        if count > len(genes) / 2:
            genes = [match[2] if match else gene for gene, match in zip(genes, matches, strict=True)]
            said.append(f"{name} taken off {count} of {len(genes)} gene names")
    prefixes = collections.Counter(match[1] for gene in genes if (match := _PREFIX.match(gene)))
    if sum(prefixes.values()) < 0.8 * len(genes):
        return genes, said
    if len(prefixes) > 1:
        found = ", ".join(f"{count} of {prefix}" for prefix, count in prefixes.most_common())
        raise DataError(
            f"{where}: genes of several genomes ({found}), expected one; split the cells by species first, and leave "
            "the other genes out (drop_genes in a catalogue entry)"
        )
    (prefix, count), *_ = prefixes.items()
    of = next(name for start, name in _GENOMES.items() if prefix.lower().startswith(start))
    if organism not in (None, of):
        raise DataError(
            f"{where}: the gene names start with {prefix}_, a genome of {of}, but the organism is {organism}"
        )
    said.append(f"genome prefix {prefix}_ taken off {count} of {len(genes)} gene names")
    return [_PREFIX.sub("", gene, count=1) if _PREFIX.match(gene) else gene for gene in genes], said


def summary_rows(genes):
    """Return the positions of what programs write among the genes and is none: __no_feature, a Total at either end."""
    first = list(itertools.takewhile(lambda position: is_sum(genes[position]), range(len(genes))))
    last = list(itertools.takewhile(lambda position: is_sum(genes[position]), reversed(range(len(first), len(genes)))))
    found = [position for position, gene in enumerate(genes) if _SUMMARY.fullmatch(gene)]
    return sorted(first + found + last)


def check(table, report, columns, organism, where, layout, root="."):
    """Refuse what cannot be right; return lines for the user.

    Parameters
    ----------
    table : Table
        Its genes cleaned.
    report, columns : as `gene_ids.map_genes` returns them
    organism : str or None
        Without it the names are compared with all organisms that have a table.
    where : Source
    layout : str
        Of the reader: the advice depends on it.

    Raises
    ------
    DataError
        The matrix lies the other way; fewer than `LEAST_KNOWN` of the gene names are known; another organism fits.
    """
    organisms = [organism] if report["table"] else gene_ids.ORGANISMS if organism is None else []
    if not organisms:
        return []
    shares = {name: known_share(table.genes, name, root) for name in organisms}
    best = max(shares, key=lambda name: (shares[name], _exact(table.genes, name, root)))
    of_cells = {name: known_share(table.cells, name, root) for name in organisms}
    other = max(of_cells, key=of_cells.get)
    series = _share(table.cells, _SERIES) > 0.5
    if not series and of_cells[other] > LEAST_KNOWN and shares[best] < of_cells[other] / 2:
        way = {"h5ad": "write it again with the cells in rows (adata.T)", "cells-by-genes": _layout("genes-by-cells")}
        raise DataError(
            f"{where}: {of_cells[other]:.0%} of the {len(table.cells)} cell names and {shares[best]:.0%} of the "
            f"{len(table.genes)} gene names are genes of {other}: the matrix lies the other way (transposed); "
            f"{way.get(layout, _layout('cells-by-genes'))}"
        )
    if organism is None:
        if shares[best] >= ANOTHER:
            return [
                f"{shares[best]:.0%} of the gene names are genes of {best}: if the cells are, organism={best} adds "
                "symbols and GO terms"
            ]
        return []
    unknown = _unknown(table, report, organism, root)
    if unknown and layout == "series-matrix" and _kind(table.genes) == "probes of an array":
        return [f"{unknown}; probes have no symbols here, and no gene sets are tested"]
    if unknown:
        raise DataError(f"{where}: {unknown}")
    _check_capitals(table, columns, report, organism, where, root)
    return []


def _layout(name):
    return f"say reader='{{layout: {name}}}'"


def known_share(names, organism, root="."):
    """Return the share of names that are symbols or ids of an organism's genes, synonyms not counted.

    Numbers that are no better than chance are none of its genes.
    """
    if gene_ids.are_positions(names):
        return 0.0
    if len(names) > LOOKED_AT:
        names = [names[i] for i in np.linspace(0, len(names) - 1, LOOKED_AT).astype(int)]
    _, report = gene_ids.map_genes(names, "auto", organism, root)
    if report["kind"] == "entrez" and not are_entrez(names, organism, root):
        return 0.0
    counts = report["counts"]
    total = len(names) - sum(counts.get(how, 0) for how in _NOT_GENES)
    return sum(counts.get(how, 0) for how in _STRICT) / total if total else 0.0


def are_entrez(names, organism, root="."):
    """Tell whether numbers are known as Entrez ids far more often than any numbers of their size would be.

    Of the numbers below 10 000 seven in ten are a human gene, so that counts, rows and cells called by numbers look
    like genes. An old list of ids has lost some to newer ones, and a recent one has genes that the table lacks, but
    half of what chance leaves unknown is known. Twice the median stands for the largest number, whatever the last are.
    """
    numbers = [int(number) for name in names if (number := gene_ids.entrez_number(name))]
    if not numbers:
        return False
    ids = gene_ids.load_table(organism, str(root)).numbers
    known = float(np.mean(np.isin(numbers, ids)))
    limit = 2 * float(np.median(numbers))
    chance = min(1.0, np.searchsorted(ids, limit, side="right") / max(1.0, limit))
    luck = 2 * (chance * (1 - chance) / len(numbers)) ** 0.5
    return known >= chance + max(BEYOND_CHANCE * (1 - chance), luck)


def _unknown(table, report, organism, root):
    """Return what to say if too few gene names are known to the organism, or an empty text."""
    counts = report["counts"]
    total = len(table.genes) - sum(counts.get(how, 0) for how in _NOT_GENES)
    known = total - counts.get("unmapped", 0) - counts.get("damaged", 0)
    if total and known >= LEAST_KNOWN * total and not gene_ids.are_positions(table.genes):
        if report["kind"] != "entrez" or are_entrez(table.genes, organism, root):
            return ""
        return (
            f"the gene names are numbers such as {', '.join(table.genes[:3])}; {known} of {total} are Entrez ids of "
            f"{organism}, as of any numbers of this size: numbers of rows, or values?{_hint(table, organism, root)}"
        )
    return (
        f"{known} of {total} gene names are known to {organism}, expected at least {LEAST_KNOWN:.0%}; they look like "
        f"{', '.join(table.genes[:3])}{_hint(table, organism, root)}"
    )


def _kind(genes):
    return next((name for name, form in _KINDS.items() if _share(genes, form) > 0.5), "")


def _hint(table, organism, root):
    if gene_ids.are_positions(table.genes):
        hint = ": numbers of rows, not ids"
    else:
        hint = f": {kind}" if (kind := _kind(table.genes)) else ""
    for name, values in table.var.items():
        if known_share(values, organism, root) >= ANOTHER:
            return f"{hint}; the column {name!r} has ids that are known: reader='{{gene_column: {name}}}' (h5ad)"
    others = [name for name in gene_ids.ORGANISMS if name != organism]
    fitting = [name for name in others if known_share(table.genes, name, root) >= ANOTHER]
    if fitting:
        name = max(fitting, key=lambda name: _exact(table.genes, name, root))
        return f"; they are genes of {name}: organism={name}?"
    return f"{hint}; without organism= they are taken as they are"


def _check_capitals(table, columns, report, organism, where, root):
    """Symbols of man and mouse differ in little but capitals: an organism that fits as written is the likelier one."""
    if report["kind"] != "symbol":
        return
    total = len(table.genes)
    exact = int(np.sum(columns["mapping"] == "symbol"))
    for name in gene_ids.ORGANISMS:
        if name == organism:
            continue
        other = _exact(table.genes, name, root)
        if other >= ANOTHER * total and other > 2 * exact:
            raise DataError(
                f"{where}: as written, {other} of {total} gene names are symbols of {name} and {exact} of {organism}: "
                f"organism={name}? (If they are of {organism} in capitals: gene_id_type=symbol)"
            )


def _exact(genes, organism, root):
    """Count the names that are symbols of an organism as written: those of man and mouse differ in capitals."""
    known = gene_ids.load_table(organism, str(root)).symbols
    return sum(gene in known for gene in genes)


def _share(names, form):
    return sum(bool(re.fullmatch(form, name)) for name in names) / max(1, len(names))


def describe(report):
    """Return lines about names that were counted and stay as they are: damaged and repeated ones."""
    said = []
    for key, text in (
        ("damaged", "gene names are dates or numbers made by a spreadsheet program, and have no symbol"),
        ("duplicates", "gene names occur more than once; their rows stay apart"),
    ):
        if report[key]["count"]:
            said.append(f"{report[key]['count']} {text} ({', '.join(report[key]['first'][:3])})")
    return said
