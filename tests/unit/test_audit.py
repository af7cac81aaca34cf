"""The audit: a planted run in which the paper holds, and what each spoiling does to the verdicts."""

import shutil

import numpy as np
import pandas as pd
import planted_results as planted
import pytest

from deepae.audit import page, table
from deepae.audit.checks import CHECKS
from deepae.audit.claims import Printed, load_claims
from deepae.audit.results import Results
from deepae.audit.verdicts import VERDICTS, Finding, evidence, verdict
from deepae.errors import ConfigError
from deepae.io.files import write_tsv

PAPER_HOLDS = ["F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "FS1", "K-", "S2", "S3-1684", "S3-every", "S5", "S6"]
PAPER_HOLDS += ["S7", "T1", "T3", "TS1", "TS2-GSE", "TS2-ratio", "TS4", "zeros"]


@pytest.fixture(scope="module")
def claims(root):
    return load_claims(root / "resources/paper/claims.yaml", CHECKS)


@pytest.fixture(scope="module")
def printed(root):
    return Printed(root / "resources/paper")


@pytest.fixture(scope="module")
def metrics(root):
    return planted.metrics(root)


@pytest.fixture(scope="module")
def results(root, metrics, tmp_path_factory):
    return planted.write(root, tmp_path_factory.mktemp("whole"), metrics)


@pytest.fixture(scope="module")
def whole(results, claims, printed):
    """Verdicts of the planted run, by claim and protocol."""
    return judged(claims, results, printed)


def judged(claims, results, printed):
    return {(item.claim.id, item.protocol): item for item in table.judge(claims, results, printed)}


def only(claims, *ids):
    found = [claim for claim in claims if claim.id in ids]
    assert len(found) == len(ids)
    return found


def test_every_claim_has_a_verdict_or_a_reason(claims, whole):
    assert len(claims) >= 40
    for item in whole.values():
        assert item.verdict in VERDICTS
        assert item.claim.expected
        assert item.claim.statement.endswith((".", "?"))
        if item.verdict == "untested":
            assert len(item.finding.untested) > 20
        else:
            assert item.finding.observed
            assert item.finding.rows


def test_where_the_paper_holds_its_claims_are_reproduced(whole):
    wrong = {}
    for (name, protocol), item in whole.items():
        if protocol == "paper" and name.startswith(tuple(PAPER_HOLDS)) and item.claim.check != "untested":
            if item.verdict != "reproduced":
                wrong[name] = (item.verdict, evidence(item.finding))
    assert not wrong


def test_all_five_verdicts_occur(whole):
    assert {item.verdict for item in whole.values()} == set(VERDICTS)


# What is done to the rows of metrics.tsv, which claim it must turn, and to what.
def worse_deepae(frame):
    frame.loc[frame["method"] == "deepae", ["pcc", "spearman", "pcc_gene"]] = 0.1
    frame.loc[frame["method"] == "deepae", ["em", "mae", "mse"]] = 1e9
    return frame


def worse_on_one(frame):
    frame.loc[(frame["method"] == "deepae") & (frame["dataset"] == "GSE62270"), "pcc"] = 0.1
    return frame


def without_one(frame):
    return frame[frame["dataset"] != "GSE62270"]


def fewer_seeds(frame):
    return frame[frame["seed"].isin([283, 943, 629, 623, 550, 152, 317, 702, 446, 800, 685, 19, 939, 866, 470, 217])]


def shortened(frame):
    frame.loc[(frame["method"] == "deepae") & (frame["dataset"] == "GSE62270"), "iterations"] = 300
    return frame


def without_raw(frame):
    return frame[frame["normalization"] != "none"]


def without_h(frame):
    return frame[frame["measurements"] != 25]


def some_failed(frame):
    chosen = (frame["method"] == "smaf") & (frame["dataset"] == "GSE62270") & (frame["seed"] == 629)
    frame.loc[chosen, "status"] = "failed"
    return frame


def unsteady(frame):
    rows = (frame["method"] == "deepae") & (frame["measurements"] == 10)
    frame.loc[rows, "pcc"] = frame.loc[rows, "pcc"].astype(float) - 0.2
    frame.loc[rows, "em"] = frame.loc[rows, "em"].astype(float) * 1.5
    return frame


def decoded(frame):
    frame.loc[frame["method"].isin(planted.BASELINES), "em"] = 5e5
    return frame


@pytest.mark.parametrize(
    ("spoil", "claim", "protocol", "turned"),
    [
        (worse_deepae, "F2-best-50", "paper", "not-reproduced"),
        (worse_deepae, "F3-best-50", "corrected", "not-reproduced"),
        (worse_deepae, "T3-best-em", "paper", "not-reproduced"),
        (worse_deepae, "T3-em-deepae", "paper", "not-reproduced"),
        (worse_deepae, "T3-cut-em", "paper", "not-reproduced"),
        (worse_deepae, "T3-cut-mae", "paper", "not-reproduced"),
        (worse_deepae, "F4-above-90", "paper", "not-reproduced"),
        (worse_deepae, "TS1-best", "paper", "not-reproduced"),
        (worse_deepae, "F5-best", "paper", "not-reproduced"),
        (worse_deepae, "F7-best", "paper", "not-reproduced"),
        (worse_deepae, "Q07", "paper", "not-reproduced"),
        (worse_on_one, "F2-best-50", "paper", "partly"),
        (worse_on_one, "F4-above-90", "paper", "not-reproduced"),  # the mean over data sets falls
        (without_one, "F2-best-50", "paper", "partly"),
        (without_one, "T3-pcc-deepae", "paper", "untested"),
        (fewer_seeds, "F2-best-50", "paper", "partly"),
        (shortened, "F2-best-50", "paper", "partly"),
        (without_raw, "F2-best-50", "paper", "partly"),
        (without_raw, "T3-pcc-svd", "paper", "untested"),
        (without_h, "F3-best-all", "paper", "partly"),
        (some_failed, "F2-best-50", "paper", "partly"),
        (unsteady, "F4-steady", "paper", "not-reproduced"),
        (unsteady, "F3-steady-em", "paper", "partly"),
        (decoded, "zeros", "paper", "not-reproduced"),
        (decoded, "T3-em-svd", "paper", "not-reproduced"),
    ],
)
def test_a_wrong_table_turns_a_verdict(
    spoil, claim, protocol, turned, whole, results, metrics, claims, printed, root, tmp_path
):
    assert whole[claim, protocol].verdict == "reproduced"
    worse = planted.spoiled(root, results, tmp_path, spoil(metrics.copy()))
    item = judged(only(claims, claim), worse, printed)[claim, protocol]
    assert item.verdict == turned, evidence(item.finding)


def test_tests_that_find_nothing_turn_a_verdict(whole, results, claims, printed, root, tmp_path):
    names = ("TS4-em", "TS4-mae", "TS4-pcc")
    assert {whole[name, "paper"].verdict for name in names} == {"reproduced"}
    weak = planted.spoiled(root, results, tmp_path, ttests={"p_student": 0.2})
    assert {item.verdict for (_, p), item in judged(only(claims, *names), weak, printed).items() if p == "paper"} == {
        "not-reproduced"
    }
    other = planted.spoiled(root, results, tmp_path, ttests={"mean_difference": 1.0})
    assert judged(only(claims, "TS4-em"), other, printed)["TS4-em", "paper"].verdict == "not-reproduced"


def test_a_subset_is_never_reproduced(metrics, results, claims, printed, root, tmp_path):
    own = metrics[metrics["dataset"] == "GSE60361"].assign(dataset="GSE60361-200cells")
    rest = metrics[metrics["dataset"] != "GSE60361"]
    part = planted.spoiled(root, results, tmp_path, pd.concat([rest, own]))
    item = judged(only(claims, "F2-best-50"), part, printed)["F2-best-50", "paper"]
    assert item.verdict == "partly"
    assert "GSE60361-200cells stands for GSE60361 (200 of 3005 cells" in evidence(item.finding)


def test_evidence_names_file_and_rows(whole):
    text = evidence(whole["T3-em-svd", "paper"].finding)
    assert "tables/metrics.tsv" in text
    assert "method=svd" in text
    assert "measurements=50" in text


def test_what_fails_only_on_less_is_untested(metrics, results, claims, printed, root, tmp_path):
    bad = metrics[metrics["dataset"] == "GSE60361"].assign(dataset="GSE60361-200cells")
    bad.loc[bad["method"] == "deepae", "pcc_gene"] = 0.1
    part = planted.spoiled(root, results, tmp_path, pd.concat([metrics[metrics["dataset"] != "GSE60361"], bad]))
    item = judged(only(claims, "F5-most"), part, printed)["F5-most", "paper"]
    assert not any(item.finding.holds.values())
    assert item.verdict == "untested"
    assert "only less than it names" in evidence(item.finding)
    bad["dataset"] = "GSE60361"
    whole = planted.spoiled(root, results, tmp_path, pd.concat([metrics[metrics["dataset"] != "GSE60361"], bad]))
    assert judged(only(claims, "F5-most"), whole, printed)["F5-most", "paper"].verdict == "not-reproduced"
    bad["iterations"] = 300
    short = planted.spoiled(root, results, tmp_path, pd.concat([metrics[metrics["dataset"] != "GSE60361"], bad]))
    assert judged(only(claims, "F5-most"), short, printed)["F5-most", "paper"].verdict == "untested"


def test_the_whole_stands_for_itself_beside_its_part(metrics, results, claims, printed, root, tmp_path):
    part = metrics[metrics["dataset"] == "GSE60361"].assign(dataset="GSE60361-200cells")
    both = planted.spoiled(root, results, tmp_path, pd.concat([metrics, part]))
    item = judged(only(claims, "T3-em-deepae"), both, printed)["T3-em-deepae", "paper"]
    assert (item.verdict, item.finding.limits) == ("reproduced", [])
    assert "GSE60361-200cells" not in evidence(item.finding)


def test_raw_claims_are_not_answered_in_z_scores(whole):
    item = whole["F5-best", "released-zscore"]
    assert item.verdict == "untested"
    assert "about log(x + 1) or raw values, this program about z-scores" in item.finding.untested


def test_an_average_lacking_a_data_set_is_looked_at_one_by_one(metrics, results, claims, printed, root, tmp_path):
    less = planted.spoiled(root, results, tmp_path, without_one(worse_on_one(metrics.copy())))
    item = judged(only(claims, "F4-above-90"), less, printed)["F4-above-90", "paper"]
    assert item.verdict == "partly"
    assert {place.split()[0] for place in item.finding.holds} == set(planted.NINE) - {"GSE62270"}


def test_worse_than_zero_is_not_close_to_zero(metrics, results, claims, printed, root, tmp_path):
    def burst(frame):
        frame.loc[frame["method"].isin(planted.BASELINES), "em"] = 3e6
        return frame

    other = planted.spoiled(root, results, tmp_path, burst(metrics.copy()))
    assert judged(only(claims, "zeros"), other, printed)["zeros", "paper"].verdict == "not-reproduced"


def test_a_fall_needs_both_ends(metrics, results, claims, printed, root, tmp_path):
    inner = planted.spoiled(root, results, tmp_path, metrics[metrics["measurements"].isin([10, 50])])
    item = judged(only(claims, "S5-baselines"), inner, printed)["S5-baselines", "paper"]
    assert item.verdict == "untested"
    assert "h = 1 and h = 100" in item.finding.untested


def test_what_is_left_is_told_as_a_share_with_an_interval(whole):
    item = whole["Q12-raw", "corrected"]
    text = item.finding.observed
    assert "18.0 % smaller than" in text, "9.836e5 against 1.2e6"
    assert "the best of them (cut 18 to 18 % over seeds), 0.36 of the printed cut" in text
    assert item.verdict == "not-reproduced"


def test_beating_needs_more_than_the_paired_interval(whole, results, claims, printed, root, tmp_path):
    assert whole["Q07", "paper"].verdict == "reproduced" or whole["Q07", "paper"].finding.limits
    unsure = planted.spoiled(root, results, tmp_path, ttests={"ci_low": -1.0, "ci_high": 1.0})
    item = judged(only(claims, "Q07"), unsure, printed)["Q07", "paper"]
    assert not any(item.finding.holds.values())
    assert "undecided" in evidence(item.finding)


def test_pathways_in_every_dimension_must_exceed_chance(whole, results, claims, printed, root, tmp_path):
    assert whole["F9-captured", "paper"].verdict == "reproduced"
    usual = planted.spoiled(root, results, tmp_path, control={"null_95": 9.0})
    assert judged(only(claims, "F9-captured"), usual, printed)["F9-captured", "paper"].verdict == "not-reproduced"


def test_a_random_projection_that_keeps_as_much_turns_topology(whole, results, claims, printed, root, tmp_path):
    assert whole["F8-topology", "paper"].verdict == "reproduced"
    path = results.files["neighbourhood"][0]
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    better = table[table["method"] == "deepae"].assign(
        method="random", representation="projection", trustworthiness=0.99
    )
    files = dict(results.files, neighbourhood=[tmp_path / "tables/neighbourhood.tsv"])
    write_tsv(files["neighbourhood"][0], pd.concat([table, better]))
    other = Results(files, results.root, results.datasets, results.methods)
    assert judged(only(claims, "F8-topology"), other, printed)["F8-topology", "paper"].verdict == "not-reproduced"


def test_a_method_that_was_not_run_is_the_reason(metrics, results, claims, printed, root, tmp_path):
    less = planted.spoiled(root, results, tmp_path, metrics[metrics["method"] != "deepae-released-raw"])
    item = judged(only(claims, "F2-best-50"), less, printed)["F2-best-50", "released-raw"]
    assert item.verdict == "untested"
    assert "deepae-released-raw" in item.finding.untested


def test_the_authors_run_must_agree_within_the_spread(whole, results, metrics, claims, printed, root, tmp_path):
    names = [claim.id for claim in claims if claim.check == "own-run"]
    assert len(names) == 5
    assert {whole[name, "released-zscore"].verdict for name in names} == {"reproduced"}
    rows = metrics["method"] == "deepae-released-zscore"
    off = metrics.copy()
    off.loc[rows, ["pcc", "mae", "em_allpairs"]] = off.loc[rows, ["pcc", "mae", "em_allpairs"]].astype(float) * 1.05
    other = planted.spoiled(root, results, tmp_path, off)
    found = judged([claim for claim in claims if claim.id in names], other, printed)
    assert {item.verdict for item in found.values()} == {"not-reproduced"}


def test_skill_is_decided_by_its_interval(whole, results, claims, printed, root, tmp_path):
    assert whole["Q01", "paper"].verdict != "not-reproduced"
    for columns, expected in (
        ({"ci_low": -0.1}, "not-reproduced"),
        ({"ci_low": np.nan, "ci_high": np.nan}, "untested"),
    ):
        other = planted.spoiled(root, results, tmp_path, skill=columns)
        assert judged(only(claims, "Q01"), other, printed)["Q01", "paper"].verdict == expected


@pytest.mark.parametrize(
    ("claim", "kind", "change", "turned"),
    [
        ("F8-topology", "neighbourhood", {"trustworthiness": 0.5}, "not-reproduced"),
        ("S2-topology", "neighbourhood", {"recall": 0.1}, "not-reproduced"),
        ("S3-every", "enrichment", {"terms": 0}, "not-reproduced"),
        ("F9-GSE62270", "enrichment", {"lowest_term": "Cell cycle"}, "not-reproduced"),
        ("S3-1684", "enrichment", {"query_size": 900}, "not-reproduced"),
        ("K-1997", "key_genes", {"dimension": 1}, "not-reproduced"),
        ("Q26", "stability", {"value": 0.01}, "not-reproduced"),
        ("Q28", "control", {"p": 0.9}, "not-reproduced"),
    ],
)
def test_a_wrong_meaning_turns_a_verdict(claim, kind, change, turned, whole, results, claims, printed, root, tmp_path):
    assert whole[claim, "paper"].verdict in ("reproduced", "partly")
    other = planted.spoiled(root, results, tmp_path, **{kind: change})
    assert judged(only(claims, claim), other, printed)[claim, "paper"].verdict == turned


def test_contradictions_are_computed_from_print(whole):
    found = {name: item for (name, _), item in whole.items() if item.claim.section == "Contradictions"}
    assert len(found) >= 20
    assert {item.verdict for item in found.values()} == {"contradicted"}
    assert "1890" in found["X-cauchy"].finding.observed
    assert "0.507" in found["X-squared"].finding.observed
    assert "0.273" in found["X-squared"].finding.observed
    assert found["X-cut-em"].finding.observed == "49.1 to 49.3 %"
    assert found["X-cut-mae"].finding.observed == "72.5 to 72.7 %"
    assert "GSE71858, GSE77564" in found["X-text-accessions"].finding.observed
    assert "GSE65525, GSE84133" in found["X-species-list"].finding.observed


@pytest.mark.parametrize(
    ("claim", "file", "old", "new"),
    [
        ("X-cauchy", "table-3.tsv", "mae\t1.353e6\t1.352e6\t1.347e6\t1.345e6\t3.693e5", "mae\t90\t90\t90\t90\t40"),
        ("X-squared", "table-3.tsv", "3.693e5", "6.86e5"),
        ("X-cut-em", "table-3.tsv", "9.836e5", "9.68e5"),
        ("X-best", "table-3.tsv", "0.8553", "0.8563"),
        ("X-text-accessions", "accessions.tsv", "\tGSE71858\ttext\n\tGSE77564\ttext\n", ""),
        ("X-GSE65525", "accessions.tsv", "GSE66525", "GSE65525"),
        ("X-layers", "statements.tsv", "DeepAE4\t9", "DeepAE4\t7"),
        ("X-smallest", "statements.tsv", "data set\t20", "data set\t96"),
        ("X-slope", "statements.tsv", "ReLU\t0.01", "ReLU\t0.2"),
        ("X-pathway-species", "pathways.tsv", "WP4396\tHomo sapiens", "WP4396\tMus musculus"),
    ],
)
def test_another_print_would_not_contradict_itself(claim, file, old, new, claims, root, whole, tmp_path):
    shutil.copytree(root / "resources/paper", tmp_path / "paper")
    path = tmp_path / "paper" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    item = judged(only(claims, claim), None, Printed(tmp_path / "paper"))[claim, "printed"]
    assert item.verdict == "reproduced", item.finding.observed


def test_verdicts_follow_the_rules():
    assert verdict(Finding(holds={"a": True})) == "reproduced"
    assert verdict(Finding(holds={"a": True}, limits=["a subset"])) == "partly"
    assert verdict(Finding(holds={"a": True, "b": False})) == "partly"
    assert verdict(Finding(holds={"a": False})) == "not-reproduced"
    assert verdict(Finding(holds={"a": True, "b": False}, printed=True)) == "contradicted"
    assert verdict(Finding(holds={"a": True}, untested="no data")) == "untested"
    assert verdict(Finding()) == "untested"


def test_the_table_is_plain_text(whole):
    frame = table.frame(list(whole.values()))
    assert list(frame) == ["id", "location", "statement", "expected", "observed", "protocol", "verdict", "evidence"]
    text = frame.to_csv(sep="\t", index=False)
    assert '"' not in text
    assert all(line.count("\t") == 7 for line in text.splitlines())


def test_a_wrong_claims_file_is_one_line(tmp_path, root):
    path = tmp_path / "claims.yaml"
    entry = "  - {id: A, section: Table 3, location: x, statement: y, check: best, expected: z, protocols: [paper]%s}\n"
    for extra, said in ((", sttement: z", "did you mean 'statement'"), ("", "ids must differ")):
        path.write_text("claims:\n" + entry % "" + entry % extra)
        with pytest.raises(ConfigError, match=said) as caught:
            load_claims(path, CHECKS)
        assert "\n" not in str(caught.value)
    path.write_text("claims:\n" + (entry % "").replace("best", "bset"))
    with pytest.raises(ConfigError, match="bset"):
        load_claims(path, CHECKS)


def test_the_page_holds_every_claim_and_needs_nothing_else(whole, results):
    text = page.render(list(whole.values()), results)
    for name, _ in whole:
        assert f'id="{name}"' in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<script src" not in text
    assert "nan" not in text.lower().replace("dominan", "")
    assert np.all([f">{word}<" in text or f" {word}<" in text for word in VERDICTS])


def test_text_of_a_data_set_cannot_become_markup(whole, results, monkeypatch):
    monkeypatch.setitem(results.datasets, "GSE60361", {"note": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.render(list(whole.values()), results)
