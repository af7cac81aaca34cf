"""What stands above and beside the values of a text table: comments, separator, header, columns that are no values."""

import csv
import itertools
import re
from dataclasses import dataclass, field

from deepae.errors import DataError

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " "}
PEEK = 40  # lines that are looked at before anything is decided
FEATURE_COUNTS = ["Geneid", "Chr", "Start", "End", "Strand", "Length"]
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")

# Names of columns that say something of a gene, or of a cell, and are no measured values; letters and digits only.
_OF_GENES = """
    accession annotation average avg basemean biotype chr chrom chromosome chromosomename class desc description end
    entrez entrezgene entrezgeneid entrezid efflength effectivelength ensembl ensemblgeneid ensemblid exonlength
    featuretype featuretypes fdr gc gccontent gene genebiotype geneid genelength genename genesymbol genetype go goterm
    hgncid hgncsymbol length locus locustag log2foldchange logfc mean median mgiid mgisymbol name ncbigeneid ncells
    numcells padj pos position probe probeid probesetid pvalue refseq refseqid rowsum rowsums sd seqnames start stop
    strand sum symbol total totals transcript transcriptid transcriptlength txlength type unigene unigeneid uniprot
    variance width
""".split()
_OF_CELLS = """
    barcode batch cellid celltype celltypes cluster clusters condition donor doubletscore group label louvain leiden
    ncounts ncountrna nfeaturerna ngenes ngenesbycounts numi numis origident patient pctcountsmt percentmito percentmt
    phase sample sampleid sampletype seuratclusters sex size sizefactor total totalcounts totalumi totals tissue
    treatment tsne1 tsne2 umap1 umap2 well
""".split()
_ENDINGS = ("entrez", "entrezid", "ensembl", "symbol", "biotype", "chromosome", "description", "strand", "genelength")
_TITLES = """
    barcode barcodes cell cellid cells cellname ensembl ensemblid feature features gene geneid genes genename genenames
    genesymbol id index name names probe probeid sample samples symbol symbols unnamed0 well x
""".split()


@dataclass
class Heading:
    """What was decided about a table.

    mark         the separator, one character
    fields       names in the header line, or None without one
    annotations  leading columns that are no values
    given        whether the caller, and not this module, said so
    said         lines for the user
    """

    mark: str
    fields: list | None
    annotations: int
    given: bool
    said: list = field(default_factory=list)


def read_heading(rows, source, separator, header, annotations):
    """Read the lines above the values.

    Parameters
    ----------
    rows : iterator of (int, str)
        Numbered lines.
    source : Source
    separator, header, annotations
        As for `delimited.read_grid`; `annotations` may be None: one, or those of a known program.

    Returns
    -------
    heading : Heading
    rows : iterator of (int, str)
        The lines that hold values.
    """
    head = list(itertools.islice(rows, PEEK))
    rows = itertools.chain(head, rows)
    said = []
    if not head:
        raise DataError(f"{source}: the first line is empty, expected a table")
    _check_other_layouts(head[0][1], source)
    given = annotations is not None
    if head[0][1].startswith("#1.2") and len(head) > 2:  # GCT: version, dimensions, then the table
        head, annotations = head[2:], annotations or 2
        rows = itertools.islice(rows, 2, None)
        said.append("GCT file: its first two columns name the genes")
    elif match := re.fullmatch(r'"?sep=(.)"?', head[0][1], re.IGNORECASE):
        separator = separator if separator != "auto" else match[1]
        head = head[1:]
        next(rows)
    skipped = _comments(head, separator)
    if skipped:
        said.append(f"{skipped} comment line{'s' * (skipped > 1)} (#) above the table passed over")
        head = head[skipped:]
        rows = itertools.islice(rows, skipped, None)
    if not head or not head[0][1].strip():
        raise DataError(f"{source}: the first line is empty, expected a table")
    mark = SEPARATORS.get(separator, separator) if separator != "auto" else _separator([t for _, t in head], source)
    if header == "none":
        return Heading(mark, None, annotations or 1, given, said), rows
    number, line = next(rows)
    fields = split(line.removeprefix("#") if _is_header(head) else line, mark, source, number)
    if annotations is None and [name.strip() for name in fields[:6]] == FEATURE_COUNTS:
        annotations = 6
        said.append("featureCounts table: Chr, Start, End, Strand and Length are kept as annotations of the genes")
    return Heading(mark, fields, annotations or 1, given, said), rows


def split(line, mark, where, number):
    """Split a line into its fields; quotes as in CSV, without line ends inside."""
    if '"' not in line:
        return line.split(mark)
    try:
        return next(csv.reader([line], delimiter=mark, strict=True))
    except (csv.Error, StopIteration) as error:
        raise DataError(f"{where}: line {number}: bad quoting ({error}), expected CSV") from None


def _check_other_layouts(line, source):
    kinds = {
        "!": "a GEO series matrix or SOFT file (layout series-matrix reads a series matrix)",
        "^": "a GEO SOFT file; give the series matrix or the supplementary table of the series",
        "%%MatrixMarket": "a MatrixMarket file; give the folder with its lists of genes and cells",
        "#1.3": "a GCT file of version 1.3; write it as version 1.2 or as a plain table",
    }
    for start, kind in kinds.items():
        if line.startswith(start):
            raise DataError(f"{source}: {kind}; expected a table")


def _comments(head, separator):
    """Count the leading lines that start with # and are no header: the last one may be (#gene, cell_1, …)."""
    count = 0
    while count < len(head) and (head[count][1].startswith("#") or head[count][1].startswith('"#')):
        count += 1
    if count and count < len(head) and _is_header(head[count - 1 :]):
        count -= 1
    return count


def _is_header(head):
    """Tell whether the first line starts with # and yet names the columns: as many fields as the numbers below it."""
    if len(head) < 2 or not head[0][1].startswith("#"):
        return False
    for mark in SEPARATORS.values():
        names, values = head[0][1].split(mark), head[1][1].split(mark)
        if len(names) == len(values) > 1 and all(NUMBER.fullmatch(value) for value in values[1:]):
            return True
    return False


def _separator(texts, where):
    """Choose the separator that cuts the first lines into the most fields, the same number in every row.

    The header may have one field fewer (R). Where none does that, the first that the header has is taken, so that
    the message names the line that is wrong. Spaces come last: they stand inside names.
    """
    texts = [text for text in texts if text.strip()]
    best, most = None, 1
    for mark in SEPARATORS.values():
        counts = [_count(text, mark) for text in texts[1:]] or [_count(texts[0], mark)]
        if mark == " " and best is not None:
            break
        if len(set(counts)) == 1 and counts[0] > most and _count(texts[0], mark) in (counts[0], counts[0] - 1):
            best, most = mark, counts[0]
    if best is not None:
        return best
    for mark in "\t,;":
        if mark in texts[0]:
            return mark
    hint = "; are runs of spaces between the columns? write tabs" if " " in texts[0].strip() else ""
    if any(text.count(mark) > 1 for text in texts[1:] for mark in "\t,;"):
        hint = ": a title above the table? remove it"
    raise DataError(
        f"{where}: line 1 has one field {texts[0][:40]!r}, expected fields separated by tab, comma or semicolon{hint}"
    )


def _count(text, mark):
    if '"' not in text:
        return text.count(mark) + 1
    try:
        return len(next(csv.reader([text], delimiter=mark)))
    except (csv.Error, StopIteration):
        return 0


def check_columns(columns, titles, heading, source, of):
    """Refuse a missing header, and a column that is no value; `of`: what the columns are, "cell" or "gene".

    Nothing is refused that the caller has said: a number of annotations, or a kind of header.
    """
    _check_header(columns, titles, source, of)
    if heading.given:
        return
    known = _OF_GENES if of == "cell" else _OF_CELLS
    other = "gene" if of == "cell" else "cell"
    found = {}
    for position, name in enumerate(columns, start=heading.annotations + 1):
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        if plain in known or (of == "cell" and plain.endswith(_ENDINGS)):
            found[position] = name
    if found:
        position, name = next(iter(found.items()))
        last = max((place for place in found if place - heading.annotations <= 6), default=None)  # of the leading ones
        way = "from the file" if last is None else f"or keep it with reader='{{annotations: {last}}}'"
        raise DataError(
            f"{source}: column {position} is called {name!r}: that says something of a {other} and is no {of}; "
            f"remove it {way} (docs/input.md)"
        )


def _check_header(columns, titles, source, of):
    if not columns or not all(NUMBER.fullmatch(name) for name in columns):
        return
    title = re.sub(r"[^a-z0-9]", "", titles[0].lower()) if titles else ""
    whole = all(name.strip().isdigit() for name in columns)
    if whole and len(set(columns)) == len(columns):
        rising = all(int(a) < int(b) for a, b in itertools.pairwise(columns))
        if not title or title in _TITLES or (rising and of == "cell" and len(columns) > 2) or of == "gene":
            return  # cells, or Entrez ids of genes, that are called by numbers
    raise DataError(
        f"{source}: line 1: all names of {of}s are numbers ({', '.join(columns[:3])}, …): is the header missing? "
        "Add a line with the names" + (", or say reader='{header: none}'" if of == "cell" else "") + " (docs/input.md)"
    )


def check_text(values, heading, source, number):
    """Refuse leading text in the first row of values in the words of a column, not of a number."""
    if heading.given or heading.fields is None:
        return
    text = 0
    while text < len(values) - 1 and values[text].strip() and not _numeric(values[text]):
        text += 1
    if text and text < len(values) and NUMBER.fullmatch(values[-1]):
        first, last = heading.annotations + 1, heading.annotations + text
        names = heading.fields[first - 1 : last]
        columns = f"column {first}" if text == 1 else f"columns {first} to {last}"
        raise DataError(
            f"{source}: line {number}: {columns} ({', '.join(names)[:60]}) with text such as {values[0][:20]!r}: no "
            f"values; remove them or keep them with reader='{{annotations: {last}}}' (docs/input.md)"
        )


def _numeric(text):
    text = text.strip()
    number = NUMBER.fullmatch(text.replace(",", ".", 1))  # a decimal comma is told of elsewhere
    return bool(number) or text.lower() in ("nan", "na", "inf", "-inf", "n/a", "null", "none")
