"""Archives that are refused before anything reads them."""

import bz2
import gzip
import io
import random
import tarfile
import zipfile

import pytest

from deepae.data import archives
from deepae.errors import DataError

BODY = gzip.compress(random.Random(0).randbytes(200_000), 1)


def tar(*members, kind=tarfile.REGTYPE, linkname=""):
    with io.BytesIO() as out:
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size, member.type, member.linkname = len(data), kind, linkname
                archive.addfile(member, io.BytesIO(data))
        return out.getvalue()


def zipped(*members, mode=0o100644):
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members:
                entry = zipfile.ZipInfo(name)
                entry.external_attr = mode << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return out.getvalue()


GOOD_TAR = tar(("a.csv.gz", BODY[:5000]), ("b.csv.gz", b"2"))
BOMB = bytes(3_000_000)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.txt.gz", BODY),
        ("x.txt.gz", gzip.compress(b"one") + gzip.compress(b"two")),
        ("x.csv.bz2", bz2.compress(b"1,2\n")),
        ("x.tar", GOOD_TAR),
        ("x.tar.gz", gzip.compress(GOOD_TAR)),
        ("x.tgz", gzip.compress(GOOD_TAR)),
        ("x.zip", zipped(("folder/a.csv", b"1,2\n"))),
        ("x.fcs", b"FCS3.0    "),
        ("x.txt", b"anything"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",  # compressed bytes differ from second to second
)
def test_good_archives(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    archives.check(tmp_path / name, limit=4_000_000)


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("x.tar", tar(("../evil", b"1")), r"member '\.\./evil' would be written outside"),
        ("x.tar", tar(("a/../../evil", b"1")), "outside"),
        ("x.tar", tar(("/etc/evil", b"1")), "outside"),
        ("x.tar", tar(("link", b""), kind=tarfile.SYMTYPE, linkname="/etc/passwd"), "is a link or a device"),
        ("x.tar", tar(("link", b""), kind=tarfile.LNKTYPE, linkname="../x"), "is a link or a device"),
        ("x.tar", tar(("pipe", b""), kind=tarfile.FIFOTYPE), "is a link or a device"),
        ("x.tar", tar(("big", BOMB)), "expands to more than 1000000 bytes"),
        ("x.tar", GOOD_TAR[:5600], "truncated|damaged"),
        ("x.tar", GOOD_TAR[: 512 + 5120], "truncated: the end-of-archive block is missing"),
        ("x.tar", GOOD_TAR[: 512 + 5120] + b"garbage" * 200, "truncated|damaged"),
        ("x.tar", b"", "damaged"),
        ("x.tar", b"not a tar" * 200, "damaged"),
        ("x.tar", bytes(10240), "holds no members"),
        ("x.tar.gz", gzip.compress(tar(("../evil", b"1"))), "outside"),
        ("x.tar.gz", gzip.compress(GOOD_TAR)[:-9], "truncated|damaged"),
        ("x.zip", zipped(("../evil", b"1")), "outside"),
        ("x.zip", zipped((r"..\evil", b"1")), "outside"),
        ("x.zip", zipped(("C:/evil", b"1")), "outside"),
        ("x.zip", zipped(("/evil", b"1")), "outside"),
        ("x.zip", zipped(("link", b"/etc/passwd"), mode=0o120777), "is a link or a device"),
        ("x.zip", zipped(("bomb", BOMB)), "expands to more than 1000000 bytes"),
        ("x.zip", zipped(("a", BODY[:5000]))[:-30], "damaged"),
        ("x.zip", zipped(("a", BODY[:5000])).replace(BODY[50:60], bytes(10)), "damaged"),
        ("x.zip", zipped(), "has 0 members"),
        ("x.txt.gz", gzip.compress(BOMB), "expands to more than 1000000 bytes"),
        ("x.txt.gz", BODY[:50_000], "truncated"),
        ("x.txt.gz", gzip.compress(b"data")[:-8] + bytes(8), "damaged"),
        ("x.txt.gz", gzip.compress(b"data") + b"trailing", "damaged"),
        ("x.txt.gz", b"plain text", "damaged"),
        ("x.csv.bz2", bz2.compress(BODY[:5000])[:-20], "truncated"),
        ("x.csv.bz2", bz2.compress(BOMB), "expands to more than 1000000 bytes"),
        ("x.csv.bz2", b"plain text", "damaged"),
        ("x.fcs", b"<html>", "not a fcs file"),
        ("x.h5ad", b"plain text", "not a h5ad file"),
        ("x.h5ad", b"\x89HDF\r\n\x1a\n" + bytes(100), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_hostile_and_damaged_archives(tmp_path, name, data, match):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(data)
    with pytest.raises(DataError, match=match) as error:
        archives.check(folder / name, limit=1_000_000)
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(["in", name]), "something was written"
