"""Enrichment: by hand, its filters, backgrounds, adjustment, and the tables that are read and written."""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepae.enrichment import overrepresentation as enrichment
from deepae.enrichment import queries
from deepae.enrichment.library import make_library
from deepae.errors import DataError

ROOT = Path(__file__).resolve().parents[2]


def names(prefix, count):
    return [f"{prefix}{number}" for number in range(count)]


@pytest.fixture
def small():
    """20 terms over 120 genes; t0 has A0-A19."""
    rows = [("t0", "first", "", names("A", 20)), ("tiny", "nine genes", "", names("A", 9))]
    rows += [("other", "never hit", "", names("B", 30)), ("rest", "the rest", "", names("C", 70))]
    return make_library(rows, "small")


def choose(n, k):
    return math.comb(n, k)


def by_hand(k, total, size, drawn):
    ways = sum(choose(size, x) * choose(total - size, drawn - x) for x in range(k, min(size, drawn) + 1))
    return ways / choose(total, drawn)


def row(tested, background, term, dimension=1):
    rows = tested[(tested["background"] == background) & (tested["term_id"] == term)]
    rows = rows[rows["dimension"] == dimension]
    assert len(rows) == 1
    return rows.iloc[0]


def test_by_hand_with_both_backgrounds(small):
    # 12 annotated key genes, 6 of t0 and 6 of the rest; 5 that no term has. Measured: 15 of t0, 40 of the rest.
    key = names("A", 6) + names("C", 6) + names("unknown", 5)
    measured = names("A", 15) + names("C", 40) + names("unknown", 50)
    tested, asked = enrichment.enrich(small, [key], measured)
    assert asked.sizes == [17]
    assert asked.unannotated == [5]
    assert asked.without_id == [0]

    first = row(tested, "annotated", "t0")
    assert (first.genes_in_query, first.genes_in_term, first.query_size, first.background_size) == (6, 20, 12, 120)
    assert first.p == pytest.approx(by_hand(6, 120, 20, 12), rel=1e-12)
    assert first.genes == "A0/A1/A2/A3/A4/A5"

    second = row(tested, "measured", "t0")
    assert (second.genes_in_query, second.genes_in_term, second.query_size, second.background_size) == (6, 15, 12, 55)
    assert second.p == pytest.approx(by_hand(6, 55, 15, 12), rel=1e-12)
    assert list(enrichment.COLUMNS) == [c for c in tested.columns if c not in ("dimension", "p_adjusted_all")]


def test_terms_that_are_tested(small):
    key = names("A", 6) + names("C", 6)
    tested, _ = enrichment.enrich(small, [key], names("A", 20) + names("C", 9))
    terms = tested.groupby("background")["term_id"].agg(set)
    # "tiny" has 9 genes; "other" no key gene; of "rest" only 9 genes are measured.
    assert terms["annotated"] == {"t0", "rest"}
    assert terms["measured"] == {"t0"}


def test_size_limits_are_inclusive():
    rows = [("ten", "", "", names("A", 10)), ("nine", "", "", names("A", 9))]
    rows += [("five hundred", "", "", names("A", 500)), ("more", "", "", names("A", 501))]
    tested, _ = enrichment.enrich(make_library(rows), [names("A", 10)], names("A", 600))
    assert set(tested["term_id"]) == {"ten", "five hundred"}


def test_adjusted_over_the_tested_terms_only(small):
    rows = [(f"t{number}", "", "", names("A", 10 + number) + names(f"X{number}-", 20)) for number in range(6)]
    rows += [(f"u{number}", "", "", names(f"Y{number}-", 30)) for number in range(200)]  # none holds a key gene
    library = make_library(rows)
    tested, _ = enrichment.enrich(library, [names("A", 12), names("A", 15)[3:]], library.genes)
    for _, part in tested.groupby(["dimension", "background"]):
        p = part["p"].to_numpy()
        assert list(p) == sorted(p)
        assert len(p) == 6
        ratio = p * 6 / np.arange(1, 7)
        assert np.allclose(part["p_adjusted"], np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1), rtol=1e-12)
    part = tested[tested["background"] == "measured"].sort_values("p")
    ratio = part["p"].to_numpy() * 12 / np.arange(1, 13)  # both queries together
    assert np.allclose(part["p_adjusted_all"], np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1), rtol=1e-12)


def test_ids_are_taken_as_they_are_written():
    """gseapy takes ids that look like numbers for numbers, and may raise a query to upper case."""
    numbers = [str(n) for n in range(100, 130)]
    library = make_library([("numbers", "", "", numbers[:20]), ("rest", "", "", numbers[20:])])
    tested, _ = enrichment.enrich(library, [numbers[:12]], library.genes)
    assert set(tested["genes_in_query"]) == {12}
    upper = [f"GENE{n}" for n in range(40)]
    mixed = make_library([("upper", "", "", upper[:20]), ("mixed", "", "", [*upper[20:], *names("g", 12)])])
    tested, _ = enrichment.enrich(mixed, [[*upper[:2], *names("g", 12)]], mixed.genes)
    assert dict(zip(tested["term_id"], tested["genes_in_query"], strict=True))["mixed"] == 12


def test_fewer_than_ten_annotated_genes_is_a_reason(small):
    lists = [names("A", 9) + names("unknown", 30), names("A", 10), []]
    tested, asked = enrichment.enrich(small, lists, small.genes)
    assert set(tested["dimension"]) == {2}
    summary = enrichment.summary("d", small, "go", tested, asked, small.genes).set_index(["background", "dimension"])
    assert summary.loc[("measured", 1), "reason"] == "9 of 39 key genes are annotated, at least 10 are needed"
    assert summary.loc[("measured", 2), "reason"] == ""
    assert summary.loc[("measured", 2), "terms"] == 1
    assert summary.loc[("annotated", 3), "reason"].startswith("0 of 0")
    assert list(summary.reset_index()["unannotated"]) == [30, 0, 0] * 2


def test_no_library_for_the_organism(small):
    class Dataset:
        name = "maize"

    tables, tested, summary = enrichment.analyse(Dataset, None, None, "go", 3, "maize")
    assert len(tables) == 3
    assert all(list(t.columns) == enrichment.COLUMNS and t.empty for t in tables)
    assert tested.empty
    assert len(summary) == 6
    assert "maize" in summary["reason"].iloc[0]


def test_cutoffs():
    tested = pd.DataFrame({"p": [0.001, 0.049, 0.05, 0.2], "p_adjusted": [0.01, 0.02, 0.3, 0.3]})
    assert list(enrichment.keep(tested, "go").index) == [0]
    assert list(enrichment.keep(tested, "wikipathways").index) == [0, 1]


def test_genes_without_symbols_and_twice(small):
    asked = queries.query(small, [["", "A0", "A0", "nothing", "A1"]])
    assert asked.sizes == [5]
    assert asked.without_id == [1]
    assert asked.unannotated == [1]
    assert [small.genes[gene] for gene in asked.sets[0]] == ["A0", "A1"]


def test_reading_key_genes(tmp_path):
    grid = itertools.product(("path", "released"), (5, 3), (1, 2), (2, 1))
    rows = [(*key, 7 * key[-1], f"id{key[-1]}", "NA" if key[-1] == 1 else f"s{key[-1]}") for key in grid]
    frame = pd.DataFrame(rows, columns="ranking seed dimension rank position gene_id symbol".split())
    path = tmp_path / "key-genes.tsv"
    frame = frame.assign(normalization="zscore", method="deepae", measurements=10, weight=0.5)
    frame.to_csv(path, sep="\t", index=False)
    table = queries.read_key_genes(path)
    assert len(table) == 4
    assert table.attrs["seed"] == 5
    assert queries.key_lists(table, "symbol", 3) == [["NA", "s2"], ["NA", "s2"], []]  # a symbol, not a missing value
    assert queries.key_lists(table, "orf", 1) == [["id1", "id2"]]
    assert [list(positions) for positions in queries.key_positions(table, 3)] == [[7, 14], [7, 14], []]
    with pytest.raises(DataError, match="no key genes of ranking 'path' and seed 9"):
        queries.read_key_genes(path, seed=9)
    path.write_text("nonsense\n1\n")
    with pytest.raises(DataError, match="not a readable table"):
        queries.read_key_genes(path)


def test_tested_tables_have_the_same_bytes_twice(tmp_path, small):
    tested, _ = enrichment.enrich(small, [names("A", 12)], small.genes)
    for name in "ab":
        enrichment.write_tested(tmp_path / f"{name}.tsv.gz", tested)
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()
    back = enrichment.read_tested(tmp_path / "a.tsv.gz")
    assert back["p"].tolist() == tested["p"].tolist()
