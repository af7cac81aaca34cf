"""Rows of many jobs as one table. Text in, text out: no digit changes, and a digit changed by hand is noticed."""

from pathlib import Path

from deepae.benchmark.columns import COLUMNS, checksum
from deepae.errors import DataError
from deepae.io.files import load_npz, write_text


def read_rows(path):
    """Read the rows of a metrics table as dictionaries of text; a foreign or damaged file raises `DataError`."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable table ({error})") from error
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise DataError(f"{path}: not a metrics table; remove it and run again")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS):
            raise DataError(f"{path}: line {number} has {len(fields)} fields, expected {len(COLUMNS)}")
        rows.append(dict(zip(COLUMNS, fields, strict=True)))
    return rows


def in_block(row, measurements, seeds):
    """Whether a row belongs to a block with these measurements and seeds (by data set)."""
    return int(row["measurements"]) in measurements and int(row["seed"]) in seeds.get(row["dataset"], ())


def merge(paths, out, keep=None):
    """Write the rows of several tables, in the given order, to one; `keep` picks rows."""
    write_text(out, merged(paths, keep))


def merged(paths, keep=None):
    """Return the text that `merge` writes; a job's table that it did not write raises `DataError`."""
    for path in paths:
        check_job(path)
    rows = [row for path in paths for row in read_rows(path) if keep is None or keep(row)]
    lines = ["\t".join(COLUMNS)] + ["\t".join(row[name] for name in COLUMNS) for row in rows]
    return "\n".join(lines) + "\n"


def check_job(path):
    """Raise `DataError` unless a job's table has the checksum that the job left in the ``.cells.npz`` beside it."""
    errors = Path(path).with_suffix(".cells.npz")
    expected = str(load_npz(errors, "rows_sha256")["rows_sha256"])
    try:
        found = checksum(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable table ({error}); remove it and run again") from error
    if found != expected:
        raise DataError(f"{path}: not the table that its job wrote, was it edited? Remove it and run again")


def check_table(path, paths, keep=None):
    """Raise `DataError` unless a merged table is what `merge` makes of its jobs' tables."""
    if Path(path).read_bytes() != merged(paths, keep).encode():
        raise DataError(f"{path}: not what merging its jobs' tables makes, was it edited? Remove it and run again")
