"""What GEO says of a series, read by GEOparse from files that are here, against what the catalogue says."""

import csv
import gzip
import itertools
import re
import zlib
from dataclasses import dataclass

from deepae.errors import DataError, one_line

#: Lines that the head of a series matrix may have, and characters that a line may have.
_LINES, _CHARACTERS = 10_000, 10_000_000


@dataclass(frozen=True)
class Series:
    """A GEO series: `accession`, `title`, `organisms` (scientific names, sorted) and the number of `samples`."""

    accession: str
    title: str
    organisms: tuple
    samples: int


def soft_file(accession):
    """Return the catalogue file of a series' SOFT: name and address."""
    folder = re.sub(r"\d{1,3}$", "nnn", accession)
    name = f"{accession}_family.soft.gz"
    return {"name": name, "url": f"{{base}}/series/{folder}/{accession}/soft/{name}"}


def read(path):
    """Return the `Series` of a family SOFT or of a series matrix (by its name). Raises `DataError`, one line."""
    reader = _series_matrix if "series_matrix" in str(path) else _soft
    try:
        series = reader(path)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({one_line(error)})") from error
    if not series.accession or not series.samples:
        raise DataError(f"{path}: no GEO series with samples found in it")
    return series


def compare(entry, series):
    """Return the differences between a catalogue entry and a `Series`, one short line each; none where they agree.

    Compared are the organism (`species`), the number of samples (`expected: cells`; they differ by nature where a
    sample holds many cells, and the line says so) and the title, where the entry has one.
    """
    found = []
    if series.accession != entry.get("accession", series.accession):
        found.append(f"accession: catalogue {entry['accession']}, GEO {series.accession}")
    species = entry.get("species")
    if species and series.organisms != (species,):
        found.append(f"organism: catalogue {species}, GEO {', '.join(series.organisms) or 'says none'}")
    cells = (entry.get("expected") or {}).get("cells")
    if cells is not None and cells != series.samples:
        hint = " (samples may hold many cells, or the entry is a part of the series)"
        found.append(f"samples: catalogue {cells} cells, GEO {series.samples} samples{hint}")
    title = entry.get("title")
    if title and title.split() != series.title.split():
        found.append(f"title: catalogue {title!r}, GEO {series.title!r}")
    return found


def block(compared):
    """Return one readable block of text.

    compared  list of (data set id, `Series` or None, list of differences or a one-line reason why nothing was compared)
    """
    lines = ["GEO metadata against the catalogue"]
    width = max((len(name) for name, _, _ in compared), default=0)
    for name, series, found in compared:
        if series is None:
            lines.append(f"  {name:<{width}}  not compared: {found}")
            continue
        what = f"{series.accession}, {', '.join(series.organisms)}, {series.samples} samples: {series.title}"
        lines.append(f"  {name:<{width}}  {'same' if not found else 'DIFFERS'}  {what}")
        lines += [f"  {'':<{width}}    {line}" for line in found]
    return "\n".join(lines)


def _soft(path):
    import GEOparse

    try:
        gse = GEOparse.get_GEO(filepath=str(path), geotype="GSE", silent=True)
    except (OSError, EOFError, zlib.error):
        raise
    except Exception as error:  # GEOparse raises bare Exception, AssertionError, StopIteration, … on a damaged SOFT
        raise DataError(f"{path}: GEOparse cannot read it ({type(error).__name__}: {error})") from error
    organisms = {name for gsm in gse.gsms.values() for name in gsm.metadata.get("organism_ch1", [])}
    return _series(gse.metadata, organisms, len(gse.gsms))


def _series_matrix(path):
    """GEOparse knows no series matrices: their head is brought into the form of SOFT, which it parses."""
    from GEOparse.GEOparse import parse_metadata

    heads = {"!Series_": [], "!Sample_": []}
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as stream:
        for line in itertools.islice(iter(lambda: stream.readline(_CHARACTERS), ""), _LINES):
            if line.startswith("!series_matrix_table_begin"):
                break
            if line[:8] in heads:
                key, *values = next(csv.reader([line.rstrip("\r\n")], delimiter="\t"), [""])
                heads[line[:8]] += [f"{key} = {value}" for value in values]
    samples = parse_metadata(heads["!Sample_"])
    return _series(
        parse_metadata(heads["!Series_"]), set(samples.get("organism_ch1", [])), len(samples.get("geo_accession", []))
    )


def _series(metadata, organisms, samples):
    return Series(
        accession=" ".join(metadata.get("geo_accession", [])[:1]),
        title=" ".join(metadata.get("title", [])),
        organisms=tuple(sorted(organisms)),
        samples=samples,
    )
