"""Shortened networks, equal dictionaries, few data sets, and the companion with a row for each method."""

import numpy as np
import pytest
from comparisons import CONTROLS, CORRECTED, EVERY, PAPER, chosen, drawn, fail, info, make_table, panels, texts, values
from matplotlib.colors import to_hex

from deepae.figures import comparison


def test_few_data_sets_are_points_and_a_missing_one_keeps_the_marks_of_the_others(methods):
    table = make_table(["GSE1", "GSE2"], [10], PAPER)
    table = table[~((table["dataset"] == "GSE1") & (table["method"] == "svd"))]
    figure = comparison.draw("figure-4", table, info(["GSE1", "GSE2"]), chosen(methods, PAPER))
    axes = panels(figure)[0]
    assert not drawn(axes, "bar")
    points = drawn(axes, "point")
    assert set(points) == {f"{name}:10:{n}" for name in PAPER for n in (0, 1)} - {"svd:10:0"}
    assert points["svd:10:1"].get_marker() == points["ksvd:10:1"].get_marker() != points["ksvd:10:0"].get_marker()
    assert list(points["ksvd:10:0"].get_ydata()) == pytest.approx(
        [values(table, "pcc", dataset="GSE1", method="ksvd").mean()]
    )


def shorten(table, name, dataset="GSE1", updates=300):
    table = table.assign(iterations=np.where(table["method"] == name, 1000, np.nan), mse=table["em"])
    table.loc[(table["method"] == name) & (table["dataset"] == dataset), "iterations"] = updates
    return table


def test_a_shortened_network_is_hatched_and_enters_no_average(methods):
    five = [f"GSE{number}" for number in range(1, 6)]
    known = chosen(methods, PAPER)
    known = known | {"deepae": known["deepae"] | {"iterations": 1000}}
    table = shorten(make_table(five, [10], PAPER), "deepae")
    figure = comparison.draw("figure-2", table, info(five), known)
    bars = [drawn(axes, "bar")["deepae:10"] for axes in panels(figure)]
    assert [bool(bar.get_hatch()) for bar in bars] == [True, False, False, False, False]
    others = [bar for axes in panels(figure) for key, bar in drawn(axes, "bar").items() if "svd" in key]
    assert not any(bar.get_hatch() for bar in others)
    assert "training shortened" in [text.get_text() for text in figure.legends[0].get_texts()]
    average = comparison.draw("figure-4", table, info(five), known)
    means = [values(table, "pcc", dataset=d, method="deepae").mean() for d in five[1:]]
    assert drawn(panels(average)[0], "bar")["deepae:10"].get_height() == pytest.approx(np.mean(means))
    assert set(drawn(panels(average)[0], "gap")) == {"failed"}


def test_methods_with_the_same_predictions_are_said_to_be_one(methods):
    table = make_table(["GSE1", "GSE2"], [10, 50], PAPER).assign(iterations=np.nan, protocol="paper")
    table["mse"] = table["em"]
    columns = ["pcc", "em", "mae", "mse"]
    for one in (table["dataset"] == "GSE1", (table["dataset"] == "GSE2") & (table["measurements"] == 10)):
        svd, ksvd = (one & (table["method"] == name) for name in ("svd", "ksvd"))
        table.loc[ksvd, columns] = table.loc[svd, columns].to_numpy()
    drawn_figure = comparison.draw("figure-3", table, info(["GSE1", "GSE2"]), chosen(methods, PAPER))
    said = " ".join(texts(drawn_figure, "panel-note"))
    assert "k-SVD is the same as SVD: GSE1, every h; GSE2, h = 10" in said
    assert "sNMF" not in said


def test_the_companion_joins_both_decodings_and_names_the_controls(methods):
    table = make_table(["GSE1", "GSE2"], [10, 50], EVERY)
    figure = comparison.draw("figure-3", table, info(["GSE1", "GSE2"]), chosen(methods, EVERY), None)
    assert len(panels(figure)) == 4  # a row for each data set, a column for each h
    axes = panels(figure)[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [methods[name]["label"] for name in PAPER]
    means = drawn(axes, "mean")
    assert set(means) == {f"{name}:10" for name in [*PAPER, *CORRECTED]}
    for name in [*PAPER, *CORRECTED]:
        runs = values(table, "em", dataset="GSE1", method=name, measurements=10)
        (place,) = means[f"{name}:10"].get_offsets()
        assert place[0] == pytest.approx(runs.mean())
        assert place[1] == PAPER.index(name.removesuffix("-corrected"))
        assert list(drawn(axes, "runs")[f"{name}:10"].get_xdata()) == pytest.approx(list(runs))
        filled = to_hex(means[f"{name}:10"].get_facecolor()[0]) != "#ffffff"
        assert filled is (name not in ("svd", "ksvd", "snmf", "smaf"))
    assert set(drawn(axes, "joined")) == {f"{name}:10" for name in ("svd", "ksvd", "snmf", "smaf")}
    lines = drawn(axes, "reference")
    assert set(lines) == {f"{name}:10" for name in CONTROLS}
    assert lines["pca:10"].get_xdata()[0] == pytest.approx(
        values(table, "em", dataset="GSE1", method="pca", measurements=10).mean()
    )
    names = [text.get_text() for text in axes.texts if text.get_gid() == "control-name"]
    assert sorted(names) == sorted(methods[name]["label"] for name in CONTROLS)


def test_the_companion_prints_what_is_cut_and_what_failed(methods):
    table = make_table(["GSE1"], [10], EVERY)
    table.loc[table["method"] == "zero", "em"] = 1000.0
    table.loc[table["method"] != "zero", "em"] /= 1e5 / 900
    table.loc[table["method"] == "ksvd-corrected", "em"] = 16000.0
    fail(table, {"method": "smaf"})
    axes = panels(comparison.draw("figure-3", table, info(["GSE1"]), chosen(methods, EVERY), None))[0]
    assert set(drawn(axes, "beyond")) == {"ksvd-corrected:10"}
    assert drawn(axes, "beyond-value")["ksvd-corrected:10"].get_text() == "1.6·10⁴"
    assert drawn(axes, "gap")["smaf"].get_text() == "published: failed"


def test_a_caption_says_what_a_comparison_found_and_what_it_cannot_show(methods):
    known = chosen(methods, EVERY)
    known = known | {"deepae": known["deepae"] | {"iterations": 1000}}
    table = shorten(make_table(["GSE1", "GSE2"], [10, 50], EVERY), "deepae").assign(n_genes=57)
    said = comparison.found("figure-2", table, info(["GSE1", "GSE2"]), known)
    at = {name: values(table, "pcc", dataset="GSE2", method=name, measurements=50).mean() for name in PAPER}
    assert said.startswith("PCC: ")
    assert "GSE1" not in said, "its network was shortened"
    best = max(value for name, value in at.items() if name != "deepae")
    assert f"h = 50: DeepAE {at['deepae']:.3f}, the best baseline as published {best:.3f}" in said
    six = [f"GSE{number}" for number in range(1, 7)]
    table = make_table(six, [10], EVERY)
    errors = table.groupby(["dataset", "method"])["em"].mean().unstack()
    wins = (errors["deepae"] < errors[[name for name in PAPER if name != "deepae"]].min(axis=1)).sum()
    said = comparison.found("figure-3", table, info(six), chosen(methods, EVERY))
    assert f"better than the best baseline as published on {wins} of 6" in said
    table = table[table["dataset"].isin(["GSE1", "GSE2"])].assign(n_genes=57)
    cytometry = comparison.found("figure-7", table, info(["GSE2"]), chosen(methods, EVERY))
    assert "At one h only, 10" in cytometry
    assert "57 features there is no h = 100" in cytometry
