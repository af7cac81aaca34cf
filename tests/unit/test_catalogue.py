"""The catalogue of data sets: what it says of the paper's twelve, what a user's own file becomes, what is refused."""

import hashlib
import re

import jsonschema
import pytest

from deepae.config import catalogue
from deepae.config.schema import load_schema
from deepae.data import own_data
from deepae.errors import ConfigError, DataError

BASE = "https://ftp.ncbi.nlm.nih.gov/geo"
MEMBERS = {
    "GSE65525": [
        "GSM1599494_ES_d0_main.csv.bz2",
        "GSM1599497_ES_d2_LIFminus.csv.bz2",
        "GSM1599498_ES_d4_LIFminus.csv.bz2",
        "GSM1599499_ES_d7_LIFminus.csv.bz2",
    ],
    "GSE84133": ["GSM2230761_mouse1_umifm_counts.csv.gz", "GSM2230762_mouse2_umifm_counts.csv.gz"],
}
BUNDLED = ["GSE84133", "GSE102475", "GSE60361-200cells", "CyTOF-example", "CyTOF-example-released"]


@pytest.fixture(scope="module")
def entries(root):
    return catalogue.load(root / "config/datasets.yaml")


@pytest.fixture(scope="module")
def schema(root):
    return load_schema("datasets")


@pytest.fixture(scope="module")
def table_1(root):
    lines = (root / "resources/paper/table-1.tsv").read_text().splitlines()[1:]
    return {name: values for name, *values in (line.split("\t") for line in lines)}


def test_the_twelve_of_table_1_have_addresses_shapes_and_five_seeds(entries, table_1):
    assert len(table_1) == 12
    for name, (kind, species, genes, cells, _) in table_1.items():
        entry = catalogue.from_source(entries, "geo")[name]
        assert (entry["complete"], entry["species"], len(set(entry["seeds"]))) == (True, species, 5)
        assert [str(entry["expected"][key]) for key in ("genes", "cells")] == [genes, cells], name
        found = [address for file in entry["files"] for address in catalogue.addresses(file, {"base": f"{BASE}/"})]
        if kind == "mass-cytometry":
            assert not found  # only a user can get it
            continue
        accession = entry["accession"]
        assert len(found) == 2 * len(entry["files"])  # GEO's download page has each file too
        assert found[0].startswith(f"{BASE}/series/{accession[:-3]}nnn/{accession}/")
        assert entry["files"][0].get("members") == MEMBERS.get(name)


def test_catalogue_agrees_with_its_schema(entries, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(entries, schema, cls=jsonschema.Draft202012Validator)


def test_bundled_data_sets_need_no_network_and_subsets_have_ids_of_their_own(entries, table_1):
    assert [name for name in entries if catalogue.is_bundled(entries[name])] == BUNDLED
    fetched = catalogue.from_source(entries, "geo")
    assert [name for name in BUNDLED if not catalogue.is_bundled(fetched[name])] == ["GSE84133"]
    assert not [name for name, entry in fetched.items() if "geo" in entry]
    for name, entry in entries.items():
        assert (name in table_1 or name.endswith("-released")) or not entry["complete"]
        if "subset_of" in entry:
            assert entry["subset_of"] in entries
            assert entry["seeds"] == entries[entry["subset_of"]]["seeds"]
            assert entry["note"]


def test_every_bundled_file_is_listed_with_its_checksum(root):
    listed = re.findall(
        r"^\| `([^`]+)` \| (\d+) \|.*`([0-9a-f]{64})` \|$", (root / "resources/README.md").read_text(), re.M
    )
    folders = ("expression", "cytof", "gene_ids", "genesets", "wikipathways")
    there = {f"{folder}/{path.name}" for folder in folders for path in (root / "resources" / folder).iterdir()}
    assert len(listed) > 30
    derived = {name for name in there if name.endswith("-genes.tsv")}  # made here, from the files beside them
    assert {name for name, _, _ in listed} == there - derived
    for name, size, checksum in listed:
        content = (root / "resources" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (int(size), checksum), name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "found list, expected one mapping per data set"),
        ("a: 3\n", "a: found int, expected a mapping"),
    ],
)
def test_bad_catalogue_is_one_line(tmp_path, text, message):
    path = tmp_path / "datasets.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        catalogue.load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_later_catalogue_replaces_an_entry_whole(tmp_path):
    (tmp_path / "a.yaml").write_text("x: {label: x, note: old}\ny: {label: y}\n")
    (tmp_path / "b.yaml").write_text("x: {label: new}\n")
    assert catalogue.load(tmp_path / "a.yaml", tmp_path / "b.yaml") == {"x": {"label": "new"}, "y": {"label": "y"}}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"organisms": "mouse"}, "organisms"),
        ({"seeds": [1, 1]}, "non-unique"),
        ({"seeds": [-1]}, "minimum"),
        ({"normalizations": ["log2"]}, "log2"),
        ({"reader": {"layout": "genes-by-cells", "seperator": "tab"}}, "seperator"),
        ({"reader": {"layout": "fcs", "header": "full"}}, "header"),
        ({"reader": {"layout": "excel"}}, "excel"),
        ({"files": [{"name": "../x"}]}, "does not match"),
        ({"files": []}, "non-empty"),
        ({"expected": {"genes": 0, "cells": 3}}, "minimum"),
        ({"labels": {"from": "cell-names"}}, "labels|cell-names|pattern"),
    ],
)
def test_schema_refuses(entries, schema, change, word):
    with pytest.raises(jsonschema.ValidationError, match=word):
        jsonschema.validate({"x": entries["GSE102475"] | change}, schema, cls=jsonschema.Draft202012Validator)


def test_schema_refuses_unsafe_ids(entries, schema):
    for name in ("../x", "a/b", ".x", "", "x y", "x" * 81):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: entries["GSE102475"]}, schema, cls=jsonschema.Draft202012Validator)


def test_locations_and_paths(entries, tmp_path):
    assert catalogue.location(entries["GSE60361"]["files"][0]) == "resources/geo/GSE60361_C1-3005-Expression.txt.gz"
    assert catalogue.paths(entries["GSE102475"], tmp_path) == [
        tmp_path / "resources/expression/GSE102475_GASCH_NaCl-scRNAseq_NormData.txt.gz"
    ]


def test_mirrors_follow_the_primary_address():
    file = {"name": "x", "url": "{base}/a", "mirrors": ["https://mirror.org/a", "{base}/b"]}
    expected = ["http://h/geo/a", "https://mirror.org/a", "http://h/geo/b"]
    assert catalogue.addresses(file, {"base": "http://h/geo"}) == expected


def test_manual_message_says_what_where_and_from_where(entries):
    message = catalogue.manual_message("CyTOF-MDA-MB-231", entries["CyTOF-MDA-MB-231"], "/p")
    for part in ("CyTOF-MDA-MB-231", "/p/resources/geo/CyTOF-MDA-MB-231.fcs", "68981", "cytobank.org", "log in"):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("my data (1).tsv.gz", "my-data-1"),
        ("x.h5ad", "x"),
        ("a.b.csv", "a.b"),
        ("../../etc/passwd.tsv", "passwd"),
        ("ÄÖ mouse.txt", "mouse"),
        ("run.tar.h5ad", "run.tar"),
        ("日本.tsv", "own-data"),
    ],
)
def test_own_name_is_safe(file, name, schema):
    assert own_data.own_name(file) == name
    assert re.match(next(iter(schema["patternProperties"])), name)


@pytest.mark.parametrize(
    ("file", "layout"),
    [
        ("x.tsv", "genes-by-cells"),
        ("_my cells (1).tsv", "genes-by-cells"),
        ("x.CSV.gz", "genes-by-cells"),
        ("x.txt.zip", "genes-by-cells"),
        ("x.h5ad", "h5ad"),
        ("x.fcs", "fcs"),
        ("folder", "matrix-market"),
    ],
)
def test_own_data_makes_an_entry_that_the_schema_takes(tmp_path, schema, file, layout):
    path = tmp_path / file
    path.mkdir() if file == "folder" else path.touch()
    for organism in (None, "mouse"):
        entry = own_data.make_entry(path, organism)
        assert entry["reader"]["layout"] == layout
        assert entry["seeds"] == [1, 2, 3, 4, 5]
        assert entry.get("organism") == organism
        assert catalogue.paths(entry, "elsewhere") == [path]
        jsonschema.validate({own_data.own_name(path): entry}, schema, cls=jsonschema.Draft202012Validator)


def test_own_data_refuses(tmp_path):
    (tmp_path / "x.xlsx").touch()
    with pytest.raises(ConfigError, match=r"x\.xlsx: an Excel workbook, which is not read; save the sheet as CSV"):
        own_data.make_entry(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="no such file"):
        own_data.make_entry(tmp_path / "x.tsv")
    with pytest.raises(ConfigError, match="found 'mice', expected one of mouse, human, yeast"):
        own_data.make_entry(tmp_path / "x.xlsx", "mice")
