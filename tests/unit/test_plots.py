"""Figures show the values of their table: bars, whiskers, dots, references, gaps; and can be read on paper."""

import itertools
import math

import matplotlib
import numpy as np
import pytest
from comparisons import (
    CONTROLS,
    CORRECTED,
    EVERY,
    PAPER,
    SEVEN,
    TWELVE,
    chosen,
    dots,
    drawn,
    fail,
    info,
    make_table,
    panels,
    texts,
    values,
    whisker,
)
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

from deepae.config import roles
from deepae.figures import comparison, figure_1, style


@pytest.mark.parametrize(("name", "metric"), [("figure-2", "pcc"), ("figure-3", "em"), ("figure-s1", "mae")])
def test_bars_are_means_whiskers_sd_and_dots_seeds(name, metric, methods):
    table = make_table(["GSE1", "GSE2"], [10, 50], EVERY)
    figure = comparison.draw(name, table, info(["GSE1", "GSE2"]), chosen(methods, EVERY))
    assert len(panels(figure)) == 2
    for axes, dataset in zip(panels(figure), ["GSE1", "GSE2"], strict=True):
        bars = drawn(axes, "bar")
        assert set(bars) == {f"{name}:{h}" for name in PAPER for h in (10, 50)}
        for name, h in itertools.product(PAPER, [10, 50]):
            runs = values(table, metric, dataset=dataset, method=name, measurements=h)
            key = f"{name}:{h}"
            assert bars[key].get_height() == pytest.approx(runs.mean())
            assert bars[key].get_y() == 0
            assert whisker(axes, bars[key], name) == pytest.approx(runs.std(ddof=1))
            assert dots(axes, bars[key], name) == pytest.approx(list(runs))
            assert round(bars[key].get_x()) == [10, 50].index(h)


def test_one_colour_a_method_in_every_figure(methods):
    table = make_table(["GSE1"], [10], EVERY)
    for name, variant in itertools.product(("figure-2", "figure-4", "figure-7"), roles.VARIANTS):
        figure = comparison.draw(name, table, info(["GSE1"]), chosen(methods, EVERY), variant)
        for axes in panels(figure):
            for key, bar in drawn(axes, "bar").items():
                assert to_hex(bar.get_facecolor()) == methods[key.partition(":")[0]]["colour"].lower()
    for name in CORRECTED:
        assert methods[name]["colour"] == methods[name.removesuffix("-corrected")]["colour"]


def test_companion_has_deepae_the_corrected_baselines_and_the_same_axes(methods):
    table = make_table(["GSE1", "GSE2"], [10, 50], EVERY)
    table.loc[table["method"] == "svd-corrected", "em"] *= 1.4
    both = [
        comparison.draw("figure-3", table, info(["GSE1", "GSE2"]), chosen(methods, EVERY), variant)
        for variant in roles.VARIANTS
    ]
    names = [{key.partition(":")[0] for key in drawn(panels(figure)[0], "bar")} for figure in both]
    assert names == [set(PAPER), {"deepae", *CORRECTED}]
    for one, other in zip(*map(panels, both), strict=True):
        assert one.get_ylim() == other.get_ylim()
        assert one.get_position().bounds == pytest.approx(other.get_position().bounds, abs=0.05)
    assert "as published" in texts(both[0], "heading")[0]
    assert "unit-norm decoding" in texts(both[1], "heading")[0]


def test_controls_stand_right_of_the_bars_of_their_group(methods):
    table = make_table(["GSE1"], [10, 50], EVERY)
    axes = panels(comparison.draw("figure-3", table, info(["GSE1"]), chosen(methods, EVERY)))[0]
    marks = drawn(axes, "reference")
    assert set(marks) == set(CONTROLS)
    bars = drawn(axes, "bar")
    places = []
    for name, mark in marks.items():
        means = [values(table, "em", method=name, measurements=h).mean() for h in (10, 50)]
        assert list(mark.get_ydata()) == pytest.approx(means)
        for group, (h, x) in enumerate(zip((10, 50), mark.get_xdata(), strict=True)):
            ends = [bars[f"{other}:{h}"].get_x() + bars[f"{other}:{h}"].get_width() for other in PAPER]
            assert max(ends) < x < group + 0.5  # no bar is crossed
            places.append(x)
    assert len(set(places)) == len(places)
    assert len({mark.get_marker() for mark in marks.values()}) == len(CONTROLS)


def test_control_without_a_value_has_no_line_and_no_legend(methods):
    table = make_table(["GSE1"], [10], EVERY)
    figure = comparison.draw("figure-2", table, info(["GSE1"]), chosen(methods, EVERY))
    assert not any(key.startswith("zero") for key in drawn(panels(figure)[0], "reference"))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert methods["zero"]["label"] not in labels
    assert methods["mean"]["label"] in labels


def test_failed_cell_leaves_a_marked_gap(methods):
    table = make_table(["GSE1"], [10, 50], PAPER)
    fail(table, {"method": "ksvd", "measurements": 50})
    figure = comparison.draw("figure-2", table, info(["GSE1"]), chosen(methods, PAPER))
    axes = panels(figure)[0]
    bars = drawn(axes, "bar")
    assert "ksvd:50" not in bars
    assert "ksvd:10" in bars
    gaps = drawn(axes, "gap")
    assert set(gaps) == {"failed"}
    gap = gaps["failed"]
    left, right = bars["svd:50"], bars["snmf:50"]
    assert left.get_x() + left.get_width() <= gap.get_x() + gap.get_width() / 2 <= right.get_x()
    assert "a run failed" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_one_failed_run_is_marked_and_the_others_are_drawn(methods):
    table = make_table(["GSE1"], [10], PAPER)
    fail(table, {"method": "svd", "seed": 2})
    axes = panels(comparison.draw("figure-2", table, info(["GSE1"]), chosen(methods, PAPER)))[0]
    runs = values(table, "pcc", method="svd")
    assert len(runs) == 2
    assert drawn(axes, "bar")["svd:10"].get_height() == pytest.approx(runs.mean())
    assert set(drawn(axes, "gap")) == {"failed"}


def test_undefined_and_missing_are_told_apart_from_failed(methods):
    table = make_table(["GSE1"], [10, 50], PAPER)
    table.loc[(table["method"] == "snmf") & (table["measurements"] == 10), "pcc"] = math.nan
    table = table[~((table["method"] == "smaf") & (table["measurements"] == 50))]
    figure = comparison.draw("figure-2", table, info(["GSE1"]), chosen(methods, PAPER))
    assert set(drawn(panels(figure)[0], "gap")) == {"undefined", "missing"}
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"not defined (constant)", "no result yet"} <= set(labels)


def test_mean_far_above_zero_is_cut_and_marked(methods):
    table = make_table(["GSE1"], [10, 50], EVERY)
    table.loc[table["method"] == "zero", "em"] = 1000.0
    table.loc[table["method"] != "zero", "em"] /= 1e5 / 900
    table.loc[(table["method"] == "ksvd-corrected") & (table["measurements"] == 10), "em"] = 16000.0
    figure = comparison.draw("figure-3", table, info(["GSE1"]), chosen(methods, EVERY), "corrected")
    axes = panels(figure)[0]
    assert 1000 < axes.get_ylim()[1] < 2000
    assert set(drawn(axes, "beyond")) == {"ksvd-corrected:10"}
    assert any("above the axis" in text.get_text() for text in figure.legends[0].get_texts())
    assert drawn(axes, "beyond-value")["ksvd-corrected:10"].get_text() == "1.6·10⁴"


@pytest.mark.parametrize("number", [1, 2, 3, 5, 7, 9, 12])
def test_one_panel_a_data_set(number, methods):
    datasets = TWELVE[:number]
    table = make_table(datasets, [10, 50], ["deepae", "svd"], seeds=(1, 2))
    figure = comparison.draw("figure-2", table, info(datasets), chosen(methods, ["deepae", "svd"]))
    assert texts(figure, "panel-title") == datasets
    assert len(panels(figure)) == number
    assert texts(figure, "panel-letter") == ([] if number == 1 else [style.letter(i) for i in range(number)])
    boxes = [axes.get_position() for axes in panels(figure)]
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < 1 and box.y1 < 1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    if number == 9:
        assert len({round(box.x0, 6) for box in boxes}) == len({round(box.y0, 6) for box in boxes}) == 3


@pytest.mark.parametrize(
    ("name", "number", "measurements", "names"),
    [
        ("figure-3", 1, [10], ["deepae"]),
        ("figure-2", 1, [10, 50], EVERY),
        ("figure-4", 1, [10, 50], EVERY),
        ("figure-3", 2, [10, 50], EVERY),
        ("figure-6", 2, [10, 25, 50, 100], EVERY),
        ("figure-7", 1, [10], [*EVERY, "deepae-released-zscore", "mean-released-zscore"]),
        ("figure-3", 3, SEVEN, EVERY),
        ("figure-s5", 3, SEVEN, EVERY),
        ("figure-s6", 2, SEVEN, EVERY),
        ("figure-2", 5, [10], EVERY),
        ("figure-3", 9, [10, 25, 50, 100], PAPER),
        ("figure-4", 12, [10, 25, 50, 100], EVERY),
        ("figure-3", 12, SEVEN, [*PAPER, "deepae-released-zscore"]),
    ],
)
def test_texts_are_inside_apart_and_large_enough(name, number, measurements, names, methods):
    datasets = TWELVE[:number]
    table = make_table(datasets, measurements, names, seeds=(1, 2))
    table["em"] *= 10.0 ** table["dataset"].map({name: i % 7 - 3 for i, name in enumerate(datasets)})
    fail(table, {"dataset": datasets[-1], "method": names[0], "measurements": 10})
    notes = info(datasets)
    notes[datasets[0]]["note"] = "200 of 3005 cells, 3529 of 19972 genes; shortened training: 300 of 1000 iterations"
    for variant in (roles.PUBLISHED, None):
        check_texts(comparison.draw(name, table, notes, chosen(methods, names), variant))


def check_texts(figure):
    figure.set_dpi(72)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    ticks = {label for axes in figure.axes for label in axes.get_xticklabels() + axes.get_yticklabels()}
    assert min(text.get_fontsize() for text in shown) >= 6
    texts = [text for text in shown if text not in ticks]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high and tick.label1.get_text():
                    texts.append(tick.label1)
    x0, y0, x1, y1 = np.array([text.get_window_extent(renderer).extents for text in texts]).T
    outside = (np.minimum(x0, y0) <= -1) | (x1 >= figure.bbox.x1 + 1) | (y1 >= figure.bbox.y1 + 1)
    assert not outside.any(), texts[outside.argmax()]
    # A box is larger than its ink by the line's leading: half a point of overlap is none on paper.
    wide, high = (np.minimum.outer(b, b) - np.maximum.outer(a, a) for a, b in ((x0, x1), (y0, y1)))
    pairs = np.argwhere(np.triu((wide > 0.5) & (high > 1.5), 1))
    assert not len(pairs), [[texts[number].get_text() for number in pair] for pair in pairs]


def test_notes_stand_in_the_picture(methods):
    note = "200 of 3005 cells; shortened training: 300 of 1000 iterations"
    datasets, table = {"GSE1": {"label": "GSE1", "note": note}}, make_table(["GSE1"], [10], PAPER)
    for name in ("figure-2", "figure-4", "figure-6", "figure-s5", "figure-s6"):
        figure = comparison.draw(name, table, datasets, chosen(methods, PAPER))
        said = " ".join(texts(figure, "panel-title", "panel-note", "row-title"))
        assert "200 of 3005 cells" in " ".join(said.split()), name
        assert "300 of 1000 iterations" in " ".join(said.split()), name


def test_any_subset_of_methods(methods):
    table = make_table(["GSE1"], [10], EVERY)
    for names in (["deepae"], ["svd", "pca"], ["deepae", "smaf", "zero"]):
        here = table[table["method"].isin(names)]
        axes = panels(comparison.draw("figure-3", here, info(["GSE1"]), chosen(methods, names)))[0]
        assert {key.partition(":")[0] for key in drawn(axes, "bar")} == set(names) - set(CONTROLS)
        assert {key.partition(":")[0] for key in drawn(axes, "reference")} == set(names) & set(CONTROLS)


def test_data_set_without_rows_has_a_panel_that_says_so(methods):
    table = make_table(["GSE1"], [10], PAPER)
    figure = comparison.draw("figure-2", table, info(["GSE1", "GSE2"]), chosen(methods, PAPER))
    assert len(panels(figure)) == 2
    assert "no results" in [text.get_text() for text in panels(figure)[1].texts]


@pytest.mark.parametrize("name", ["figure-2", "figure-4", "figure-6", "figure-7", "figure-s5", "figure-s6"])
def test_without_data_the_picture_says_so(name, methods):
    table = make_table(["GSE1"], [10], PAPER)
    assert "no data set of this kind" in texts(comparison.draw(name, table, {}, chosen(methods, PAPER)), "message")[0]
    assert "no results" in texts(comparison.draw(name, table[:0], info(["GSE1"]), chosen(methods, PAPER)), "message")[0]


def test_figure_4_averages_data_sets_not_runs(methods):
    five = [f"GSE{number}" for number in range(1, 6)]
    table = make_table(five, [10, 50], PAPER)
    table = table[~((table["dataset"] == "GSE1") & (table["seed"] == 3))]  # uneven runs must not weigh the mean
    axes = panels(comparison.draw("figure-4", table, info(five), chosen(methods, PAPER)))[0]
    for name, h in itertools.product(PAPER, [10, 50]):
        means = [values(table, "pcc", dataset=d, method=name, measurements=h).mean() for d in five]
        bar = drawn(axes, "bar")[f"{name}:{h}"]
        assert bar.get_height() == pytest.approx(np.mean(means))
        assert whisker(axes, bar, name) == pytest.approx(np.std(means, ddof=1))
        assert dots(axes, bar, name) == pytest.approx(means)


def test_figure_4_marks_a_mean_over_fewer_data_sets(methods):
    five = [f"GSE{number}" for number in range(1, 6)]
    table = make_table(five, [10], PAPER)
    fail(table, {"dataset": "GSE2", "method": "snmf"})
    figure = comparison.draw("figure-4", table, info(five), chosen(methods, PAPER))
    assert set(drawn(panels(figure)[0], "gap")) == {"failed"}
    assert "a data set is missing here" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_figures_6_and_7_have_a_row_a_data_set_and_a_column_a_metric(methods):
    table = make_table(["GSE1", "GSE2"], [10], PAPER)
    figure = comparison.draw("figure-6", table, info(["GSE1", "GSE2"]), chosen(methods, PAPER))
    heights = [drawn(axes, "bar")["svd:10"].get_height() for axes in panels(figure)]
    grid = itertools.product(("GSE1", "GSE2"), ("pcc", "em", "mae"))
    assert heights == pytest.approx([values(table, m, dataset=d, method="svd").mean() for d, m in grid])
    assert texts(figure, "row-title") == ["GSE1", "GSE2"]


@pytest.mark.parametrize(("name", "metrics"), [("figure-s5", ["pcc", "em", "mae"]), ("figure-s6", ["spearman"])])
def test_lines_go_through_the_means_and_break_at_failures(name, metrics, methods):
    hs = [1, 2, 5, 10]
    table = make_table(["GSE1"], hs, EVERY)
    fail(table, {"method": "snmf", "measurements": 5})
    figure = comparison.draw(name, table, info(["GSE1"]), chosen(methods, EVERY))
    assert len(panels(figure)) == len(metrics)
    for axes, metric in zip(panels(figure), metrics, strict=True):
        lines = drawn(axes, "line")
        assert set(lines) == set(PAPER)
        for name in PAPER:
            runs = [values(table, metric, method=name, measurements=h) for h in hs]
            means = [one.mean() if len(one) else math.nan for one in runs]
            np.testing.assert_allclose(lines[name].get_ydata(orig=False), means)
            assert list(drawn(axes, "runs")[name].get_ydata()) == pytest.approx(list(np.concatenate(runs)))
        assert math.isnan(lines["snmf"].get_ydata(orig=False)[2])
        assert list(lines["svd"].get_xdata(orig=False)) == hs
        assert set(drawn(axes, "gap")) == {"failed"}
        assert len({line.get_marker() for line in lines.values()}) == len(PAPER)


def test_scientific_axis_says_its_power(methods):
    table = make_table(["GSE1"], [10], PAPER)
    table["em"] *= 100
    axes = panels(comparison.draw("figure-3", table, info(["GSE1"]), chosen(methods, PAPER)))[0]
    power = axes.get_ylabel().removeprefix("EM (×10").removesuffix(")")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    top = axes.get_ylim()[1]
    assert 1 <= top / 10**exponent < 10
    assert axes.yaxis.get_major_formatter()(3 * 10**exponent, 0) == "3"


def layers_of(figure):
    return figure.findobj(lambda item: (item.get_gid() or "").startswith("layer:"))


def test_figure_1_draws_the_layers_given():
    options = {"iterations": 400, "loss": "mse", "linear_centre": True}
    figure = figure_1.draw((1280, 640, 256), "DeepAE4", n_genes=6789, h=10, **options)
    layers = sorted(layers_of(figure), key=lambda layer: layer.get_gid())
    widths = [int(layer.get_gid().split(":")[2]) for layer in layers]
    assert widths == [6789, 1280, 640, 256, 10, 256, 640, 1280, 6789]
    said = texts(figure, "parameters")[0]
    assert "centre is linear" in said
    assert "mean squared error" in said
    assert "400 iterations" in said
    heights = [layer.get_height() for layer in layers]
    assert heights[:5] == sorted(heights[:5], reverse=True)
    assert heights == pytest.approx(heights[::-1])


@pytest.mark.parametrize("hidden", [(), (256,), (2580, 1280, 640, 256, 128)])
def test_figure_1_draws_every_depth(hidden):
    figure = figure_1.draw(hidden, "network")
    assert len(layers_of(figure)) == 2 * len(hidden) + 3
    assert "g" in texts(figure, "width:0")


def test_files_are_reproducible_and_independent_of_the_callers_settings(tmp_path, methods):
    table = make_table(["GSE1"], [10], EVERY)
    contents = []
    for name, size in (("one", 10.0), ("two", 23.0)):
        with matplotlib.rc_context({"font.size": size, "svg.hashsalt": name, "axes.facecolor": "red"}):
            paths = [tmp_path / name / f"figure.{suffix}" for suffix in ("svg", "pdf", "png")]
            style.save(comparison.draw("figure-3", table, info(["GSE1"]), chosen(methods, EVERY)), paths)
            assert matplotlib.rcParams["font.size"] == size
        contents.append([path.read_bytes() for path in paths])
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["figure.pdf", "figure.png", "figure.svg"]
    assert contents[0] == contents[1]
    svg = contents[0][0].decode()
    assert "<title>Figure 3" in svg
    assert "GSE1" in svg.split("<dc:description>")[1].split("</dc:description>")[0]
    assert "<dc:date>" not in svg


def test_save_refuses_other_formats_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg"):
        style.save(style.message("nothing"), [tmp_path / "figure.gif"])
    assert not list(tmp_path.iterdir())


def test_drawing_reads_the_files_of_a_rule(tmp_path, methods):
    table = make_table(["GSE1"], [10], EVERY).assign(reason="")
    path = tmp_path / "block.tsv"
    table.to_csv(path, sep="\t", index=False, na_rep="NaN")
    out = [[tmp_path / "a.svg"], [tmp_path / "b.svg"]]
    known = chosen(methods, EVERY)
    comparison.make("figure-2", path, info(["GSE1"]), known, *out, tmp_path / "a.rst")
    assert "as published" in out[0][0].read_text(encoding="utf-8")
    assert "unit-norm decoding" in out[1][0].read_text(encoding="utf-8")
    assert (tmp_path / "a.rst").read_text(encoding="utf-8").startswith("PCC")
    comparison.make("figure-6", None, {}, known, *out, tmp_path / "a.rst")
    assert "no data set of this kind" in out[0][0].read_text(encoding="utf-8")


# Viénot, Brettel and Mollon 1999: what a dichromat sees, as a matrix on linear RGB.
DEUTERANOPIA = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]
PROTANOPIA = [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]


def lab(colour, sight=None):
    """Return CIE L*a*b* (D65) of an sRGB colour, as seen through a matrix on linear RGB."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if sight is not None:
        linear = np.clip(np.array(sight) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", [None, DEUTERANOPIA, PROTANOPIA])
def test_colours_of_bars_differ_for_the_colour_blind(sight, methods):
    names = [*PAPER, "deepae-released-zscore"]
    for one, other in itertools.combinations(names, 2):
        distance = np.linalg.norm(lab(methods[one]["colour"], sight) - lab(methods[other]["colour"], sight))
        assert distance > 15, (one, other, distance)
