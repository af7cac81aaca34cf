"""Which genes the nodes of a pathway stand for, in the id space of a data set."""

import csv
import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path

from deepae.errors import DataError


@dataclass
class GeneTable:
    """How names of genes lead to ids of a data set's id space.

    Attributes
    ----------
    by_entrez, by_ensembl, by_name, by_synonym : dict
        To a tuple of ids; names and synonyms in upper case; a synonym of several genes is left out.
    """

    by_entrez: dict = field(default_factory=dict)
    by_ensembl: dict = field(default_factory=dict)
    by_name: dict = field(default_factory=dict)
    by_synonym: dict = field(default_factory=dict)


def read_gene_table(path, ids="symbol"):
    """Read a table of ``resources/gene_ids`` (NCBI gene_info reduced to identifiers).

    Parameters
    ----------
    path : path
        Columns entrez, symbol, synonyms, and ensembl or locus_tag.
    ids : str
        ``symbol`` or ``orf`` (the locus tag): what the keys lead to.

    Raises
    ------
    DataError
        If the file is damaged or has no such columns.
    """
    table = GeneTable()
    synonyms = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                gene = row["symbol"] if ids == "symbol" else row["locus_tag"]
                if gene in ("", "-", "NEWENTRY"):
                    continue
                table.by_entrez[row["entrez"]] = (gene,)
                for ensembl in filter(None, (row.get("ensembl") or "").split("|")):
                    table.by_ensembl.setdefault(ensembl, (gene,))
                for name in filter(None, (row["symbol"], row.get("locus_tag"))):
                    named = table.by_name.get(name.upper(), ())
                    table.by_name[name.upper()] = named if gene in named else (*named, gene)
                for synonym in filter(None, row["synonyms"].split("|")):
                    synonyms.setdefault(synonym.upper(), set()).add(gene)
    except (OSError, EOFError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable table of gene ids ({error!r})") from error
    table.by_synonym = {name: tuple(genes) for name, genes in synonyms.items() if len(genes) == 1}
    return table


def read_node_genes(path):
    """Read a companion table ``<id>-genes.tsv`` of a pathway: columns identifier, label, genes (joined by ``|``).

    For nodes whose references the gene tables do not hold, e.g. SGD ids.

    Returns
    -------
    dict of str to tuple of str
        Genes by identifier.
    """
    try:
        with open(path, encoding="utf-8") as file:
            rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
            return {row["identifier"]: tuple(row["genes"].split("|")) for row in rows if row["genes"]}
    except (OSError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a table with columns identifier, label, genes ({error!r})") from error


def match(pathway, table, node_genes=None):
    """Return the genes that each gene node stands for, in the id space of the gene table.

    A node's reference decides (the companion table, Entrez, Ensembl); its label is asked only if that is unknown.

    Parameters
    ----------
    pathway : Pathway
    table : GeneTable
    node_genes : dict, optional
        From `read_node_genes`.

    Returns
    -------
    list of tuple of str
        One for each of `pathway.nodes`; empty for nodes that are no genes and genes that nothing is known of.
    """
    node_genes = node_genes or {}
    return [_genes_of(node, table, node_genes) if node.is_gene else () for node in pathway.nodes]


def link(node):
    """Return the address of a node's gene, or an empty string."""
    identifier = node.identifier.split(".")[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", identifier):
        return ""
    database = node.database.lower()
    if database.startswith(("entrez", "ncbi gene")):
        return f"https://www.ncbi.nlm.nih.gov/gene/{identifier}"
    if database.startswith("ensembl"):
        return f"https://www.ensembl.org/id/{identifier}"
    if database.startswith("sgd"):
        return f"https://www.yeastgenome.org/locus/{identifier}"
    if database.startswith("uniprot"):
        return f"https://www.uniprot.org/uniprotkb/{identifier}"
    return ""


def companion(path):
    """Return the table of node genes beside a GPML file, or an empty dictionary where there is none."""
    beside = Path(path).with_name(f"{Path(path).stem}-genes.tsv")
    return read_node_genes(beside) if beside.exists() else {}


def _genes_of(node, table, node_genes):
    identifier = node.identifier
    if identifier in node_genes:
        return node_genes[identifier]
    database = node.database.lower()
    if database.startswith(("entrez", "ncbi gene")) and identifier in table.by_entrez:
        return table.by_entrez[identifier]
    if database.startswith("ensembl") and identifier.split(".")[0] in table.by_ensembl:
        return table.by_ensembl[identifier.split(".")[0]]
    label = " ".join(node.text.split()).upper()
    for names, key in ((table.by_name, identifier.upper()), (table.by_name, label), (table.by_synonym, label)):
        if key and key in names:
            return names[key]
    return ()
