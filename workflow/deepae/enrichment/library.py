"""Libraries of gene sets: GMT files as a sparse matrix of terms and genes."""

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse

from deepae.errors import DataError
from deepae.io.files import sha256

MAX_BYTES = 300_000_000
_WIKIPATHWAYS = re.compile(r"(?P<name>.+?)(?:%WikiPathways_\w+)?%(?P<id>WP\d+)%(?P<organism>[A-Z][^%]*)")


_WEIGHT = re.compile(r",\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)  # Enrichr: GENE,1.0


@dataclass
class Library:
    """Gene sets in one id space.

    Attributes
    ----------
    name, kind, organism, ids : str
        As in the catalogue; `ids` is ``symbol`` or ``orf``.
    terms, titles, links : list of str
        Id, name and address of each term; an address may be empty.
    genes : list of str
        All annotated genes, sorted.
    matrix : scipy.sparse.csr_matrix, int32, shape (n_terms, n_genes)
        1 where the gene belongs to the term.
    version, licence : str
    """

    name: str
    kind: str
    organism: str
    ids: str
    terms: list
    titles: list
    links: list
    genes: list
    matrix: object
    version: str = ""
    licence: str = ""

    def index(self):
        """Return the position of each gene as a dictionary."""
        return {gene: position for position, gene in enumerate(self.genes)}


def read_gmt(path):
    """Read a GMT file (gzip or plain): a term, a description and its genes on each line, separated by tabs.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of (str, str, str, list of str)
        Id, name, address and genes (each once) of every term. Of ``Name%WP12%Species`` the id is ``WP12``;
        a weight (``GENE,1.0``) is taken off.

    Raises
    ------
    DataError
        Names the file and line of a line without genes or name, of a term that stands twice, of bytes that are no text.
    """
    path = Path(path)
    rows, lines = [], {}
    for number, line in enumerate(_lines(path), start=1):
        line = line.rstrip("\r\n")
        if not line.strip():
            continue
        fields = [item.strip() for item in line.split("\t")]
        genes = list(dict.fromkeys(_WEIGHT.sub("", item) for item in fields[2:] if item))
        if len(fields) < 3 or not fields[0] or not genes:
            raise DataError(
                f"{path}: line {number} has {len(fields)} tab separated fields and {len(genes)} genes, "
                f"expected a term, a description and at least one gene"
            )
        term, name, link = _describe(fields[0], fields[1])
        if term in lines:
            raise DataError(f"{path}: line {number}: term {term!r} stands on line {lines[term]} too, expected it once")
        lines[term] = number
        rows.append((term, name, link, genes))
    if not rows:
        raise DataError(f"{path}: no gene sets in it, expected a term, a description and genes on each line")
    return rows


def make_library(rows, name="", kind="go", organism="", ids="symbol", version="", licence=""):
    """Make a `Library` of the rows of `read_gmt`."""
    genes = sorted({gene for row in rows for gene in row[3]})
    position = {gene: index for index, gene in enumerate(genes)}
    columns = [position[gene] for row in rows for gene in row[3]]
    starts = np.concatenate([[0], np.cumsum([len(row[3]) for row in rows])])
    ones = np.ones(len(columns), dtype=np.int32)
    matrix = scipy.sparse.csr_matrix((ones, np.asarray(columns), starts), shape=(len(rows), len(genes)))
    terms, titles, links = (list(column) for column in list(zip(*rows, strict=True))[:3])
    return Library(name, kind, organism, ids, terms, titles, links, genes, matrix, str(version), licence)


def load_library(name, entry, path=None):
    """Read a library of the catalogue.

    Parameters
    ----------
    name : str
    entry : dict
        Its entry in the catalogue.
    path : path, optional
        Where the GMT lies, if not at ``entry["file"]``.

    Raises
    ------
    DataError
        If the file is missing, damaged, or its sha256 is not the catalogue's.
    """
    path = Path(path or entry["file"])
    expected = entry.get("sha256")
    if expected:
        found = sha256(path)
        if found != expected:
            raise DataError(f"{path}: sha256 is {found}, expected {expected} (library {name} of the catalogue)")
    rows = read_gmt(path)
    return make_library(
        rows, name, entry["kind"], entry["organism"], entry["ids"], entry["version"], entry.get("licence", "")
    )


def _describe(first, second):
    match = _WIKIPATHWAYS.fullmatch(first)
    if match:
        link = second if second.startswith("https://") else ""
        return match["id"], match["name"], link
    tail = re.fullmatch(
        r"(?P<name>.+?)[ (]+(?P<id>WP\d+|GO:\d{7})\)?", first
    )  # Enrichr: "Name WP12", "name (GO:0000012)"
    if tail:
        return tail["id"], tail["name"].strip(), ""
    if second.startswith(("http://", "https://")):
        return first, first.replace("_", " "), second
    return first, second or first.replace("_", " "), ""


def _lines(path):
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            stream = gzip.open(file) if packed else file
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a readable GMT file ({getattr(error, 'strerror', None) or error})") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path}: more than {MAX_BYTES} bytes of text, expected a gene-set file below that")
    try:
        return io.StringIO(data.decode("utf-8-sig")).readlines()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(f"{path}: line {line} is not UTF-8 text, expected a GMT file") from error
