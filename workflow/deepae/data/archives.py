"""Does a compressed file or an archive open to its end, and does it hold nothing hostile? Nothing is ever unpacked."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath

from deepae.errors import DataError, one_line

#: Bytes that a file, or the members of an archive together, may expand to: ten times the largest file of the paper.
LIMIT = 20 * 2**30
#: Members that an archive may have.
MEMBERS = 100_000
_OPEN = {"gz": gzip.open, "tgz": gzip.open, "bz2": bz2.open}
_SIGNATURES = {"h5ad": b"\x89HDF\r\n\x1a\n", "h5": b"\x89HDF\r\n\x1a\n", "fcs": b"FCS"}
_BLOCK = 1 << 20


def check(path, name=None, limit=LIMIT):
    """Read the file at `path` to its end as the suffixes of `name` say (gz, bz2, zip, tar, tar.gz, h5ad, fcs).

    Other suffixes are not looked into. Raises `DataError`, one line: damaged or truncated, larger than `limit` bytes
    when expanded, or an archive with a member that would leave its folder (absolute path, `..`) or that is a link or a
    device.
    """
    name = str(name or path)
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).name.split(".")[1:]]
    last = suffixes[-1] if suffixes else ""
    is_tar = last in ("tar", "tgz") or (last in _OPEN and suffixes[-2:-1] == ["tar"])
    try:
        if last in _OPEN:
            with open(path, "rb") as raw, _OPEN[last](raw) as stream:
                if is_tar:
                    _check_tar(stream, name, limit)
                _exhaust(stream, name, limit)
        elif is_tar:
            with open(path, "rb") as stream:
                _check_tar(stream, name, limit)
        elif last == "zip":
            _check_zip(path, name, limit)
        elif last in _SIGNATURES:
            with open(path, "rb") as stream:
                _expect(stream.read(len(_SIGNATURES[last])) == _SIGNATURES[last], name, f"not a {last} file")
            if last != "fcs":
                _check_hdf5(path, name)
    except EOFError:
        raise DataError(f"{name}: truncated: the compressed data end too early") from None
    except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, ValueError, NotImplementedError) as error:
        raise DataError(f"{name}: damaged: {one_line(error)}") from error
    except RuntimeError as error:  # zipfile: a member is encrypted
        raise DataError(f"{name}: cannot be read: {one_line(error)}") from error
    except OSError as error:
        if error.errno is not None and not isinstance(error, gzip.BadGzipFile):
            raise  # the disk, not the file's content
        raise DataError(f"{name}: damaged: {one_line(error)}") from error


def _exhaust(stream, name, limit):
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        _expect(size <= limit, name, f"expands to more than {limit} bytes")


def _check_tar(stream, name, limit):
    """Walk the members. tarfile takes one cut between two members for whole: the zero block must be there."""
    blocks = _Blocks(stream)
    size = members = 0
    with tarfile.open(fileobj=blocks, mode="r|", bufsize=tarfile.BLOCKSIZE) as archive:
        for member in archive:
            members += 1
            size += member.size
            _expect(members <= MEMBERS, name, f"has more than {MEMBERS} members")
            _expect(size <= limit, name, f"expands to more than {limit} bytes")
            _check_member(member.name, name)
            plain = member.isreg() or member.isdir()
            _expect(plain, name, f"member {member.name!r} is a link or a device, expected a file")
    _expect(members > 0, name, "holds no members")
    _expect(blocks.last == bytes(tarfile.BLOCKSIZE), name, "truncated: the end-of-archive block is missing")


class _Blocks:
    """A stream that remembers the last block read from it."""

    def __init__(self, stream):
        self.stream, self.last = stream, b""

    def read(self, size):
        self.last = self.stream.read(size)
        return self.last


def _check_zip(path, name, limit):
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _expect(0 < len(entries) <= MEMBERS, name, f"has {len(entries)} members, expected 1 to {MEMBERS}")
        for entry in entries:
            _check_member(entry.filename, name)
            kind = entry.external_attr >> 28  # the file type of a Unix mode; 0 where the archive has none
            _expect(kind in (0, 0o10, 0o04), name, f"member {entry.filename!r} is a link or a device, expected a file")
        left = limit
        for entry in entries:  # what a header says of the size may be a lie: count the bytes
            with archive.open(entry) as stream:
                while block := stream.read(_BLOCK):
                    left -= len(block)
                    _expect(left >= 0, name, f"expands to more than {limit} bytes")


def unsafe(member):
    """Tell whether the name of an archive's member would leave its folder."""
    path = PurePosixPath(member.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or member[1:2] == ":" or "\0" in member or not member


def _check_member(member, name):
    _expect(not unsafe(member), name, f"member {member!r} would be written outside its folder")


def _check_hdf5(path, name):
    import h5py

    try:
        with h5py.File(path, "r") as file:
            list(file)
    except OSError as error:
        raise DataError(f"{name}: damaged: {one_line(error)}") from error


def _expect(condition, name, message):
    if not condition:
        raise DataError(f"{name}: {message}")
