"""The home page and the claims page: each state of each answer, every link, and what a browser makes of them."""

import json
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import planted_results as planted
import pytest
from browser import tab

from deepae.audit import answers, table
from deepae.audit.checks import CHECKS
from deepae.audit.claims import Printed, load_claims
from deepae.audit.headline import headline
from deepae.audit.results import Results
from deepae.io.files import write_tsv
from deepae.report import archive
from deepae.report.pages import claims as claims_page
from deepae.report.pages import dictionary, home, tables

UNIT_NORM = [f"{name}-corrected" for name in planted.BASELINES]
SMALL = ["GSE102475", "GSE84133"]


@pytest.fixture(scope="module")
def printed(root):
    return Printed(root / "resources/paper")


@pytest.fixture(scope="module")
def metrics(root):
    frame = planted.metrics(root)
    frame = frame[frame["dataset"].isin([*SMALL, "CyTOF-MDA-MB-231"]) & frame["measurements"].isin([10, 50])]
    methods = ["deepae", *planted.BASELINES, *UNIT_NORM, "zero", "mean", "pca", "random-lmmse"]
    return frame[frame["method"].isin(methods)]


@pytest.fixture(scope="module")
def results(root, metrics, tmp_path_factory):
    return planted.write(root, tmp_path_factory.mktemp("pages"), metrics)


def asked(results, printed):
    return {item.id: item for item in answers.answers(results, printed)}


def text_of(html):
    html = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_ten_answers_and_two_notes_each_with_numbers_and_what_they_rest_on(results, printed):
    found = asked(results, printed)
    assert list(found)[:10] == [
        *("halved", "nothing", "unit-norm-decoding", "linear", "robust", "mae", "key-genes", "go-terms", "topology"),
        "platforms",
    ]
    assert {item.chip for item in list(found.values())[10:]} == {"note"}
    for item in list(found.values())[:10]:
        assert item.chip in ("yes", "no", "undecided", "not run")
        assert re.search(r"\d", item.line), item
        assert len(item.line) < 420
        assert item.chip == "not run" or item.basis
    assert "GSE102475" in found["halved"].basis
    assert found["mae"].chip == "no"
    assert "369300, possible at most 959" in found["mae"].line
    assert "8 of 163 cells, 4.9 % (GSE102475)" in found["training-cells"].line


def change(frame, methods, **factors):
    frame = frame.copy()
    rows = frame["method"].isin(methods)
    for column, factor in factors.items():
        frame.loc[rows, column] = frame.loc[rows, column].astype(float) * factor
    return frame


def noisy(frame, methods, column, size):
    frame = frame.copy()
    rows = frame["method"].isin(methods)
    signs = np.where(frame.loc[rows, "seed"] % 2 == 0, 1 + size, 1 - size)
    frame.loc[rows, column] = frame.loc[rows, column].astype(float) * signs
    return frame


@pytest.mark.parametrize(
    ("answer", "spoil", "chip"),
    [
        ("halved", lambda m: m, "yes"),
        ("halved", lambda m: change(m, ["deepae"], em=1.5), "no"),
        ("halved", lambda m: noisy(m, ["deepae"], "em", 0.4), "undecided"),
        ("halved", lambda m: m[m["method"] != "deepae"], "not run"),
        ("halved", lambda m: m.assign(iterations=300), "not run"),
        ("nothing", lambda m: m, "yes"),
        ("nothing", lambda m: change(m, planted.BASELINES, em=0.5), "no"),
        ("nothing", lambda m: m[m["method"] != "zero"], "not run"),
        ("unit-norm-decoding", lambda m: m, "no"),
        ("unit-norm-decoding", lambda m: change(m, UNIT_NORM, em=3), "yes"),
        ("unit-norm-decoding", lambda m: noisy(m, UNIT_NORM, "em", 0.9), "undecided"),
        ("linear", lambda m: m, "yes"),
        ("linear", lambda m: change(m, ["pca"], em=0.1), "no"),
        ("linear", lambda m: m[~m.duplicated(["dataset", "normalization", "method", "measurements"])], "undecided"),
        ("robust", lambda m: m, "yes"),
        ("robust", lambda m: m[m["measurements"] == 10], "not run"),
        ("platforms", lambda m: change(m, [*UNIT_NORM, "pca"], em=3), "yes"),
        ("platforms", lambda m: change(m, ["pca"], em=0.1), "no"),
        ("platforms", lambda m: m[m["dataset"] != "CyTOF-MDA-MB-231"], "not run"),
    ],
)
def test_each_state_of_each_answer_from_metrics(answer, spoil, chip, results, printed, root):
    item = asked(planted.spoiled(root, results, spoil(results.frame("metrics"))), printed)[answer]
    assert item.chip == chip, item.line


def test_a_rival_that_was_not_run_decides_nothing_in_favour(results, printed, root):
    """Without the best rival DeepAE's advantage looks larger: it may refute, never confirm."""
    metrics = results.frame("metrics")
    for answer, spoil, chip in (
        ("halved", lambda m: m[m["method"] != "snmf"], "undecided"),
        ("halved", lambda m: change(m[m["method"] != "snmf"], ["deepae"], em=1.5), "no"),
        ("unit-norm-decoding", lambda m: m[m["method"] != "snmf-corrected"], "no"),
    ):
        item = asked(planted.spoiled(root, results, spoil(metrics)), printed)[answer]
        assert item.chip == chip, item.line
        assert any("not run" in limit for limit in item.finding.limits)


def test_the_headline_is_no_wider_than_its_answers(results, printed, root):
    """Each h counts, data sets are named, and what an interval leaves open is said."""
    metrics = results.frame("metrics")
    better = change(metrics, ["pca"], em=0.5)
    at = (better["method"] == "pca") & (better["measurements"] == 10)
    better.loc[at, "em"] = better.loc[at, "em"] * 8
    found = asked(planted.spoiled(root, results, better), printed)
    said = headline(list(found.values()))
    assert re.search(r"GSE102475 .* \d+ % above to \d+ % below PCA's", said), said
    doubt = asked(planted.spoiled(root, results, noisy(metrics, UNIT_NORM, "em", 0.9)), printed)
    assert "undecided against the best with unit-norm decoding" in headline(list(doubt.values()))
    unsure = planted.spoiled(root, results, noisy(change(metrics, ["deepae"], em=1.5), ["deepae"], "em", 0.9))
    assert "all three comparisons are undecided" in headline(list(asked(unsure, printed).values()))
    more = metrics[metrics["dataset"] == "GSE84133"].assign(dataset="GSE65525")
    counted = planted.spoiled(root, results, pd.concat([metrics, more]))
    assert "is below the best published baseline's" in headline(list(asked(counted, printed).values()))
    assert "on 3 of 3 data sets;" in headline(list(asked(counted, printed).values()))


def test_another_loss_is_set_beside_the_papers(results, printed, root):
    metrics = results.frame("metrics")
    own = metrics[metrics["method"] == "deepae"]
    squared = change(own, ["deepae"], em=0.5, mae=1.2).assign(method="deepae-mse")
    run = planted.spoiled(root, results, pd.concat([metrics, squared]))
    entry = {"label": "squared", "role": "network", "base": "deepae", "loss": "mse"}
    run.methods = results.methods | {"deepae-mse": entry}
    line = asked(run, printed)["loss"].line
    assert "EM 50 % lower, MAE 20 % higher at h = 10 on GSE102475 (z-scores)" in line
    assert "loss" not in asked(results, printed)


def test_own_data_under_two_normalisations_are_ranked_under_one(results, printed, root):
    metrics = results.frame("metrics")
    own = metrics[metrics["dataset"] == "GSE102475"].assign(dataset="cells")
    both = pd.concat([own, own.assign(normalization="none", em=own["em"].astype(float) * 1000)])
    both = both[(both["method"] != "smaf") | (both["normalization"] == "zscore")]
    with_worst = change(both, ["smaf"], em=50)
    other = Results({}, root, {"cells": {"label": "cells"}}, results.methods)
    other._frames["metrics"] = with_worst
    line = asked(other, printed)["best"].line
    assert "CS-SMAF" not in line.partition("EM at")[2].partition("MAE")[0], line


def test_mass_cytometry_is_compared_over_the_same_methods_with_either_decoding(results, printed, root):
    """Without unit-norm sNMF, published sNMF stays among the rivals: leaving it out would flatter DeepAE."""
    metrics = results.frame("metrics")
    best = change(metrics[metrics["method"] != "snmf-corrected"], ["snmf"], em=0.01)
    line = asked(planted.spoiled(root, results, best), printed)["platforms"].line
    assert "(sNMF as published)" in line
    cuts = re.findall(r"(\d+ %) .*?(?:lower|higher) than that of the best", line)
    assert len(cuts) == 2
    assert cuts[0] == cuts[1], line


@pytest.mark.parametrize(
    ("answer", "kind", "columns", "chip"),
    [
        ("key-genes", "stability", {}, "yes"),
        ("key-genes", "stability", {"value": 0.08}, "no"),
        ("key-genes", "stability", {"value": [0.2, 0.3, 0.4, 0.1] * 27}, "undecided"),  # pairs on both sides
        ("go-terms", "control", {}, "yes"),
        ("go-terms", "control", {"p": 0.3, "observed": 0}, "no"),
        ("go-terms", "control", {"p": 0.08}, "undecided"),
        ("topology", "neighbourhood", {}, "yes"),
        ("topology", "neighbourhood", {"recall": 0.3}, "no"),
        ("topology", "neighbourhood", {"seed": 1}, "undecided"),  # one seed: no interval
    ],
)
def test_each_state_of_each_answer_from_codes(answer, kind, columns, chip, results, printed, root):
    item = asked(planted.spoiled(root, results, **{kind: columns} if columns else {}), printed)[answer]
    assert item.chip == chip, item.line
    less = Results(dict(results.files, **{kind: []}), results.root, results.datasets, results.methods)
    assert asked(less, printed)[answer].chip == "not run"


@pytest.mark.parametrize(("method", "chip"), [("svd-corrected", "no"), ("deepae-mse", "yes")])
def test_any_method_that_is_better_keeps_deepae_from_being_best(method, chip, metrics, printed, root, tmp_path):
    """A floor, a panel or a plug-in too; but not DeepAE itself under another loss."""
    own = metrics[metrics["dataset"] == "GSE102475"].assign(dataset="cells")
    own = own[own["method"].isin(["deepae", "mean"])]
    more = change(own[own["method"] == "deepae"], ["deepae"], em=0.5, mae=0.5).assign(method=method, pcc=0.99)
    write_tsv(tmp_path / "metrics.tsv", pd.concat([own, more]))
    methods = {
        "deepae": {"label": "DeepAE", "role": "proposed", "protocol": "paper"},
        "mean": {"label": "mean", "role": "control", "floor": True},
        method: {"label": "other", "role": "network", "base": "deepae" if chip == "yes" else "svd"},
    }
    other = Results({"metrics": [tmp_path / "metrics.tsv"]}, tmp_path, {"cells": {"label": "cells"}}, methods)
    assert asked(other, printed)["best"].chip == chip


@pytest.mark.parametrize(
    ("entry", "columns"),
    [
        ({"series": "sNMF, unit norm", "split": {"n_train": 5}}, {}),  # on fewer test cells the error is smaller
        ({"series": "sNMF, unit norm", "noise": 2}, {}),
        ({}, {"normalization": "log1p"}),
    ],
)
def test_only_runs_on_the_same_cells_and_scale_are_rivals(entry, columns, metrics, printed, tmp_path):
    own = metrics[metrics["dataset"] == "GSE102475"].assign(dataset="cells")
    own = own[own["method"].isin(["deepae", "mean", "svd"])]
    own = change(own, ["deepae"], em=1, mae=1, pcc=0.95)
    other = change(own[own["method"] == "deepae"], ["deepae"], em=0.5, mae=0.5).assign(
        method="snmf-corrected", pcc=0.99
    )
    write_tsv(tmp_path / "metrics.tsv", pd.concat([own, other.assign(**columns)]))
    methods = {
        "deepae": {"label": "DeepAE", "role": "proposed", "protocol": "paper"},
        "mean": {"label": "mean", "role": "control", "floor": True},
        "svd": {"label": "SVD", "role": "published"},
        "snmf-corrected": {"label": "sNMF there", "role": "unit-norm", **entry},
    }
    other = Results({"metrics": [tmp_path / "metrics.tsv"]}, tmp_path, {"cells": {"label": "cells"}}, methods)
    answer = asked(other, printed)["best"]
    assert answer.chip == "yes", answer.line
    assert "sNMF there" not in answer.line


def test_own_data_are_asked_how_the_methods_compare(metrics, results, printed, root, tmp_path):
    own = metrics[metrics["dataset"] == "GSE102475"].assign(dataset="cells")
    write_tsv(tmp_path / "tables/metrics.tsv", own)
    files = {"metrics": [tmp_path / "tables/metrics.tsv"]}
    other = Results(files, tmp_path, {"cells": {"label": "cells"}}, results.methods)
    found = asked(other, printed)
    assert not {"halved", "nothing", "mae", "platforms"} & set(found)
    assert found["best"].chip in ("yes", "no", "undecided")
    home.write(other, printed, files["metrics"], tmp_path)
    text = text_of((tmp_path / "index.html").read_text())
    assert "paper" not in text.partition("Glossary")[0].lower()
    assert "cells" in text


def test_a_partial_run_says_what_it_lacks(results, printed, tmp_path):
    empty = Results({}, tmp_path, results.datasets, results.methods)
    home.write(empty, printed, [], tmp_path, missing="3 of 5 runs of the block figure-2.")
    text = text_of((tmp_path / "index.html").read_text())
    assert "3 of 5 runs of the block figure-2" in text
    assert "not decided by this run" in text
    assert "nan" not in text.split()


@pytest.fixture(scope="module")
def made(results, printed, root, tmp_path_factory):
    """A results folder with both pages, a figure and a table of 5000 rows; and the zip made of it."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(results.root, folder, dirs_exist_ok=True)
    frame = pd.read_csv(folder / "tables/metrics.tsv", sep="\t", keep_default_na=False)
    frame = pd.concat([frame] * (5000 // len(frame) + 1), ignore_index=True).iloc[:5000]
    figure = '<svg xmlns="http://www.w3.org/2000/svg"><title>Figure 2 · correlation &amp; more</title></svg>'
    (folder / "figures").mkdir()
    (folder / "figures/figure-2.svg").write_text(figure)
    (folder / "provenance.json").write_text(json.dumps({"runs": {"rows": 5}, "code": {"commit": "0123456789"}}))
    claims = load_claims(root / "resources/paper/claims.yaml", CHECKS)
    judgements, found = table.judge(claims, results, printed), answers.answers(results, printed)
    write_tsv(folder / "audit/claims.tsv", table.frame(judgements))
    write_tsv(folder / "audit/questions.tsv", table.questions_frame(judgements))
    (folder / "audit/claims.html").write_text(claims_page.render(judgements, found, results))
    write_tsv(folder / "tables/metrics.tsv", frame)
    home.write(results, printed, [path for path in folder.rglob("*") if path.is_file()], folder)
    report = folder / "report.zip"
    with zipfile.ZipFile(report, "w") as file:
        file.writestr("report/report.html", "<title>Snakemake</title>")
    archive.add_home(report, folder)
    return folder


def test_pages_are_small_plain_and_need_nothing_else(made):
    claims = (made / "audit/claims.html").read_text()
    assert len(text_of(claims).split()) <= 8000
    assert len(claims.encode()) <= 400_000
    index = (made / "index.html").read_text()
    assert len(index.encode()) + sum(path.stat().st_size for path in (made / "home").iterdir()) <= 1_000_000
    for text in (claims, index):
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert "<script src" not in text
        assert not re.search(r"\bnan\b", text_of(text))


def test_every_link_of_the_zip_leads_somewhere_and_everything_is_readable(made, tmp_path):
    with zipfile.ZipFile(made / "report.zip") as file:
        assert {entry.external_attr >> 16 & 0o777 for entry in file.infolist()[1:]} == {0o644}
        file.extractall(tmp_path)
    pages = sorted((tmp_path / "report").rglob("*.html"))
    assert {page.name for page in pages} == {"index.html", "claims.html", "report.html"}
    for page in pages:
        text = page.read_text()
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        for link in re.findall(r'(?:href|src|data-file|data-download)="([^"]+)"', text):
            path, _, anchor = link.partition("#")
            assert not path or (page.parent / path).exists(), f"{page.name}: {link}"
            assert path or anchor in ids, f"{page.name}: #{anchor}"


def test_text_of_a_data_set_cannot_become_markup(results, printed, tmp_path):
    entries = {"<script>alert(1)</script>": {"label": "x"}}
    other = Results({}, tmp_path, entries, results.methods)
    home.write(other, printed, [], tmp_path)
    assert "<script>alert" not in (tmp_path / "index.html").read_text()


def test_rows_of_a_table_come_back_from_its_script():
    frame = pd.DataFrame({"dataset": ["a", "b", "a"], "pcc": [0.123456789, np.nan, 2.0], "empty": [np.nan] * 3})
    text = tables.script("metrics", frame, {"pcc": "a meaning"})
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert [column["name"] for column in found["columns"]] == ["dataset", "pcc"]
    assert found["columns"][1]["meaning"] == "a meaning"
    assert [found["columns"][0]["texts"][row[0]] for row in found["rows"]] == ["a", "b", "a"]
    assert [row[1] for row in found["rows"]] == [0.12346, None, 2]


def test_the_glossary_has_every_method_an_answer_points_at(results, printed):
    words = {word["id"] for word in dictionary.glossary()}
    assert {item.method for item in answers.answers(results, printed)} - {""} <= words


def test_docs_are_made_of_the_glossary_and_the_dictionary(root):
    for name, text in (("glossary.md", dictionary.glossary_page()), ("tables.md", dictionary.tables_page())):
        assert (root / "docs" / name).read_text() == text, "run python -m deepae.report.pages.dictionary"


def test_the_dictionary_has_every_column_of_a_run(made):
    for path in [path for path in made.rglob("*.tsv") if path.parent.name != "blocks"]:
        name = str(path.relative_to(made))
        known, head = dictionary.columns_of(name), path.read_text().partition("\n")[0].split("\t")
        assert known is not None, name
        assert set(head) <= set(known), name
        assert all(len(entry) == 3 for entry in known.values())


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_ten_answers_stand_on_the_first_two_screens(browser, made, width, height):
    with tab(browser, viewport={"width": width, "height": height}) as page:
        page.goto(f"file://{made}/index.html")
        bottom = page.evaluate("document.querySelectorAll('.answer')[9].getBoundingClientRect().bottom")
        assert bottom < 2 * height
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.said


def test_a_table_of_5000_rows_sorts_and_filters_in_under_a_second(browser, made):
    heading = "[...document.querySelectorAll('#table thead button')].find(b => b.textContent === 'em')"
    click = f"(() => {{ const t = performance.now(); {heading}.click(); return performance.now() - t }})()"
    with tab(browser) as page:
        page.goto(f"file://{made}/index.html")
        page.click("button[data-table=metrics]")
        page.wait_for_selector("#table tbody tr")
        assert "5000 of 5000 rows" in page.inner_text("#count")
        assert page.evaluate(click) < 1000
        column = page.evaluate(f"[...document.querySelectorAll('#table thead button')].indexOf({heading})")
        rows = f"[...document.querySelectorAll('#table tbody tr')].map(r => r.cells[{column}].textContent)"
        values = [float(value) for value in page.evaluate(rows) if value]
        assert values == sorted(values)
        page.fill("#filter", "deepae 50 zscore")
        assert 0 < int(page.inner_text("#count").split()[0]) < 5000


def test_the_claims_are_searched(browser, made):
    with tab(browser) as page:
        page.goto(f"file://{made}/audit/claims.html#S5-zeros")
        assert page.evaluate("document.getElementById('S5-zeros').open")
        page.fill("#search", "zeros")
        assert 0 < page.locator("details.claim:visible").count() < 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "audit/claims.html"])
def test_text_and_marks_stand_out(browser, made, root, name, scheme):
    with tab(browser, color_scheme=scheme) as page:
        page.goto(f"file://{made}/{name}")
        page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
        found = page.evaluate((root / "tests/data/contrast.js").read_text())
    assert found["checked"] > 50
    assert not found["low"]
