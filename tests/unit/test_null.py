"""The null of enrichment: its P against gseapy's, what a relabelling keeps, and answers that are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from scipy.stats import hypergeom

from deepae.config import genesets
from deepae.enrichment import null
from deepae.enrichment import overrepresentation as enrichment
from deepae.enrichment.library import load_library, make_library

ROOT = Path(__file__).resolve().parents[2]
GENES = [f"g{number}" for number in range(400)]


class Dataset:
    """As much of a data set as the null looks at."""

    def __init__(self, name, expression):
        self.name, self.genes, self.symbols = name, GENES, GENES
        self.matrix = scipy.sparse.csr_matrix(np.asarray(expression, dtype=np.float32)[None, :])
        self.n_genes = len(GENES)


def key_table(sets, ranking="path"):
    """key-genes.tsv of some dimensions, given as positions."""
    rows = [(k, rank, gene) for k, genes in enumerate(sets, 1) for rank, gene in enumerate(genes, 1)]
    table = pd.DataFrame(rows, columns=["dimension", "rank", "position"])
    return table.assign(ranking=ranking, normalization="none", method="deepae", measurements=10, seed=1)


def library_of(sets):
    return make_library([(f"t{n}", "", "", [GENES[gene] for gene in genes]) for n, genes in enumerate(sets)])


def p_of(table, statistic, relabelled="free", background="measured", criterion="p_adjusted <= 0.01"):
    rows = table[(table["statistic"] == statistic) & (table["relabelled"] == relabelled)]
    return rows[(rows["background"] == background) & (rows["criterion"] == criterion)]["p"].to_numpy()


def test_p_values_equal_gseapy_s():
    """The tables are gseapy's, the draws of the null are tested here: both must be one test."""
    entry = genesets.load_catalogue(ROOT / "config" / "genesets.yaml")["wikipathways-mouse"]
    library = load_library("wp", entry, ROOT / entry["file"])
    generator = np.random.default_rng(7)
    measured = [*generator.permutation(library.genes)[:3000], *(f"unknown{n}" for n in range(500))]
    sets = [generator.choice(len(measured), 300, replace=False) for _ in range(2)]
    tested, _ = enrichment.enrich(library, [[measured[gene] for gene in genes] for genes in sets], measured)
    tester = null.Tester(library, measured)
    hits, drawn = tester.hits(sets)
    for (dimension, background), rows in tested.groupby(["dimension", "background"]):
        assert set(rows["query_size"]) == {drawn[dimension - 1]}
        p = tester.backgrounds[background].p_values(hits[dimension - 1], drawn[dimension - 1])
        ours = pd.Series(p, [library.terms[term] for term in tester.terms]).dropna()
        theirs = rows.set_index("term_id")
        assert len(rows) > 100
        assert set(ours.index) == set(theirs.index)
        assert np.abs(ours - theirs["p"].reindex(ours.index)).max() < 1e-10
        adjusted = theirs["p_adjusted"].to_numpy()
        for limit in (0.01, 0.05, *np.quantile(adjusted, [0.1, 0.5, 0.9])):
            assert null.enriched(ours.to_numpy(), "p_adjusted", limit + 1e-10) == np.sum(adjusted <= limit + 1e-10)
        assert null.enriched(ours.to_numpy(), "p", 0.05) == np.sum(rows["p"] < 0.05)


def test_tails_equal_scipy_s():
    sizes = np.array([10, 37, 500])
    for total, drawn in ((6000, 613), (520, 40), (505, 495)):
        found = null.tails(total, sizes, drawn)
        x = np.arange(found.shape[1])
        np.testing.assert_allclose(found, hypergeom.sf(x - 1, total, sizes[:, None], drawn), rtol=1e-9, atol=1e-13)


def test_the_numbers_counted_are_those_of_the_tables():
    generator = np.random.default_rng(3)
    terms = [generator.choice(400, 30, replace=False) for _ in range(60)]
    library, measured = library_of(terms), GENES[:350] + [f"x{n}" for n in range(50)]
    sets = [generator.choice(400, 40, replace=False) for _ in range(8)]
    for number in range(4):
        sets[number][:20] = terms[number][:20]  # planted, so that some counts are above zero
    sets = [np.unique(genes) for genes in sets]
    tested, _ = enrichment.enrich(library, [[measured[gene] for gene in genes] for genes in sets], measured)
    counts = null.Tester(library, measured).counts(sets, [("p_adjusted", 0.01), ("p", 0.05)])
    for background, found in counts.items():
        rows = tested[tested["background"] == background]
        for (column, limit), number in zip((("p_adjusted", 0.01), ("p", 0.05)), found, strict=True):
            kept = rows[rows[column] < limit]
            assert number.tolist() == [int((kept["dimension"] == k).sum()) for k in range(1, 9)]
            assert number.max() > 0


def test_a_relabelling_keeps_sizes_overlaps_and_strata():
    generator = np.random.default_rng(0)
    strata = null.strata_of(generator.gamma(0.3, size=400), null.STRATA)
    assert np.bincount(strata).tolist() == [40] * 10
    sets = [np.arange(0, 60), np.arange(30, 90), np.arange(200, 210)]
    for labels in (strata, np.zeros(400, dtype=int)):
        for drawn in null.draw("d", sets, labels, 3, "x"):
            assert [len(set(genes)) for genes in drawn] == [60, 60, 10]
            assert len(set(drawn[0]) & set(drawn[1])) == 30
            assert not set(drawn[0]) & set(drawn[2])
            for before, after in zip(sets, drawn, strict=True):
                assert np.array_equal(labels[before], labels[after])
    first, again, other = (list(null.draw(name, sets, strata, 2, "x")) for name in ("d", "d", "e"))
    assert all(np.array_equal(a, b) for a, b in zip(first[1], again[1], strict=True))
    assert not np.array_equal(first[0][0], first[1][0])
    assert not np.array_equal(first[0][0], other[0][0])
    assert sorted(null.permutation(generator, strata)) == list(range(400))


def test_a_dimension_is_compared_with_its_own_draws():
    table = null.compare([2, 0], [[2, 0], [0, 9], [0, 0], [1, 1]]).set_index(["statistic", "dimension"])
    assert table.loc[("dimensions", ""), ["observed", "p"]].tolist() == [1, 4 / 5]
    assert table.loc[("terms", ""), ["observed", "p"]].tolist() == [2, 4 / 5]
    assert table.loc[("terms-of-dimension", 1), "p"] == 2 / 5  # the nine terms belong to the other dimension
    assert table.loc[("terms-of-dimension", 2), "p"] == 1
    assert table.loc[("terms-of-dimension", 1), "null_any"] == 0.5


def test_a_planted_term_is_beyond_chance_and_counts_once_for_each_copy():
    generator = np.random.default_rng(1)
    terms = [generator.choice(400, 20, replace=False) for _ in range(40)]
    planted = np.unique(np.concatenate([terms[0], generator.choice(400, 20)]))
    sets = [planted, planted, generator.choice(400, 40, replace=False)]
    found = null.control(Dataset("d", generator.random(400)), key_table(sets), library_of(terms), "go", 4, 199)
    for relabelled in ("free", "strata"):
        assert p_of(found, "dimensions", relabelled)[0] <= 0.05  # a draw that meets a term meets it in both copies
        assert p_of(found, "terms", relabelled)[0] <= 0.05
        assert p_of(found, "terms-of-dimension", relabelled)[:2].max() <= 0.05
        assert p_of(found, "terms-of-dimension", relabelled)[2:].tolist() == [1, 1]  # nothing in it; no key genes


def test_expression_alone_is_no_meaning_within_strata():
    """Terms of strong genes, key genes that are the strong ones: freely beyond chance, within strata not."""
    generator = np.random.default_rng(2)
    expression = np.sort(generator.gamma(0.3, size=400))
    terms = [generator.choice(np.arange(320, 400), 15, replace=False) for _ in range(20)]
    terms += [generator.choice(320, 15, replace=False) for _ in range(40)]
    sets = [generator.choice(np.arange(320, 400), 40, replace=False) for _ in range(4)]
    found = null.control(Dataset("d", expression), key_table(sets), library_of(terms), "go", 4, 199)
    assert p_of(found, "terms", "free")[0] == 1 / 200
    assert p_of(found, "terms", "strata")[0] > 0.05


@pytest.mark.parametrize("relabelled", ["free", "strata"])
def test_of_thirty_data_sets_without_meaning_few_are_beyond_chance(relabelled):
    """Dimensions that overlap and terms that overlap, but neither knows of the other."""
    low = []
    for number in range(30):
        generator = np.random.default_rng(number)
        weights = generator.normal(size=(400, 2)) @ generator.normal(size=(2, 5)) + generator.normal(size=(400, 5))
        sets = list(np.argsort(-weights, axis=0)[:40].T)
        common = generator.permutation(400)[:120]
        library = library_of([generator.choice(common, 15, replace=False) for _ in range(40)])
        strata = (
            null.strata_of(generator.random(400), null.STRATA) if relabelled == "strata" else np.zeros(400, dtype=int)
        )
        tester = null.Tester(library, GENES)
        drawn = [genes for part in null.draw(f"d{number}", sets, strata, 99, "x") for genes in part]
        seen, chance = (tester.counts(lists, [("p", 0.05)])["measured"][0] for lists in (sets, drawn))
        rows = null.compare(seen, chance.reshape(99, 5)).set_index("statistic")
        low.append(rows.loc["terms", "p"] <= 0.05)
    assert np.mean(low) <= 0.1
