"""Reading and writing files so that each output is complete or absent, and nothing read can run code."""

import contextlib
import hashlib
import os
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

from deepae.errors import DataError, one_line

DAMAGE = (OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError, EOFError)
DAMAGE += (MemoryError, SyntaxError, struct.error, zlib.error, zipfile.BadZipFile)
"""What the libraries raise for damaged binary files."""


@contextlib.contextmanager
def atomic(path):
    """Yield a temporary path beside `path`; rename it to `path` if the block ends well, remove it otherwise.

    The temporary name keeps the suffix of `path`, because writers choose their format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path, text):
    """Write `text` (UTF-8) to `path`, complete or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_tsv(path, frame):
    """Write a pandas frame as tab separated text without its index; NaN is written as `NaN`."""
    with atomic(path) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, na_rep="NaN", lineterminator="\n")


def save_npz(path, *, compress=True, **arrays):
    """Write arrays to an npz, complete or not at all, compressed unless told otherwise.

    Object arrays are refused: they would be pickled.
    """
    import numpy as np  # here, because light modules write text

    for name, array in arrays.items():
        if np.asarray(array).dtype == object:
            raise TypeError(f"{path}: array {name!r} has dtype object")
    with atomic(path) as temporary:
        (np.savez_compressed if compress else np.savez)(temporary, **arrays)


def load_npz(path, *names):
    """Return the arrays of an npz, or some of them, as a dictionary; damage or a pickle in it raises `DataError`."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names or archive.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("a member is no array")
        return arrays
    except DAMAGE as error:
        raise DataError(f"{path}: not a readable npz file ({type(error).__name__}: {one_line(error)})") from error


def sha256(path):
    """Return the checksum of a file as hexadecimal digits; `DataError` if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
