"""Gene ids: every way of finding a gene, and every way of not finding one."""

import gzip

import numpy as np
import pytest

from deepae.data import gene_check, gene_ids
from deepae.errors import DataError


def mapped(genes, kind, organism, root):
    columns, report = gene_ids.map_genes(genes, kind, organism, root)
    return list(zip(columns["symbol"], columns["entrez"], columns["mapping"], strict=True)), report


@pytest.mark.parametrize(
    ("gene", "kind", "organism", "expected"),
    [
        ("Sox17", "symbol", "mouse", ("Sox17", "20671", "symbol")),
        ("SOX17", "symbol", "mouse", ("Sox17", "20671", "case")),
        ("mKIAA1889", "symbol", "mouse", ("Xkr4", "497097", "synonym")),
        ("MKIAA1889", "symbol", "mouse", ("Xkr4", "497097", "synonym")),
        ("H2.Aa", "symbol", "mouse", ("H2-Aa", "14960", "r-name")),
        ("X0610009B22Rik", "symbol", "mouse", ("0610009B22Rik", "66050", "r-name")),
        ("March5", "symbol", "mouse", ("Marchf5", "69104", "synonym")),
        ("Tceb1", "symbol", "mouse", ("", "", "ambiguous")),
        ("Mar-01", "symbol", "mouse", ("", "", "damaged")),
        ("1-Sep", "symbol", "mouse", ("", "", "damaged")),
        ("2-Mar-10", "symbol", "human", ("", "", "damaged")),
        ("2.31E+13", "symbol", "mouse", ("", "", "damaged")),
        ("NoSuchGene", "symbol", "mouse", ("", "", "unmapped")),
        ("ERCC-00002", "symbol", "mouse", ("", "", "spike-in")),
        ("Sox17__chr1", "symbol__chr", "mouse", ("Sox17", "20671", "symbol")),
        ("ERCC-00002", "symbol__chr", "mouse", ("", "", "spike-in")),
        ("ENSMUSG00000025902", "ensembl", "mouse", ("Sox17", "20671", "id")),
        ("ENSG00000141510.11", "ensembl", "human", ("TP53", "7157", "id")),
        ("ENSG99999999999.1", "ensembl", "human", ("", "", "unmapped")),
        ("YBR145W", "orf", "yeast", ("ADH5", "852442", "id")),
        ("ybr147w", "orf", "yeast", ("RTC2", "852444", "id")),
        ("YAL004W", "orf", "yeast", ("", "", "unmapped")),
        ("7157", "entrez", "human", ("TP53", "7157", "id")),
        ("0", "entrez", "human", ("", "", "unmapped")),
        ("A_51_P100021", "probe", "mouse", ("", "", "none")),
        ("Sox17", "none", "mouse", ("", "", "none")),
        ("Sox17", "symbol", None, ("", "", "none")),
        ("GRMZM2G000001", "symbol", "maize", ("", "", "none")),
        ("", "symbol", "mouse", ("", "", "unmapped")),
    ],
)
def test_one_gene(gene, kind, organism, expected, root):
    assert mapped([gene], kind, organism, root)[0] == [expected]


def test_report_counts_and_lists_what_was_not_mapped(root):
    genes = ["Sox17", "SOX17", "Tceb1", "Mar-01", "Mar-01", "NoSuchGene", "ERCC-00002", "__no_feature"]
    assert len(gene_check.summary_rows([*genes, "no_feature", "X__ambiguous", "Ambiguous1"])) == 3
    rows, report = mapped(genes, "symbol", "mouse", root)
    assert len(rows) == len(genes)
    assert report["counts"] == {"ambiguous": 1, "case": 1, "damaged": 2, "spike-in": 1, "symbol": 1, "unmapped": 2}
    assert sum(report["counts"].values()) == len(genes)
    assert report["ambiguous"] == {"count": 1, "first": ["Tceb1"]}
    assert report["damaged"] == {"count": 2, "first": ["Mar-01", "Mar-01"]}
    assert report["unmapped"] == {"count": 2, "first": ["NoSuchGene", "__no_feature"]}
    assert report["duplicates"] == {"count": 1, "first": ["Mar-01"]}
    assert report["summary_rows"] == {"count": 1, "first": ["__no_feature"]}
    assert report["symbols_of_several_rows"] == 1
    assert report["table"] is True
    assert gene_ids.map_genes(["x"], "symbol", "maize", root)[1]["table"] is False


@pytest.mark.parametrize(
    ("genes", "kind"),
    [
        (["ENSG00000141510.1", "ENSMUSG00000025902", "ERCC-00002"], "ensembl"),
        (["YAL001C", "YBR145W", "Q0010"], "orf"),
        (["Sox17", "ENSG00000141510"], "symbol"),
        ([], "symbol"),
    ],
)
def test_ids_of_a_users_own_file_are_recognised(genes, kind, root):
    assert gene_ids.recognise(genes) == kind
    assert gene_ids.map_genes(genes, "auto", "human", root)[1]["kind"] == kind


def test_real_symbols_that_look_alike_are_not_called_damaged(root):
    table = gene_ids.load_table("human", str(root))
    rows, _ = mapped(list(table.symbols), "symbol", "human", root)
    assert {how for _, _, how in rows} <= {"symbol", "ambiguous"}


def test_unknown_kind(root):
    with pytest.raises(ValueError, match="unknown kind of gene id 'name'"):
        gene_ids.map_genes(["x"], "name", "mouse", root)


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"a\tb\n1\t2\n"), gzip.compress(b"entrez\n1\n")[:-4]]
)
def test_damaged_table_is_one_line(tmp_path, content):
    path = tmp_path / gene_ids.TABLES / "mouse.tsv.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mouse\.tsv\.gz: no readable table of genes") as caught:
        gene_ids.map_genes(["Sox17"], "symbol", "mouse", tmp_path)
    assert "\n" not in str(caught.value)


def _old_list(ids, known, generator):
    """Entrez ids of which a share is known; the others are withdrawn, or too new for the table."""
    kept = generator.permutation(ids)[: int(3000 * known)]
    return [*kept, *generator.randint(10**8, 2 * 10**8, 3000 - len(kept))]


@pytest.mark.parametrize("organism", gene_ids.ORGANISMS)
def test_numbers_are_entrez_ids_only_beyond_chance(organism, root):
    generator = np.random.RandomState(0)
    ids = gene_ids.load_table(organism, str(root)).numbers
    lists = {known: _old_list(ids, known, generator) for known in (1.0, 0.85, 0.7)}
    lists |= {"few": generator.permutation(ids)[:30]}
    for name, numbers in lists.items():
        assert gene_check.are_entrez([str(number) for number in numbers], organism, root), name
    others = {f"up to {most}": generator.permutation(most)[:3000] for most in (4_000, 10_000, 40_000)}
    others |= {"few": generator.permutation(999)[:8], "a band": 10_000 + generator.permutation(9_000)[:3000]}
    others |= {
        "one is far off": [*generator.permutation(10_000)[:3000], 10**9],
        "counts": 10 ** generator.uniform(0, 5, 3000),
    }
    for name, numbers in others.items():
        assert not gene_check.are_entrez([str(int(number)) for number in numbers], organism, root), name


def test_many_numbers_of_rows_are_no_genes(root):
    """The full list is asked: of a sample of it every third number is missing."""
    assert gene_check.known_share([str(number) for number in range(60_000)], "human", root) == 0
    assert gene_check.known_share([f"{number}" for number in range(1, 9000, 2)], "human", root) == 0
