"""The ablation: effects paired by seed, and the figure that shows them."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from deepae.analysis import ablation
from deepae.figures import ablation as figure_of_ablation

ENTRIES = """name label colour protocol role base switch
deepae|DeepAE|#D55E00|paper|proposed||
deepae-released-raw|DeepAE (released, raw)|#8C3B00|released-raw|proposed|deepae|
svd|SVD|#0072B2|paper|published||
svd-corrected|SVD (corrected)|#0072B2|corrected|unit-norm|svd|
zero|zero|#BBBBBB|control|control||
deepae-mse|DeepAE, mean squared error|#D55E00|ablation|network|deepae|mean squared error
svd-dropped-cell|SVD, last cell dropped|#0072B2|ablation|published|svd|last cell dropped
zero-dropped-cell|zero, last cell dropped|#BBBBBB|ablation|control|zero|last cell dropped"""
KEYS, *ROWS = (line.split("|") for line in ENTRIES.replace(" ", "|", 6).splitlines())
METHODS = {row[0]: {key: value for key, value in zip(KEYS[1:], row[1:], strict=True) if value} for row in ROWS}
EM = {"deepae": [50.0, 60.0, 70.0], "deepae-mse": [40.0, 45.0, 63.0]}
EM |= {"svd": [99.0, 98.0, 100.0], "svd-dropped-cell": [90.0, 80.0, 70.0]}
EM |= {"zero": [100.0, 120.0, 140.0], "zero-dropped-cell": [90.0, 100.0, 140.0]}


def make_table(em=None, normalization="zscore"):
    rows = []
    for name, values in (em or EM).items():
        for seed, value in enumerate(values, 1):
            pcc = math.nan if name.startswith("zero") else 1 - value / 200
            rows.append(["GSE1", normalization, name, 50, seed, pcc, value, value / 10, "ok"])
    columns = ["dataset", "normalization", "method", "measurements", "seed", "pcc", "em", "mae", "status"]
    return pd.DataFrame(rows, columns=columns)


def effect(summary, name, metric):
    return summary[(summary["method"] == name) & (summary["metric"] == metric)].iloc[0]


def test_effects_are_paired_by_seed():
    summary, runs = ablation.effects(make_table(), METHODS)
    assert list(summary.columns) == ablation.COLUMNS
    row = effect(summary, "deepae-mse", "em")
    percent = [-20.0, -25.0, -10.0]
    assert row["effect"] == pytest.approx(np.mean(percent))
    assert row["sd"] == pytest.approx(np.std(percent, ddof=1))
    assert (row["reference"], row["value"], row["n"], row["unit"]) == pytest.approx((60, 148 / 3, 3, "percent"))
    assert row["switch"] == "mean squared error"
    ratio = effect(summary, "deepae-mse", "em_over_zero")
    assert ratio["effect"] == pytest.approx(np.mean([40 / 100 - 0.5, 45 / 120 - 0.5, 63 / 140 - 0.5]))
    assert effect(summary, "deepae-mse", "pcc")["effect"] == pytest.approx(np.mean([10, 15, 7]) / 200)
    assert len(runs[runs["method"] == "deepae-mse"]) == 4 * 3


def test_changed_split_is_divided_by_its_own_zero():
    summary, _ = ablation.effects(make_table(), METHODS)
    expected = np.mean([90 / 90 - 99 / 100, 80 / 100 - 98 / 120, 70 / 140 - 100 / 140])
    assert effect(summary, "svd-dropped-cell", "em_over_zero")["effect"] == pytest.approx(expected)


def test_failed_and_undefined_runs_have_no_effect_and_a_reason():
    table = make_table()
    failed = (table["method"] == "deepae-mse") & (table["seed"] == 2)
    table.loc[failed, ["pcc", "em", "mae"]] = math.nan
    table.loc[failed, "status"] = "failed"
    summary, _ = ablation.effects(table, METHODS)
    assert effect(summary, "deepae-mse", "em")["n"] == 2
    assert effect(summary, "deepae-mse", "em")["effect"] == pytest.approx(-15)
    undefined = effect(summary, "zero-dropped-cell", "pcc")
    assert undefined["n"] == 0
    assert math.isnan(undefined["effect"])
    assert undefined["reason"]


def test_every_switch_of_the_project_has_its_base(root):
    methods = yaml.safe_load((root / "config" / "methods.yaml").read_text(encoding="utf-8"))
    methods |= yaml.safe_load((root / "config" / "ablation.yaml").read_text(encoding="utf-8"))
    names = [name for name, info in methods.items() if info["protocol"] == "ablation"]
    assert names
    for name in names:
        base = methods[name]["base"]
        assert methods[name]["switch"]
        assert methods[name]["colour"] == methods[base]["colour"], name
        assert methods[name]["label"].startswith(methods[base]["label"]), name


def drawn(figure, prefix):
    found = figure.findobj(lambda item: (item.get_gid() or "").startswith(f"{prefix}:"))
    return {artist.get_gid().removeprefix(f"{prefix}:"): artist for artist in found}


def test_figure_draws_the_effects():
    table = pd.concat([make_table(), make_table({k: [2 * v for v in vs] for k, vs in EM.items()}, "none")])
    figure = figure_of_ablation.draw(table, {"GSE1": {"label": "GSE1", "note": "a note"}}, METHODS)
    summary, _ = ablation.effects(table, METHODS)
    markers, dots = drawn(figure, "effect"), drawn(figure, "runs")
    for index, normalization in enumerate(("zscore", "none")):
        for metric in ablation.METRICS:
            for name in ("deepae-mse", "svd-dropped-cell"):
                one = summary[summary["normalization"] == normalization]
                key = f"{name}:{metric}:{index}"
                assert markers[key].get_xdata()[0] == pytest.approx(effect(one, name, metric)["effect"])
                assert len(dots[key].get_xdata()) == 3
    assert set(drawn(figure, "gap")) == {"zero-dropped-cell:pcc"}
    assert [item.get_text() for item in drawn(figure, "switch").values()].count("last cell dropped") == 2
    assert "a note" in next(text.get_text() for text in figure.texts if text.get_gid() == "heading")


def test_figure_without_ablations_says_so():
    table = make_table({"deepae": [1.0, 2.0, 3.0]})
    figure = figure_of_ablation.draw(table, {"GSE1": {"label": "GSE1"}}, {"deepae": METHODS["deepae"]})
    assert "Nothing to draw" in next(text.get_text() for text in figure.texts if text.get_gid() == "message")
