"""YAML tables: a key that is given twice is refused in every one of them, and what is wrong is one line."""

import pytest

from deepae.audit.claims import load_claims
from deepae.config import catalogue, genesets, grid
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml, typed


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("config/methods.yaml", grid.load_methods),
        ("config/datasets.yaml", catalogue.load),
        ("config/genesets.yaml", genesets.load_catalogue),
        ("resources/paper/claims.yaml", lambda path: load_claims(path, [])),
        ("config/config.yaml", read_yaml),
    ],
)
def test_a_repeated_key_is_refused_in_every_table(root, tmp_path, table, read):
    text = (root / table).read_text()
    first = next(line for line in text.splitlines() if line and line[0] not in "#- ")
    path = tmp_path / "table.yaml"
    path.write_text(f"{text}\n{first.partition(':')[0]}: {{}}\n")
    with pytest.raises(ConfigError, match=r"table.yaml, line \d+: not valid YAML \(key '.*' is given twice\)"):
        read(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {b: 1, b: 2}", "line 1.*'b' is given twice"),
        ("a:\n  - {b: 1}\n  - b: 1\n    b: 2\n", "line 4.*'b' is given twice"),
        ("{1: a, 1: b}", "1 is given twice"),
        ("a: [1", "not valid YAML"),
        ("? [1, 2]\n: x", "not valid YAML"),
        ("a: !!python/object/apply:os.getcwd []", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, text, said):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said) as error:
        read_yaml(tmp_path / "x.yaml")
    assert "\n" not in str(error.value)


def test_mappings_may_be_merged(tmp_path):
    (tmp_path / "x.yaml").write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n")
    assert read_yaml(tmp_path / "x.yaml")["b"] == {"x": 3, "y": 2}


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(ConfigError, match=r"x.yaml: cannot be read \(No such file or directory\); expected a table"):
        read_yaml(tmp_path / "x.yaml", "a table")
    (tmp_path / "y.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match=r"y.yaml: not valid YAML"):
        read_yaml(tmp_path / "y.yaml")


def test_settings_in_braces_of_the_command_line_have_their_types():
    from snakemake.cli import parse_config

    reader = "reader={cofactor: 5, channels: 'CD(3|4)', bookkeeping: true}"
    assert typed(parse_config([reader, "split={fraction: 0.05}", "hs=[10, 1e-3, 'a: b']"])) == {
        "reader": {"cofactor": 5, "channels": "CD(3|4)", "bookkeeping": True},
        "split": {"fraction": 0.05},
        "hs": [10, "1e-3", "a: b"],
    }
