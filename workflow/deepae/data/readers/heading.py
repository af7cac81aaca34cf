"""What stands above and beside the values of a text table: comments, separator, header, columns that are no values."""

import csv
import itertools
import re
from dataclasses import dataclass, field

from deepae.errors import DataError

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " "}
PEEK = 40  # lines that are looked at before anything is decided
FEW = 20  # numbers below which their form says nothing
WIDE = 200  # numbers of a line that are looked at for their form
_MISSING = (
    "nan",
    "na",
    "inf",
    "-inf",
    "n/a",
    "null",
    "none",
    "-",
    "--",
    ".",
    "<na>",
    "#n/a",
    "#nv",
    "#value!",
    "#div/0!",
    "true",
    "false",
)
_VERSION = re.compile(r'"?#1\.[23]"?[\s,;]*$')  # of a GCT file
FEATURE_COUNTS = ["Geneid", "Chr", "Start", "End", "Strand", "Length"]
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,.'’\s]\d{3})+([.,]\d+)?")  # \s: any space of Unicode
NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


@dataclass
class Heading:
    """What was decided about a table.

    mark         the separator, one character
    fields       names in the header line, or None without one
    annotations  leading columns that are no values
    given        whether the caller, and not this module, said so
    said         lines for the user
    promised     rows that the file says it has, or None
    """

    mark: str
    fields: list | None
    annotations: int
    given: bool
    said: list = field(default_factory=list)
    promised: int | None = None


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
    given = annotations is not None
    mark, annotations, promised, said, rows = _pass_above(rows, source, annotations)
    separator = mark if mark and separator == "auto" else separator
    head = list(itertools.islice(rows, PEEK))
    rows = itertools.chain(head, rows)
    if not head or not head[0][1].strip():
        raise DataError(f"{source}: the first line is empty, expected a table")
    mark = SEPARATORS.get(separator, separator) if separator != "auto" else _separator([t for _, t in head], source)
    _check_thousands([text for _, text in head[1:]], mark, source, annotations or 1)
    if header == "none":
        return Heading(mark, None, annotations or 1, given, said, promised and promised[0]), rows
    number, line = next(rows)
    fields = split(line, mark, source, number)
    if _is_header(head):
        fields[0] = fields[0].removeprefix("#")
    if annotations is None and [name.strip() for name in fields[:6]] == FEATURE_COUNTS:
        annotations = 6
        said.append("featureCounts table: Chr, Start, End, Strand and Length are kept as annotations of the genes")
    heading = Heading(mark, fields, annotations or 1, given, said, promised and promised[0])
    samples = len(fields) - heading.annotations
    if promised and promised[1] != samples:
        raise DataError(
            f"{source}: line 2 says {promised[1]} samples and the header names {samples}, expected the same number: a "
            "column added or lost? Correct line 2"
        )
    return heading, rows


def _pass_above(rows, source, annotations):
    """Pass over what stands above the names: sep=; of Excel, comments, the first two lines of a GCT file.

    Returns
    -------
    mark : str
        Separator that the file says; empty if it says none.
    annotations : int or None
    promised : (int, int) or None
        Genes and samples of a GCT file.
    said : list of str
    rows : iterator of (int, str)
    """
    mark, said, promised = "", [], None
    first, rows = _peek(rows)
    if match := re.fullmatch(r'"?sep=(.)"?[\t,;]*', first, re.IGNORECASE):
        mark = match[1]
        next(rows)
    skipped, rows = _skip_comments(rows, source)
    if skipped:
        said.append(f"{skipped} comment line{'s' * (skipped > 1)} (#) above the table passed over")
    first, rows = _peek(rows)
    _check_other_layouts(first, source)
    if _VERSION.match(first):  # GCT: version, dimensions, then the table
        next(rows)
        promised = _dimensions(next(rows, (2, ""))[1], source)
        annotations = annotations or 2
        said.append("GCT file: its first two columns name the genes")
    return mark, annotations, promised, said, rows


def _peek(rows):
    """Return the text of the next line (empty: none), and all rows."""
    head = list(itertools.islice(rows, 1))
    return (head[0][1] if head else ""), itertools.chain(head, rows)


def _dimensions(line, source):
    """Return the numbers of genes and of samples in the second line of a GCT file."""
    match = re.fullmatch(r"\s*([0-9]+)[\s,;]+([0-9]+)[\s,;]*", line.replace('"', ""))
    if match is None:
        raise DataError(
            f"{source}: line 2: found {line[:40]!r}, expected the numbers of genes and of samples (GCT #1.2)"
        )
    return int(match[1]), int(match[2])


def _check_thousands(texts, mark, source, first):
    """Refuse numbers such as 1.234 where the points separate thousands, as in German: no number below 1 has one."""
    values = [value.strip('"') for text in texts for value in text.split(mark, WIDE + first)[first : WIDE + first]]
    pointed = [value for value in values if NUMBER.fullmatch(value) and "." in value]
    grouped = [value for value in pointed if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", value)]
    whole = [value for value in values if re.fullmatch(r"[1-9]\d{1,2}", value)]
    if len(grouped) >= FEW and len(grouped) == len(pointed) and len(whole) >= 5:
        raise DataError(
            f"{source}: numbers such as {grouped[0]} beside {whole[-1]}, all of them with three digits after the "
            "point: thousands separators? Write them without (1234)"
        )


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
        if line.removeprefix('"').startswith(start):
            raise DataError(f"{source}: {kind}; expected a table")


def _skip_comments(rows, source):
    """Pass over leading lines that start with # and are no header: the last one may be (#gene, cell_1, …).

    Returns
    -------
    count : int
    rows : iterator of (int, str)
    """
    count, last = 0, None
    for row in rows:
        if not row[1].startswith(("#", '"#')) or _VERSION.match(row[1]):
            break
        count, last = count + 1, row
    else:
        if count:
            raise DataError(f"{source}: {count} lines that all start with #, expected a table below them")
        return 0, rows
    rows = itertools.chain([row], rows)
    if last is not None and _is_header([last, row]):
        return count - 1, itertools.chain([last], rows)
    return count, rows


def _is_header(head):
    """Tell whether the first line starts with # and yet names the columns: as many fields as the line of values below.

    Of those, at least half are numbers; a line of names has none.
    """
    if len(head) < 2 or not head[0][1].startswith(("#", '"#')):
        return False
    for mark in SEPARATORS.values():
        names, values = _fields(head[0][1], mark), _fields(head[1][1], mark)
        numbers = sum(bool(NUMBER.fullmatch(value)) for value in values[1:])
        if len(names) == len(values) > 1 and numbers and numbers >= len(values[1:]) / 2:
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
    hint = ": columns separated by |? write tabs" if texts[0].count("|") > 1 else ""
    hint = "; are runs of spaces between the columns? write tabs" if " " in texts[0].strip() and not hint else hint
    if any(text.count(mark) > 1 for text in texts[1:] for mark in "\t,;"):
        hint = ": a title above the table? remove it"
    raise DataError(
        f"{where}: line 1 has one field {texts[0][:40]!r}, expected fields separated by tab, comma or semicolon{hint}"
    )


def _fields(text, mark):
    if '"' not in text:
        return text.split(mark)
    try:
        return next(csv.reader([text], delimiter=mark))
    except (csv.Error, StopIteration):
        return []


def _count(text, mark):
    return len(_fields(text, mark))


def check_text(values, heading, source, number):
    """Refuse leading text in the first row of values in the words of a column, not of a number."""
    if heading.given or heading.fields is None:
        return
    text = 0
    while text < len(values) - 1 and values[text].strip() and not _numeric(values[text]):
        text += 1
    if text > 1 and text == len(values) - 1 and not _numeric(values[-1]):
        raise DataError(
            f"{source}: line {number}: text in every column ({', '.join(values[:3])[:60]}), expected values: a second "
            "line of names or a title? Keep one line of names above the values"
        )
    if text and text < len(values) and NUMBER.fullmatch(values[-1]):
        first, last = heading.annotations + 1, heading.annotations + text
        names = heading.fields[first - 1 : last]
        columns = f"column {first}" if text == 1 else f"columns {first} to {last}"
        raise DataError(
            f"{source}: line {number}: {columns} ({', '.join(names)[:60]}) with text such as {values[0][:20]!r}: no "
            f"values; remove them or keep them with reader='{{annotations: {last}}}' (docs/input.md)"
        )


def _numeric(text):
    """Tell whether a field stands for a value, whatever is wrong with it: of that the reader of the values tells."""
    text = text.strip()
    return bool(re.fullmatch(r"[+−-]?[\d.,'’\s]*\d[.,]?([eE][+-]?\d+)?%?", text)) or text.lower() in _MISSING
