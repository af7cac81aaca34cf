"""What the tests of the readers share: read a file, write one, and expect a refusal in one line."""

import pytest

from deepae.data import readers
from deepae.errors import DataError


def read(path, layout="genes-by-cells", member=None, **options):
    return readers.read([readers.Source(path, member)], layout, **options)


def write(tmp_path, content, name="x.tsv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refused(path, message, layout="genes-by-cells", member=None, **options):
    with pytest.raises(DataError, match=message) as caught:
        read(path, layout, member, **options)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
