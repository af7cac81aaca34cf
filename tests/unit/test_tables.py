"""Tables laid out as printed, their gaps explained, and the typeset view."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from deepae.analysis.runs import with_roles
from deepae.analysis.ttests import ttests
from deepae.report.pages import dictionary
from deepae.tables import comparison, data, typeset
from deepae.tables import tests as s4

METHODS = {
    "deepae": {"label": "DeepAE", "protocol": "paper"},
    "deepae1": {"label": "DeepAE1", "protocol": "paper"},
    "svd": {"label": "SVD", "protocol": "paper"},
    "smaf": {"label": "CS-SMAF", "protocol": "paper"},
    "svd-corrected": {"label": "SVD (corrected)", "protocol": "corrected"},
    "zero": {"label": "zero", "protocol": "control"},
}


def make_metrics(hs=(10, 50), normalizations=("none",)):
    """PCC with a known spread over seeds; errors of data set two are a thousand times larger."""
    rows = []
    for normalization in normalizations:
        for dataset, scale in (("one", 1.0), ("two", 1000.0)):
            for place, method in enumerate(METHODS):
                for h in hs:
                    for number, seed in enumerate((7, 8, 9)):
                        row = {"dataset": dataset, "normalization": normalization, "method": method, "seed": seed}
                        row |= {"protocol": METHODS[method]["protocol"], "measurements": h, "n_train": 8, "n_test": 155}
                        row |= {"pcc": 0.9 - 0.1 * place + 0.01 * number + h / 1e4, "spearman": 0.5, "mse": 1.0}
                        row |= {"em": scale * (2 + place), "mae": scale / (1 + place), "fit_seconds": 5.0 + number}
                        rows.append(row)
    frame = pd.DataFrame(rows).assign(status="ok", reason="", device="cpu", threads=2)
    frame.loc[frame["method"] == "zero", ["pcc", "spearman"]] = np.nan
    return with_roles(frame, {"deepae": {"role": "proposed"}, "zero": {"role": "control"}})


def row(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_table_3_is_laid_out_as_printed_with_ours_behind():
    table = comparison.table_3(make_metrics(), METHODS)
    columns = ["metric", "SVD", "CS-SMAF", "DeepAE", "DeepAE1", "SVD (corrected)", "zero"]
    assert list(table) == [*columns, "normalization", "measurements", "datasets", "note"]
    assert list(table["metric"]) == ["PCC", "EM", "MAE", "EM / EM of zero"]
    assert set(table["measurements"]) == {50}
    assert set(table["datasets"]) == {2}
    assert set(table["note"]) == {""}


def test_table_3_averages_over_seeds_then_data_sets():
    metrics = make_metrics()
    extra = metrics[(metrics["dataset"] == "two") & (metrics["seed"] == 7)].assign(seed=10)
    table = comparison.table_3(pd.concat([metrics, extra]), METHODS)  # a fourth seed of one data set weighs no more
    assert row(table, metric="EM")["DeepAE"] == pytest.approx((2 + 2000) / 2)
    assert row(table, metric="MAE")["SVD"] == pytest.approx((1 + 1000) / 2 / 3)
    pcc = [np.mean([0.905, 0.915, 0.925]), np.mean([0.905, 0.915, 0.925, 0.905])]
    assert row(table, metric="PCC")["DeepAE"] == pytest.approx(np.mean(pcc))
    assert np.isnan(row(table, metric="PCC")["zero"])


def test_em_is_divided_by_zero_s_before_averaging():
    metrics = make_metrics()
    metrics.loc[(metrics["dataset"] == "one") & (metrics["method"] == "svd"), "em"] = 7.0  # zero: 7 and 7000
    relative = row(comparison.table_3(metrics, METHODS), metric="EM / EM of zero")
    assert relative["SVD"] == pytest.approx((1 + 4 / 7) / 2)
    assert relative["zero"] == 1


def test_without_zero_the_relative_em_is_nan_and_says_so():
    metrics = make_metrics()
    metrics = metrics[metrics["method"] != "zero"]
    relative = row(comparison.table_3(metrics, METHODS), metric="EM / EM of zero")
    assert np.isnan(relative["SVD"])
    assert "zero was not run" in relative["note"]
    assert set(comparison.table_s1(metrics, METHODS)["note"]) == {""}


def test_normalisations_are_not_mixed():
    table = comparison.table_3(make_metrics(normalizations=("none", "zscore")), METHODS)
    assert list(table["normalization"]) == ["none"] * 4 + ["zscore"] * 4


def test_the_nearest_number_of_measurements_is_taken_and_stated():
    table = comparison.table_3(make_metrics(hs=(10, 25)), METHODS)
    assert set(table["measurements"]) == {25}
    assert table["note"].str.contains("h = 25, the nearest available to 50").all()
    assert comparison.nearest_measurements(make_metrics(hs=(40, 60))) == 60


def test_failures_and_missing_data_sets_leave_nan_and_a_note():
    metrics = make_metrics()
    failed = (metrics["dataset"] == "two") & (metrics["method"] == "smaf")
    metrics.loc[failed, ["pcc", "em", "mae"]] = np.nan
    metrics.loc[failed, ["status", "reason"]] = ["failed", "did not end"]
    metrics = metrics[~((metrics["dataset"] == "one") & (metrics["method"] == "svd"))]
    table = comparison.table_3(metrics, METHODS)
    assert table[["CS-SMAF", "SVD"]].isna().all(axis=None)
    assert table["DeepAE"].notna().all()
    note = table["note"].iloc[0]
    assert "CS-SMAF: 3 of 3 runs failed on two (did not end)" in note
    assert "SVD: not run on one" in note
    by_dataset = comparison.table_s3(metrics, METHODS)
    assert np.isnan(row(by_dataset, dataset="two", metric="EM", statistic="mean")["CS-SMAF"])
    assert row(by_dataset, dataset="one", metric="EM", statistic="mean")["CS-SMAF"] == 5
    assert "did not end" not in row(by_dataset, dataset="one", metric="EM", statistic="mean")["note"]


def test_subsets_and_short_training_are_said():
    notes = {"one": {"label": "One", "note": "200 of 3005 cells"}, "two": {"label": "Two", "note": ""}}
    assert comparison.table_3(make_metrics(), METHODS, datasets=notes)["note"].iloc[0] == "one: 200 of 3005 cells"
    table = comparison.table_s3(make_metrics(), METHODS, datasets=notes)
    assert row(table, dataset="one", metric="EM", statistic="sd")["note"] == "one: 200 of 3005 cells"
    assert row(table, dataset="two", metric="EM", statistic="sd")["note"] == ""


def test_table_s3_has_mean_and_sample_deviation():
    table = comparison.table_s3(make_metrics(), METHODS)
    assert row(table, dataset="one", metric="PCC", statistic="mean")["DeepAE"] == pytest.approx(0.915)
    assert row(table, dataset="one", metric="PCC", statistic="sd")["DeepAE"] == pytest.approx(0.01)
    assert set(table["seeds"]) == {3}


def test_table_s1_and_s2_name_the_best_architecture():
    methods = METHODS | {"deepae5": {"label": "DeepAE5", "protocol": "paper"}}
    metrics = make_metrics()
    fifth = metrics[metrics["method"] == "deepae"].assign(method="deepae5", em=0.5, fit_seconds=60.0)
    table = comparison.table_s1(metrics, methods)
    assert [name for name in table if name.startswith("DeepAE")] == ["DeepAE1", "DeepAE"]
    assert row(table, dataset="one", metric="PCC", statistic="mean")["best"] == "DeepAE"
    assert row(table, dataset="one", metric="MAE", statistic="mean")["best"] == "DeepAE1"
    table = comparison.table_s2(pd.concat([metrics, fifth]), methods)
    assert row(table, dataset="two", metric="EM", statistic="mean")["best"] == "DeepAE5"
    seconds = row(table, dataset="two", metric="training, s", statistic="mean")
    assert (seconds["DeepAE"], seconds["DeepAE5"], seconds["best"]) == (6, 60, "DeepAE")
    assert (seconds["device"], str(seconds["threads"])) == ("cpu", "2")


def test_table_s4_keeps_difference_interval_and_p_values():
    tests = ttests(make_metrics())
    table = s4.table_s4(tests, METHODS)
    where = {"dataset": "one", "measurements": 50, "reference": "deepae", "method": "svd"}
    known = row(tests, metric="pcc", **where)
    shown = row(table, dataset="one", metric="PCC", method="SVD")
    for column in ("mean_difference", "ci_low", "ci_high", "p_student", "p_welch", "p_paired", "p_adjusted"):
        assert shown[column] == pytest.approx(known[column], nan_ok=True)
    assert "zero: 0 seeds with both values" in row(table, dataset="one", metric="PCC", method="zero")["note"]
    assert "DeepAE" not in set(table["method"])
    assert s4.table_s4(tests[:0], METHODS).empty


def cut_short(metrics):
    """DeepAE stopped early on the data set `one`."""
    early = (metrics["method"] == "deepae") & (metrics["dataset"] == "one")
    return metrics.assign(iterations=np.where(early, 300.0, np.where(metrics["method"] == "deepae", 1000.0, np.nan)))


def test_a_shortened_network_is_in_no_average_and_never_best():
    methods = METHODS | {"deepae": METHODS["deepae"] | {"iterations": 1000}}
    average = comparison.table_3(cut_short(make_metrics()), methods)
    assert average["DeepAE"].isna().all()
    assert average["SVD"].notna().all()
    assert "DeepAE: shortened training: 300 of 1000 updates on one, not ranked" in average["note"].iloc[0]
    table = comparison.table_s3(cut_short(make_metrics()), methods)
    assert row(table, dataset="one", metric="PCC", statistic="mean")["DeepAE"] == pytest.approx(0.915)
    for dataset, competing in (("one", ["SVD"]), ("two", ["DeepAE", "SVD"])):
        means = row(table, dataset=dataset, metric="PCC", statistic="mean")
        assert list(comparison.compete(means, ["DeepAE", "SVD"], methods)) == competing


def test_a_ceiling_is_never_best():
    methods = METHODS | {"svd": METHODS["svd"] | {"role": "ceiling"}}
    values = {"metric": "PCC", "SVD": 0.99, "DeepAE": 0.5}
    assert list(comparison.compete(values, ["SVD", "DeepAE"], methods)) == ["DeepAE"]


def test_a_mean_over_fewer_than_the_papers_data_sets_says_so():
    table = comparison.table_3(make_metrics(), METHODS, datasets={"one": {"of": 9}, "two": {"of": 9}})
    assert table["note"].iloc[0].startswith("mean of 2 of 9 data sets")
    assert "mean of" not in comparison.table_3(make_metrics(), METHODS, datasets={"one": {}, "two": {}})["note"].iloc[0]


def test_table_1_shows_what_was_found_beside_what_was_expected():
    entry = {"accession": "GSE1", "species": "Mus musculus", "expected": {"genes": 5, "cells": 3, "status": "V"}}
    entry["paper"] = {"genes": 50, "cells": 30}
    found = {"genes": 5, "cells": 2, "nonzero": 0.25}
    table = data.table_1({"GSE1": found, "own": found}, datasets={"GSE1": entry})
    assert table.loc[0, ["genes", "cells", "expected_cells", "paper_cells"]].tolist() == [5, 2, 3, 30]
    assert table["expected_genes"].isna().tolist() == [False, True]


def test_table_2_counts_the_weights():
    table = data.table_2({"GSE1": {"genes": 1000}}, architectures={"DeepAE1": (), "DeepAE2": (256,)}, h=50)
    assert list(table["layers"]) == ["g-h-g", "g-256-h-256-g"]
    assert table["weights"][0] == 1000 * 50 + 50 + 50 * 1000 + 1000
    assert list(table["hidden_layers"]) == [1, 3]


class Page(HTMLParser):
    """Cells of a page, tags balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.bold, self.tags = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        if "b" in self.open:
            self.bold.append(data)


def test_the_typeset_view_has_methods_in_rows_and_the_best_in_bold():
    metrics = make_metrics()
    metrics["em"] *= 1e6
    text = typeset.to_html(comparison.table_3(metrics, METHODS), "Table 3 <average>", ["a & b"], METHODS)
    page = Page(text)
    header = page.rows[0]
    assert header == ["protocol", "method", "PCC", "EM", "MAE", "EM / EM of zero"]
    rows = {cells[1]: dict(zip(header, cells, strict=True)) for cells in page.rows[1:]}
    assert list(rows) == ["SVD", "CS-SMAF", "DeepAE", "DeepAE1", "SVD (corrected)", "zero"]
    assert rows["DeepAE"]["PCC"] == "0.9150"
    assert rows["zero"]["PCC"] == "–"
    assert rows["DeepAE"]["EM"] == "1.001 × 109"  # the 9 is a superscript
    assert rows["SVD (corrected)"]["protocol"] == "unit-norm decoding"
    assert page.bold[0] == "0.9150"
    assert "Table 3 &lt;average&gt;" in text
    assert "a &amp; b" in text
    assert "h: 50" in text


def test_the_typeset_view_joins_deviations():
    page = Page(typeset.to_html(comparison.table_s3(make_metrics(), METHODS), "Table S3", methods=METHODS))
    header = page.rows[0]
    found = [cells for cells in page.rows if cells[header.index("method")] == "DeepAE" and "one" in cells]
    assert len(found) == 1
    assert found[0][header.index("PCC")] == "0.9150 ± 0.010"
    assert "statistic" not in header


def test_the_typeset_view_is_self_contained():
    for frame in (
        comparison.table_3(make_metrics(), METHODS),
        data.table_2({"GSE1": {"genes": 10}}, architectures={"DeepAE1": ()}),
        pd.DataFrame({"a": []}),
    ):
        text = typeset.to_html(frame, "caption")
        assert not re.search(r"https?:|src=|@import|url\(|<script", text)
        assert Page(text).tags
        assert "prefers-color-scheme: dark" in text
        assert "@media print" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.90561, "0.9056"),
        (1025.8143, "1026"),
        (605.3489, "605.3"),
        (-0.25, "−0.2500"),
        (1.939e6, "1.939 × 10<sup>6</sup>"),
        (0.99996, "1.000"),
        (2e-7, "2.000 × 10<sup>−7</sup>"),
        (0.0, "0"),
    ],
)
def test_four_significant_digits(value, text):
    assert typeset._number(value) == text


def test_the_data_dictionary_has_the_columns_of_the_tables():
    labels = {info["label"] for info in METHODS.values()}
    metrics, found = make_metrics(), {"GSE1": {"genes": 5, "cells": 2, "nonzero": 0.25}}
    made = {
        "table-1": data.table_1(found, datasets={"GSE1": {}}),
        "table-2": data.table_2(found, architectures={"DeepAE1": ()}),
        "table-3": comparison.table_3(metrics, METHODS),
        "table-s1": comparison.table_s1(metrics, METHODS),
        "table-s2": comparison.table_s2(metrics, METHODS),
        "table-s3": comparison.table_s3(metrics, METHODS),
        "table-s4": s4.table_s4(ttests(metrics), METHODS),
    }
    for name, table in made.items():
        known = dictionary.columns_of(f"tables/{name}.tsv")
        assert set(table) - labels <= set(known), name
        if name in ("table-1", "table-2", "table-s4"):  # the others share one description
            assert list(known) == list(table), name
        assert all(text for _, _, text in known.values()), name


def test_what_is_left_out_is_said_in_the_table_and_below_its_page():
    banner = "11 of 12 data sets; left out: GSE1 (no file)"
    frame = typeset.noted(pd.DataFrame({"dataset": ["A", "B"], "x": [1.0, 2.0], "note": ["", "a part"]}), banner)
    assert list(frame["note"]) == [
        "11 of 12 data sets, left out: GSE1 (no file)",
        "11 of 12 data sets, left out: GSE1 (no file); a part",
    ]
    page = typeset.to_html(frame, "Table")
    assert page.count("11 of 12 data sets") == 1
