"""GMT files and the catalogue of gene sets."""

import gzip
import hashlib
from pathlib import Path

import pytest

from deepae.config import genesets
from deepae.enrichment.library import load_library, make_library, read_gmt
from deepae.errors import ConfigError, DataError, DownloadError
from deepae.fetch import libraries

ROOT = Path(__file__).resolve().parents[2]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_ids_titles_and_links(tmp_path):
    path = write(
        tmp_path / "x.gmt",
        "GO:0000001\tmitochondrion inheritance\tA\tB\tA\n"
        "Cell cycle%WP414%Saccharomyces cerevisiae\thttps://www.wikipathways.org/instance/WP414\tC\n"
        "Cell cycle%WikiPathways_20240101%WP7%Homo sapiens\tnone\tC\tD\t\n"
        "\n"
        "Fatty acid oxidation WP143\t\tE\n"
        "DNA repair (GO:0006281)\t\tF\n"
        "HALLMARK_HYPOXIA\thttps://example.org/hypoxia\tG\n",
    )
    assert read_gmt(path) == [
        ("GO:0000001", "mitochondrion inheritance", "", ["A", "B"]),
        ("WP414", "Cell cycle", "https://www.wikipathways.org/instance/WP414", ["C"]),
        ("WP7", "Cell cycle", "", ["C", "D"]),
        ("WP143", "Fatty acid oxidation", "", ["E"]),
        ("GO:0006281", "DNA repair", "", ["F"]),
        ("HALLMARK_HYPOXIA", "HALLMARK HYPOXIA", "https://example.org/hypoxia", ["G"]),
    ]


def test_weights_of_enrichr_are_taken_off(tmp_path):
    path = write(tmp_path / "x.gmt", "Chromosome 1\t\tCdk1,1.0\tCdk1,0.2\tH2-K1,-1.5e-03\nNone\t\tH1,2\tNkx2,5,.5\n")
    assert [row[3] for row in read_gmt(path)] == [["Cdk1", "H2-K1"], ["H1", "Nkx2,5"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\tX\nonly-a-name\n", "line 2 has 1 tab separated fields and 0 genes"),
        ("a\tb\tX\na b X\n", "line 2"),
        ("a\tb\t\t\n", "line 1 has 4 tab separated fields and 0 genes"),
        ("\tb\tX\n", "line 1"),
        ("a\tb\tX\nb\tb\tX\na\tc\tY\n", "line 3: term 'a' stands on line 1 too"),
        ("\n\n", "no gene sets"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, message):
    path = write(tmp_path / "bad.gmt", text)
    with pytest.raises(DataError) as caught:
        read_gmt(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_files(tmp_path):
    good = gzip.compress(b"a\tb\tX\n" * 1000)
    (tmp_path / "cut.gmt.gz").write_bytes(good[: len(good) // 2])
    (tmp_path / "latin.gmt").write_bytes(b"a\tb\tX\nc\td\t\xe9\n")
    for name, message in [
        ("cut.gmt.gz", "not a readable GMT"),
        ("latin.gmt", "line 2"),
        ("none.gmt", "not a readable"),
    ]:
        with pytest.raises(DataError, match=message):
            read_gmt(tmp_path / name)


def test_the_membership_matrix():
    library = make_library([("t1", "one", "", ["B", "A"]), ("t2", "two", "", ["B", "C"])])
    assert library.genes == ["A", "B", "C"]
    assert library.matrix.toarray().tolist() == [[1, 1, 0], [0, 1, 1]]


def test_the_bundled_libraries_are_what_the_catalogue_says():
    catalogue = genesets.load_catalogue(ROOT / "config" / "genesets.yaml")
    terms = {}
    for name, entry in catalogue.items():
        assert entry["licence"]
        assert entry["date"]
        assert entry["version"]
        assert entry["source"]
        terms[name] = len(load_library(name, entry, ROOT / entry["file"]).terms)
    assert terms == {
        "go-bp-mouse": 11832,
        "go-bp-human": 15975,
        "go-bp-yeast": 4217,
        "wikipathways-mouse": 214,
        "wikipathways-human": 992,
        "wikipathways-yeast": 104,
    }


def test_a_changed_file_is_refused(tmp_path):
    path = write(tmp_path / "x.gmt", "a\tb\tX\n")
    entry = {"kind": "go", "organism": "mouse", "ids": "symbol", "version": "1", "file": str(path)}
    assert load_library("mine", entry).terms == ["a"]
    entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_library("mine", entry).terms == ["a"]
    path.write_text("a\tb\tX\tY\n")
    with pytest.raises(DataError, match=r"sha256 is .* expected"):
        load_library("mine", entry)


def test_a_library_of_the_organism_and_kind_is_chosen_in_the_order_of_the_config():
    catalogue = genesets.load_catalogue(ROOT / "config" / "genesets.yaml")
    own = catalogue["go-bp-mouse"] | {"title": "mine"}
    catalogue = catalogue | {"mine": own}
    assert genesets.choose(catalogue, list(catalogue), "go", "mouse") == "go-bp-mouse"
    assert genesets.choose(catalogue, ["wikipathways-mouse", "mine", "go-bp-mouse"], "go", "mouse") == "mine"
    assert genesets.choose(catalogue, list(catalogue), "go", "maize") is None
    with pytest.raises(ConfigError, match="unknown library 'go-bp-muose'"):
        genesets.choose(catalogue, ["go-bp-muose"], "go", "mouse")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("organism: martian", "organism"),
        ("sha256: abc", "64 hexadecimal digits"),
        ("licnece: CC0", "did you mean 'licence'"),
        ("enrichr: KEGG_2021_Human", "either 'file'|a file"),
    ],
)
def test_a_bad_catalogue_is_one_line(tmp_path, line, message):
    entry = {"title": "t", "kind": "go", "organism": "mouse", "ids": "symbol", "version": "'1'", "file": "x.gmt"}
    key, value = line.split(": ")
    lines = "\n".join(f"  {name}: {text}" for name, text in (entry | {key: value}).items())
    path = write(tmp_path / "c.yaml", f"mine:\n{lines}\n")
    with pytest.raises(ConfigError, match=message) as caught:
        genesets.load_catalogue(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_enrichr_by_name(tmp_path, monkeypatch):
    import gseapy

    asked = []

    def get_library(name, organism):
        asked.append((name, organism))
        return {"Term WP1": ["A", "B"], "Empty": []}

    monkeypatch.setattr(gseapy, "get_library", get_library)
    libraries.fetch_enrichr("WikiPathways_2024_Mouse", "mouse", tmp_path / "e.gmt")
    assert asked == [("WikiPathways_2024_Mouse", "Mouse")]
    assert read_gmt(tmp_path / "e.gmt") == [("WP1", "Term", "", ["A", "B"])]

    def offline(name, organism):
        raise Exception("no route\nto host")

    monkeypatch.setattr(gseapy, "get_library", offline)
    with pytest.raises(DownloadError, match="no route to host") as caught:
        libraries.fetch_enrichr("Nothing", "mouse", tmp_path / "none.gmt")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "none.gmt").exists()
