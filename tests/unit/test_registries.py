"""Every entry of every registry is reachable, captioned and documented."""

import importlib

import parsed_rules
import pytest
import yaml

from deepae.config import outputs, schema, vocabulary
from deepae.data import normalise
from deepae.report.pages import dictionary

ALL = outputs.FIGURES | outputs.TABLES


@pytest.fixture(scope="module")
def rules():
    return set(parsed_rules.rules("config/config.yaml", "config/paper.yaml", "config/contest.yaml"))


@pytest.mark.parametrize("name", ALL)
def test_each_figure_and_table_has_a_painter_and_a_caption(root, name):
    package = "figures" if name in outputs.FIGURES else "tables"
    module, _, function = ALL[name].painter.partition(":")
    painter = importlib.import_module(f"deepae.{package}.{module}")
    assert callable(getattr(painter, function, None)) or function in painter.PAINTERS
    assert (root / "workflow/report" / f"{outputs.caption_of(name)}.rst").read_text().strip()
    assert ALL[name].subject


@pytest.mark.parametrize("name", ALL)
def test_each_figure_and_table_has_a_rule(rules, name):
    assert any(name.replace("-", "_") in rule for rule in rules), name


@pytest.mark.parametrize("name", outputs.FIGURES)
def test_each_comparison_is_found_by_the_name_of_its_rule(root, name):
    if outputs.is_comparison(name):
        assert name.replace("-", "_") in (root / "workflow/rules/figures.smk").read_text()


def test_each_metric_is_a_column_that_is_explained():
    columns = dictionary.columns_of("tables/metrics.tsv")
    for name, metric in vocabulary.METRICS.items():
        assert columns[name][2], name
        assert metric.family in ("", "printed", "further")


def test_each_normalisation_has_its_function():
    assert list(normalise.VALUES) == list(vocabulary.NORMALIZATIONS)


def test_schemas_refer_to_words_that_there_are(root):
    for path in (root / "workflow/schemas").glob("*.schema.yaml"):
        known = schema.load_schema(path.name.removesuffix(".schema.yaml"))["$defs"]
        for reference in _references(yaml.safe_load(path.read_text())):
            assert reference.removeprefix("#/$defs/") in known, f"{path.name}: {reference}"


def _references(value):
    if isinstance(value, dict):
        yield from (value["$ref"],) if isinstance(value.get("$ref"), str) else ()
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _references(part)
