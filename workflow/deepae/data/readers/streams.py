"""Opening files: gz, bz2, members of tar and zip. Nothing is ever unpacked to disk, and nothing grows without bound."""

import bz2
import contextlib
import gzip
import io
import re
import tarfile
import zipfile
import zlib

from deepae.config import formats
from deepae.data.archives import LIMIT, MEMBERS, unsafe
from deepae.errors import DataError, one_line

LINE_LIMIT = 256 * 2**20  # bytes in a line: a million cells of sixteen digits, and more
_CONTROL = bytes(byte for byte in range(32) if byte != 9) + b"\x7f"


class _Guarded(io.RawIOBase):
    """A raw stream that counts what it expands to and turns damage into a `DataError`."""

    def __init__(self, stream, where):
        self.stream, self.where, self.count = stream, where, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            data = self.stream.read(len(buffer))
        except EOFError:
            raise DataError(f"{self.where}: truncated: the compressed data end too early; fetch it again") from None
        except (OSError, ValueError, zlib.error, tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:
            raise DataError(f"{self.where}: damaged: {one_line(error)}; fetch it again") from error
        self.count += len(data)
        if self.count > LIMIT:
            raise DataError(f"{self.where}: expands to more than {LIMIT} bytes, refused")
        buffer[: len(data)] = data
        return len(data)


@contextlib.contextmanager
def opened(source):
    """Yield a buffered binary stream of a `Source`, decompressed.

    Compression is recognised by its signature and must agree with the suffix, so that an HTML page saved as .gz is not
    taken for data. Raises `DataError` for a missing, empty, damaged, truncated, encrypted or hostile file.
    """
    where = str(source)
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open(source.path, "rb"))
        except OSError as error:
            raise DataError(
                f"{source.path}: cannot be read ({error.strerror}); expected a file of the data set"
            ) from error
        name = source.path.name
        head = _head(stream)
        if head.startswith(b"PK\3\4") or name.lower().endswith(".zip"):
            stream, name = _zip_member(stream, source, stack)
        elif source.member is not None or _is_tar(stream, head, name):
            stream, name = _tar_member(stream, source, stack)
        stream = io.BufferedReader(_Guarded(stream, where), 1 << 20)
        stream = _decompressed(stream, name, where)
        if stream.peek(3)[:3].startswith((b"\x1f\x8b", b"BZh")):  # as a server does to what is packed already
            stream = _decompressed(stream, "", where)
        if stream.peek(3)[:3].startswith((b"\x1f\x8b", b"BZh")):
            raise DataError(f"{where}: compressed three times or more, expected once; unpack it (gunzip, bunzip2)")
        head = stream.peek(512)
        kind = formats.TAR if head[257:262] == b"ustar" else formats.recognised(head[:16])
        if kind is not None:
            raise DataError(f"{where}: {kind.message(source.path)}")
        yield stream


def lines(stream, where, number=0):
    """Yield (number, text without its end) for each line; UTF-8, with or without a byte order mark.

    `number` lines are read already.
    """
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise DataError(f"{where}: line {number} has more than {LINE_LIMIT} bytes, expected a table of short lines")
        if number == 1:
            while line.startswith(b"\xef\xbb\xbf"):
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.count(0) > len(line) / 3:
                order = "LE" if line[1:2] == b"\0" else "BE"
                raise DataError(
                    f"{where}: text in UTF-16 without its mark; save it as CSV UTF-8, or: iconv -f UTF-16{order} -t "
                    "UTF-8 FILE > FILE.utf8.txt"
                )
            if line[:1] == b"<" and re.match(rb"<(!doctype|html|\?xml)", line, re.IGNORECASE):
                raise DataError(f"{where}: an HTML or XML page, expected a table; fetch it again")
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(line.translate(None, _CONTROL)) != len(line):
            found = next(bytes([byte]) for byte in line if byte in _CONTROL)
            if found == b"\r" and number == 1:
                raise DataError(
                    f"{where}: line 1 holds the control character {found!r}: lines that end as on an old Mac; expected "
                    "line feeds (tr '\\r' '\\n' makes them)"
                )
            raise DataError(f"{where}: line {number} holds the control character {found!r}, expected UTF-8 text")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where}: line {number}: {error.reason} at byte {error.start + 1}, expected UTF-8 text (iconv -f "
                "latin1 -t utf-8 makes it of Latin-1)"
            ) from None
        yield number, text


def _head(stream):
    head = stream.read(512)
    stream.seek(0)
    return head


def _decompressed(stream, name, where):
    magic = stream.peek(3)[:3]
    if not magic:
        raise DataError(f"{where}: the file is empty, expected a table")
    for suffix, signature, opener in ((".gz", b"\x1f\x8b", gzip.open), (".bz2", b"BZh", bz2.open)):
        if magic.startswith(signature):
            return io.BufferedReader(_Guarded(opener(stream), where), 1 << 20)
        if name.lower().endswith(suffix):
            raise DataError(
                f"{where}: no {suffix[1:]} file: it starts with {magic!r}, expected {signature!r}; fetch it again"
            )
    return stream


def _is_tar(stream, head, name):
    return head[257:262] == b"ustar" or bool(re.search(r"\.(tar(\.(gz|bz2))?|tgz)$", name.lower()))


def _tar_member(stream, source, stack):
    try:
        archive = stack.enter_context(tarfile.open(fileobj=stream, mode="r:*"))
        found = []
        for count, member in enumerate(archive):
            _check_name(member.name, source.path)
            if count >= MEMBERS:
                raise DataError(f"{source.path}: has more than {MEMBERS} members, refused")
            if not (member.isreg() or member.isdir()):
                raise DataError(f"{source.path}: member {member.name!r} is a link or a device, refused; expected files")
            if member.isreg():
                if member.sparse:
                    raise DataError(f"{source.path}: member {member.name!r} is a sparse file, refused")
                if source.member is None and formats.is_litter(member.name):
                    continue
                found.append(member)
                if source.member in (member.name, member.name.removeprefix("./")):
                    return archive.extractfile(member), member.name
        if source.member is None and len(found) == 1:
            return archive.extractfile(found[0]), found[0].name
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, OverflowError) as error:
        raise DataError(f"{source.path}: damaged tar archive: {one_line(error)}; fetch it again") from error
    raise _no_member(source, [member.name for member in found])


def _zip_member(stream, source, stack):
    try:
        archive = stack.enter_context(zipfile.ZipFile(stream))
        for entry in archive.infolist():
            _check_name(entry.filename, source.path)
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in entries:
            if entry.external_attr >> 28 not in (0, 0o10):
                raise DataError(
                    f"{source.path}: member {entry.filename!r} is a link or a device, refused; expected files"
                )
        kind = formats.of_members([entry.filename for entry in entries])
        if kind is not None:
            raise DataError(f"{source.path}: {kind.message(source.path)}")
        if source.member is None:
            entries = [entry for entry in entries if not formats.is_litter(entry.filename)]
        wanted = [entry for entry in entries if source.member in (entry.filename, None)]
        if len(wanted) == 1:
            return stack.enter_context(archive.open(wanted[0])), wanted[0].filename
    except RuntimeError as error:  # encrypted, or a method this Python does not know (NotImplementedError)
        raise DataError(f"{source.path}: cannot be read: {one_line(error)}") from error
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError, OverflowError) as error:
        raise DataError(f"{source.path}: damaged zip archive: {one_line(error)}; fetch it again") from error
    raise _no_member(source, [entry.filename for entry in entries])


def _check_name(name, path):
    if unsafe(name):
        raise DataError(f"{path}: member {name!r} would be written outside its folder, refused")


def _no_member(source, names):
    shown = ", ".join(" ".join(name.split()) for name in names[:5]) + (", …" if len(names) > 5 else "")
    if source.member:
        return DataError(f"{source.path}: no member {source.member!r}, found {shown or 'no files'}")
    folder = any(re.search(r"matrix\.mtx(\.gz|\.bz2)?$", name) for name in names)
    way = "give the folder" if folder else "give that file, or name it in a catalogue entry"
    return DataError(
        f"{source.path}: {len(names)} members and none is named by `members`, found {shown or 'no files'}; expected "
        f"one table: unpack it and {way}"
    )
