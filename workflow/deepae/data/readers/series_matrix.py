"""GEO series matrices: probes x samples between two markers, metadata above."""

from deepae.data.readers.delimited import BLOCK_BYTES, parse_block
from deepae.data.readers.heading import split
from deepae.data.readers.streams import LINE_LIMIT, lines, opened
from deepae.data.readers.table import Table, check_named, check_unique, only_one, stack
from deepae.errors import DataError

MISSING = frozenset({"", "null", "NULL", "NaN", "nan", "NA", "N/A", "n/a"})
LISTED = 20  # probes that the notes name
_KEPT = {"!Series_title": "title", "!Series_geo_accession": "accession", "!Sample_organism_ch1": "organism"}
_KEPT |= {"!Series_platform_id": "platform", "!Sample_organism_ch2": "organism_ch2"}


def series_matrix(sources, missing="drop"):
    """Read a series matrix.

    Parameters
    ----------
    sources : list of one Source
    missing : {"drop", "error"}
        What to do with a probe that lacks a value in any sample: drop and count it, or stop. Nothing is ever filled in.

    Returns
    -------
    Table
        Genes are probes. Notes: title, accession, organism, platform (lists of the distinct values), and the probes
        dropped. `obs` holds the samples' titles.
    """
    source = only_one(sources, "series-matrix")
    with opened(source) as stream:
        number, notes, obs = _metadata(stream, source)
        rows = lines(stream, source, number)
        number, header = next(rows, (number, ""))
        cells = [name.strip() for name in split(header, "\t", source, number)[1:]]
        if not header.startswith(("ID_REF", '"ID_REF"')) or not cells:
            raise DataError(f"{source}: line {number}: found {header[:40]!r}, expected ID_REF and the samples")
        check_unique(cells, source, "sample")
        probes, dropped, matrix, rounded = _table(rows, source, len(cells), missing)
    check_named(probes, source, "probe {}")
    if rounded:
        notes["rounded"] = rounded
    notes["probes_dropped"] = {"count": len(dropped), "first": dropped[:LISTED]}
    obs = {key: values for key, values in obs.items() if len(values) == len(cells)}
    return Table(matrix.T.tocsr(), probes, cells, obs=obs, notes=notes)


def _metadata(stream, source):
    """Pass over everything before the table; return the marker's line number, notes and obs.

    GEO lets line feeds, carriage returns and quotes stand inside a value: what cannot be taken apart is left out.
    """
    notes, obs, number = {}, {}, 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise DataError(f"{source}: line {number} has more than {LINE_LIMIT} bytes, expected metadata")
        text = line.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r", "").rstrip("\n")
        if number == 1 and text and not text.startswith(("!", "^", "#")):
            raise DataError(f"{source}: line 1: found {text[:40]!r}, expected metadata starting with !")
        if text.startswith("!series_matrix_table_begin"):
            return number, notes, obs
        key, _, rest = text.partition("\t")
        if key not in _KEPT and key != "!Sample_title":
            continue
        try:
            values = [value.strip() for value in split(rest, "\t", source, number)]
        except DataError:
            continue
        if key == "!Sample_title":
            obs["title"] = values
        else:
            notes[_KEPT[key]] = list(dict.fromkeys(values))
    raise DataError(f"{source}: no line !series_matrix_table_begin, expected a GEO series matrix")


def _table(rows, source, width, missing):
    probes, dropped, blocks, texts, starts, size, rounded = [], [], [], [], [], 0, 0
    for number, line in rows:
        if line.startswith("!series_matrix_table_end"):
            break
        fields = split(line, "\t", source, number)
        if len(fields) != width + 1:
            raise DataError(f"{source}: line {number} has {len(fields)} fields, expected {width + 1} as in the header")
        values = [value.strip() for value in fields[1:]]
        if not MISSING.isdisjoint(values):
            if missing == "error":
                column = next(index for index, value in enumerate(values, start=2) if value in MISSING)
                raise DataError(
                    f"{source}: line {number}, column {column}: found {values[column - 2]!r}, expected a number "
                    "(missing: drop leaves such probes out)"
                )
            dropped.append(fields[0])
            continue
        probes.append(fields[0].strip())
        texts.append("\t".join(values))
        starts.append(number)
        size += len(line)
        if size > BLOCK_BYTES:
            block, more = parse_block(texts, starts, "\t", width, 1, source)
            blocks.append(block)
            rounded += more
            texts, starts, size = [], [], 0
    else:
        raise DataError(f"{source}: no line !series_matrix_table_end: truncated; fetch it again")
    for number, line in rows:
        if line.strip():
            raise DataError(f"{source}: line {number} follows !series_matrix_table_end, expected the end of the file")
    if texts:
        block, more = parse_block(texts, starts, "\t", width, 1, source)
        blocks.append(block)
        rounded += more
    if not probes:
        found = f"{len(dropped)} probes, all with missing values" if dropped else "no probes"
        raise DataError(
            f"{source}: {found}, expected at least one with a value in every sample; the counts of a sequencing study "
            "are not in its series matrix but in its supplementary files: give one of them"
        )
    return probes, dropped, stack(blocks, width), rounded
