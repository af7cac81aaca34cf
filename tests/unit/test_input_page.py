"""docs/input.md against the readers: every layout, option, ending and way to convert is on it."""

import inspect
import re

import inputs
import pytest
import yaml

from deepae.config import formats
from deepae.data import own_data, readers
from deepae.data.gene_check import LEAST_KNOWN
from deepae.data.readers import delimited, heading
from deepae.errors import ConfigError


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs/input.md").read_text(encoding="utf-8")


def test_the_table_of_what_is_refused_is_that_of_the_readers(page):
    assert formats.refused_table() in page


@pytest.mark.parametrize("ending", formats.REFUSED)
def test_each_ending_is_refused_with_its_way_to_convert(tmp_path, ending):
    path = tmp_path / f"data{ending}"
    path.mkdir() if ending == ".zarr" else path.write_bytes(b"x")
    with pytest.raises(ConfigError) as refused:
        own_data.make_entry(path)
    message = str(refused.value)
    assert "\n" not in message
    assert formats.REFUSED[ending].what in message
    assert "FILE" not in message


def test_every_layout_and_option_is_on_the_page(page, root):
    options = page.partition("## Options")[2].partition("\n## ")[0]
    for layout in readers.LAYOUTS:
        assert f"`{layout}`" in page.partition("## Options")[0], layout
        module, function = readers.LAYOUTS[layout]
        reader = getattr(__import__(f"deepae.data.readers.{module}", fromlist=[function]), function)
        row = next(line for line in options.splitlines() if line.startswith("| ") and f"`{layout}`" in line)
        for name in list(inspect.signature(reader).parameters)[1:]:
            assert re.search(rf"`{name}\b", row), (layout, name)


def test_examples_of_options_are_valid(page, tmp_path):
    path = inputs.table(tmp_path, "x.tsv", inputs.plain())
    given = re.findall(r"reader='(\{.*?\})'", page)
    assert len(given) >= 3
    for text in given:
        if "…" not in text:
            own_data.make_entry(path, reader=yaml.safe_load(text))


def test_numbers_of_the_page(page):
    assert f"first {heading.PEEK} rows" in page
    assert f"at least {LEAST_KNOWN:.0%}".replace("%", " %") in page
    assert f"{delimited._FAR} times the sum" in page


@pytest.mark.parametrize("ending", [".tsv", ".txt", ".tab", ".csv", ".gct", ".h5ad", ".h5", ".fcs"])
def test_what_is_read_is_on_the_page(page, tmp_path, ending):
    path = tmp_path / f"data{ending}"
    path.write_bytes(b"gene\ta\ng1\t1\n")
    own_data.make_entry(path)
    assert f"`{ending}`" in page
