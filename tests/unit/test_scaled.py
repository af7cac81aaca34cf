"""Scores between the mean profile and the ceiling, and scores along an axis of the contest."""

import numpy as np
import pandas as pd
import pytest

from deepae.analysis.scaling import scaled_runs
from deepae.figures import axis, scaled

METHODS = {
    "zero": {"label": "zero", "colour": "#BBBBBB", "role": "control", "floor": True},
    "mean": {"label": "mean profile", "colour": "#666666", "role": "control", "floor": True},
    "pca": {"label": "PCA", "colour": "#000000", "role": "control"},
    "oracle": {"label": "PCA of the test cells", "colour": "#4D4D4D", "role": "ceiling"},
    "deepae": {"label": "DeepAE", "colour": "#D55E00", "role": "proposed", "iterations": 100},
}
VALUES = {
    "zero": (np.nan, 20, 4),
    "mean": (0.5, 10, 2),
    "pca": (0.7, 6, 1.5),
    "oracle": (0.9, 2, 1),
    "deepae": (0.95, 11, 0.5),
}
DATASETS = {"A": {"label": "Data A", "note": ""}}


def table(values=None, seeds=(1, 2), iterations=100):
    rows = []
    for method, (pcc, em, mae) in (values or VALUES).items():
        for seed in seeds:
            done = iterations if method == "deepae" else np.nan
            rows.append(["A", "zscore", method, 10, seed, 5, 45, pcc, em * seed, mae, done, "ok", ""])
    names = "dataset normalization method measurements seed n_train n_test pcc em mae iterations status reason"
    return pd.DataFrame(rows, columns=names.split())


def of(found, method, metric):
    return found[(found["method"] == method) & (found["metric"] == metric)]


def test_a_run_is_scaled_by_the_mean_profile_and_the_ceiling_of_its_own_cells():
    found = scaled_runs(table(), METHODS, ("pcc", "em"))
    assert of(found, "pca", "pcc")["scaled"].tolist() == pytest.approx([0.5, 0.5])
    assert of(found, "pca", "em")["scaled"].tolist() == pytest.approx([0.5, 0.5])  # of each seed, not of all
    assert of(found, "deepae", "em")["flag"].tolist() == ["below"] * 2
    assert of(found, "deepae", "pcc")["flag"].tolist() == ["above"] * 2
    assert set(found["ceiling"]) == {"oracle"}


def test_a_scale_ends_at_a_bound_that_is_better_than_the_mean_profile_on_the_same_split():
    marked = METHODS | {"oracle": METHODS["oracle"] | {"bounds": False}}
    assert set(scaled_runs(table(), marked, ("em",))["ceiling"]) == {""}
    worse = table(VALUES | {"oracle": (0.1, 99, 99)})
    assert scaled_runs(worse, METHODS, ("em",))["scaled"].isna().all()
    split = {"trained_on": "a", "tested_on": "b"}
    other = {f"{name}.a-to-b": METHODS[name] | {"base": name, "split": split} for name in METHODS}
    both = pd.concat([table(), table({f"{name}.a-to-b": (p, 3 * e, m) for name, (p, e, m) in VALUES.items()})])
    found = scaled_runs(both, METHODS | other, ("em",))
    assert of(found, "pca.a-to-b", "em")["scaled"].tolist() == of(found, "pca", "em")["scaled"].tolist()


def test_without_a_ceiling_one_is_a_reconstruction_without_error():
    found = scaled_runs(table({name: VALUES[name] for name in ("mean", "pca")}), METHODS, ("pcc", "em"))
    assert of(found, "pca", "pcc")["scaled"].tolist() == pytest.approx([0.4, 0.4])
    assert set(found["ceiling"]) == {""}


def test_without_the_mean_profile_nothing_is_scaled():
    assert scaled_runs(table({"pca": VALUES["pca"]}), METHODS, ("pcc",))["scaled"].isna().all()


def test_the_summary_has_a_number_for_each_method_and_never_calls_a_ceiling_best():
    figure = scaled.draw("summary", table(), DATASETS, METHODS)
    texts = [text.get_text() for text in (*figure.axes[0].texts, *figure.axes[0].get_yticklabels())]
    assert {"floors", "controls", "DeepAE", "ceilings", "PCA", "h = 10", "1.12↑", "−0.12"} <= set(texts)
    assert "DeepAE 1.12" in figure.found
    assert "test cells" not in figure.found
    short = scaled.draw("summary", table(iterations=50), DATASETS, METHODS)
    assert "1.12↑" not in [text.get_text() for text in short.axes[0].texts]
    assert "PCA 0.50" in short.found


SAID = {
    "learning-curve": "PCA 10 0.601, 40 0.700 (+0.099, +0.086 to +0.112)",
    "noise": "PCA 4 0.700, 1 0.601 (−0.099, −0.112 to −0.086)",
    "rate-distortion": "PCA 4 0.601, 16 0.700 (+0.099",  # of rank 4: at h = 10 it sends 4 numbers
    "training-length": "PCA best on the test cells at 1 5.000, 4 10 (+100.0 %",
    "held-out-group": "Data A, tested on B, h = 10: PCA this group 5.000, the other group 10 (+100.0 %",
    "cross-normalization": "PCA zscore 0.700, none 0.601 (−0.099",
}


@pytest.mark.parametrize("name", SAID)
def test_an_axis_is_drawn_and_its_change_is_said(name):
    methods, frames = {}, []
    for place, (mark, value) in enumerate({"low": 1, "high": 4}.items()):
        method = f"pca.{mark}"
        entry = METHODS["pca"] | {"label": f"PCA, {mark}", "series": "PCA", "noise": value, "bits": value,
                                  "iterations": value, "trained_under": ("none", "zscore")[place],
                                  "split": {"tested_on": "B", "trained_on": "BA"[place]}}  # fmt: skip
        methods[method] = entry
        one = table({method: (0.6 + 0.1 * place, 5 + 5 * place, 1)}, iterations=value).assign(
            n_train=10 * value, iterations=value, rank=4
        )
        one["em"] /= one["seed"]
        frames.append(one.assign(pcc=one["pcc"] + 0.001 * (one["seed"] - 1) * (1 - place) * 2))
    figure = axis.draw(name, pd.concat(frames), DATASETS, methods)
    assert SAID[name] in figure.found
    assert len(figure.behind) == 4
    assert any(line.get_gid() and line.get_gid().startswith("runs:PCA") for line in figure.axes[0].lines)


def test_a_block_without_the_axis_says_so():
    methods = METHODS | {"deepae": METHODS["deepae"] | {"trained": True}}  # without noise as it is: one place
    for name in ("noise", "held-out-group"):
        assert axis.draw(name, table(), DATASETS, methods).findobj(lambda item: item.get_gid() == "message")
