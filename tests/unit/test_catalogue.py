"""The catalogue of data sets: what it says of the paper's twelve, what a user's own file becomes, what is refused."""

import hashlib
import re
import subprocess
import sys

import jsonschema
import pytest

from deepae.config import catalogue
from deepae.config.schema import load_schema
from deepae.data import own_data
from deepae.errors import ConfigError, DataError

BASE = "https://ftp.ncbi.nlm.nih.gov/geo"
# id: addresses below the base; layout, header, genes, cells, status of the shape; seeds of the released programs
TWELVE = {
    "GSE60361": (
        ["series/GSE60nnn/GSE60361/suppl/GSE60361_C1-3005-Expression.txt.gz"],
        ("genes-by-cells", "full", 19972, 3005, "V"),
        [283, 446, 562, 114, 739],
    ),
    "GSE65525": (
        ["series/GSE65nnn/GSE65525/suppl/GSE65525_RAW.tar"],
        ("genes-by-cells", "none", 24175, 2717, "V"),
        [943, 800, 175, 486, 749],
    ),
    "GSE62270": (
        ["series/GSE62nnn/GSE62270/suppl/GSE62270_data_counts_Whole_Organoid_Replicate_1.txt.gz"],
        ("genes-by-cells", "full", 23630, 288, "V"),
        [629, 685, 953, 595, 378],
    ),
    "GSE48968": (
        ["series/GSE48nnn/GSE48968/suppl/GSE48968_allgenesTPM_GSM1406531_GSM1407094.txt.gz"],
        ("genes-by-cells", "short", 10972, 564, "U"),
        [623, 19, 621, 802, 557],
    ),
    "GSE52529": (
        ["series/GSE52nnn/GSE52529/suppl/GSE52529_fpkm_matrix.txt.gz"],
        ("genes-by-cells", "short", 47192, 372, "V"),
        [550, 939, 76, 260, 328],
    ),
    "GSE84133": (
        ["series/GSE84nnn/GSE84133/suppl/GSE84133_RAW.tar"],
        ("cells-by-genes", "full", 14878, 1886, "V"),
        [943, 800, 175, 486, 749],
    ),
    "GSE78779": (
        ["series/GSE78nnn/GSE78779/suppl/GSE78779_Expression_C1_96_cells.txt.gz"],
        ("genes-by-cells", "full", 22814, 96, "U"),
        [152, 866, 808, 796, 184],
    ),
    "GSE69405": (
        ["series/GSE69nnn/GSE69405/suppl/GSE69405_PROCESSED_GENE_TPM_ALL.txt.gz"],
        ("genes-by-cells", "full", 57820, 201, "U"),
        [317, 470, 798, 283, 695],
    ),
    "GSE102475": (
        ["series/GSE102nnn/GSE102475/suppl/GSE102475_GASCH_NaCl-scRNAseq_NormData.txt.gz"],
        ("genes-by-cells", "full", 6789, 163, "V"),
        [702, 217, 944, 338, 701],
    ),
    "metabolic-mouse": (
        ["series/GSE25nnn/GSE25038/matrix/GSE25038_series_matrix.txt.gz"],
        ("series-matrix", None, 25806, 29, "U"),
        [480, 402, 413, 64, 574],
    ),
    "metabolic-maize": (
        ["series/GSE45nnn/GSE45235/matrix/GSE45235_series_matrix.txt.gz"],
        ("series-matrix", None, 43451, 136, "U"),
        [282, 713, 521, 717, 517],
    ),
    "CyTOF-MDA-MB-231": ([], ("fcs", None, 57, 3452, "U"), [943, 800, 175, 486, 749]),
}
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


@pytest.mark.parametrize("name", TWELVE)
def test_twelve_resolve_to_addresses_layouts_shapes_and_seeds(entries, name):
    addresses, (layout, header, genes, cells, status), seeds = TWELVE[name]
    entry = catalogue.from_source(entries, "geo")[name]
    found = [address for file in entry["files"] for address in catalogue.addresses(file, {"base": BASE + "/"})]
    assert [address for address in found if address.startswith(BASE)] == [f"{BASE}/{address}" for address in addresses]
    assert len(found) == 2 * len(addresses)  # GEO's download page has each file too
    assert entry["reader"]["layout"] == layout
    assert entry["reader"].get("header") == header
    assert (entry["expected"]["genes"], entry["expected"]["cells"]) == (genes, cells)
    stated = entry["expected"]["status"]
    assert (stated if isinstance(stated, str) else stated["genes"]) == status
    assert entry["seeds"] == seeds
    assert entry["complete"] is True
    assert entry["files"][0].get("members") == MEMBERS.get(name)


def test_catalogue_agrees_with_its_schema(entries, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(entries, schema, cls=jsonschema.Draft202012Validator)


def test_bundled_data_sets_need_no_network_and_subsets_have_ids_of_their_own(entries):
    assert [name for name in entries if catalogue.is_bundled(entries[name])] == BUNDLED
    fetched = catalogue.from_source(entries, "geo")
    assert [name for name in BUNDLED if not catalogue.is_bundled(fetched[name])] == ["GSE84133"]
    assert not [name for name, entry in fetched.items() if "geo" in entry]
    for name, entry in entries.items():
        assert (name in TWELVE or name.endswith("-released")) or not entry["complete"]
        if "subset_of" in entry:
            assert entry["subset_of"] in entries
            assert entry["seeds"] == entries[entry["subset_of"]]["seeds"]
            assert entry["note"]


def test_negative_values_forbid_log1p(entries):
    assert "log1p" not in entries["CyTOF-example"]["normalizations"]


def test_every_bundled_file_is_listed_with_its_checksum(root):
    listed = re.findall(
        r"^\| `([^`]+)` \| (\d+) \|.*`([0-9a-f]{64})` \|$", (root / "resources/README.md").read_text(), re.M
    )
    folders = ("expression", "cytof", "gene_ids", "genesets", "wikipathways")
    there = {
        str(path.relative_to(root / "resources"))
        for folder in folders
        for path in (root / "resources" / folder).iterdir()
    }
    assert len(listed) > 30
    derived = {name for name in there if name.endswith("-genes.tsv")}  # made here, from the files beside them
    assert {name for name, _, _ in listed} == there - derived
    for name, size, checksum in listed:
        content = (root / "resources" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (int(size), checksum), name


def test_import_is_light(root):
    heavy = {"numpy", "pandas", "anndata", "scipy", "torch"}
    code = f"import sys, deepae.config.catalogue; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "workflow", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {label: x}\na: {label: y}\n", "line 2: not valid YAML \\(key 'a' is given twice\\)"),
        ("a: {label: x, label: y}\n", "key 'label' is given twice"),
        ("- a\n", "found list, expected one mapping per data set"),
        ("a: 3\n", "a: found int, expected a mapping"),
        ("a: [1\n", "not valid YAML"),
        ("? [1, 2]\n: {label: x}\n", "not valid YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
    ],
)
def test_bad_catalogue_is_one_line(tmp_path, text, message):
    path = tmp_path / "datasets.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        catalogue.load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_catalogue(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        catalogue.load(tmp_path / "none.yaml")


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
    assert catalogue.addresses(file, {"base": "http://h/geo"}) == [
        "http://h/geo/a",
        "https://mirror.org/a",
        "http://h/geo/b",
    ]


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
