"""Which compression for some cells: levels reached, what is measured, ties, and the grid that is computed for it."""

import entries
import numpy as np
import pandas as pd
import pytest

from deepae.analysis import recommend
from deepae.data.own_data import small_contest
from deepae.report.pages import recommend as page

METHODS = {
    "mean": {"label": "mean profile", "role": "control", "floor": True},
    "pca": {"label": "PCA encoder", "role": "control"},
    "random": {"label": "random + LMMSE", "role": "control", "measures": "probes"},
    "greedy": {"label": "panel, greedy", "role": "panel"},
    "deepae": {"label": "DeepAE", "role": "proposed"},
    "oracle": {"label": "PCA of the test cells", "role": "ceiling"},
}
SCORES = {
    "mean": {5: 0.5, 50: 0.5},
    "oracle": {5: 0.7, 50: 0.9},
    "pca": {5: 0.83, 50: 0.87},
    "random": {5: 0.4, 50: 0.6},
    "greedy": {5: 0.6, 50: 0.868},
    "deepae": {50: 0.7},
}


def table():
    rows = []
    for method, at in SCORES.items():
        for h, value in at.items():
            for seed in (1, 2, 3):
                shift = (0.005 if seed == 2 else -0.002) if method == "greedy" else 0
                rows.append(
                    ["x", "zscore", method, h, seed, 5, 45, 900, value + shift, 100 * (1 - value), 1.0, 0.5, "ok", ""]
                )
    names = "dataset normalization method measurements seed n_train n_test n_genes pcc em fit_seconds evaluate_seconds"
    return pd.DataFrame(rows, columns=[*names.split(), "status", "reason"])


def test_levels_are_shares_of_the_ceiling_at_the_largest_h():
    rows = recommend.shares(table(), METHODS, "pcc")
    assert set(rows["method"]) == {"pca", "random", "greedy", "deepae"}  # no floor, no ceiling
    found = {entry["family"]: entry for entry in recommend.reached(rows, METHODS)}
    pca = found["PCA encoder"]
    assert [level["h"] if level else None for level in pca["levels"]] == [5, 50, None]
    assert pca["best"] == pytest.approx(0.925)
    assert pca["seconds"] == pytest.approx(1.5)
    assert found["networks"]["levels"] == [None] * 3
    assert found["networks"]["tried"] == [50]


def test_what_is_measured_is_said():
    assert [recommend.measured(METHODS[name]) for name in ("pca", "random", "greedy", "deepae")] == [
        *("all", "probes", "genes", "all")
    ]


def test_a_method_ahead_on_one_seed_is_a_tie():
    names, h = recommend.surely_best(recommend.shares(table(), METHODS, "pcc"))
    assert (names, h) == (["pca", "greedy"], 50)


def test_a_method_with_fewer_seeds_is_never_best():
    rows = table()
    leading = (rows["method"] == "deepae") & (rows["seed"] == rows["seed"].min())
    rows = rows[(rows["method"] != "deepae") | leading]
    rows.loc[rows["method"] == "deepae", "pcc"] = 0.999
    names, _ = recommend.surely_best(recommend.shares(rows, METHODS, "pcc"))
    assert names[0] == "pca"
    assert "deepae" in names


def test_more_training_cells_are_one_line_for_each_method():
    methods, frames = {}, []
    for n in (5, 20):
        methods[f"pca.n{n}"] = METHODS["pca"] | {"series": "PCA encoder", "label": f"PCA encoder, n = {n}"}
        own = table()[lambda frame: (frame["method"] == "pca") & (frame["measurements"] == 5)]
        frames.append(own.assign(method=f"pca.n{n}", n_train=n, pcc=n / 100))
    found = recommend.training(pd.concat(frames), methods, "pcc")
    assert [entry["method"] for entry in found] == ["PCA encoder"]
    assert [point["n"] for point in found[0]["points"]] == [5, 20]
    assert [point["mean"] for point in found[0]["points"]] == pytest.approx([0.05, 0.2])


def test_the_page_says_what_is_best_and_what_failed(tmp_path):
    rows = table()
    failed = rows.iloc[:1].assign(
        method="deepae", measurements=5, status="failed", reason="<too few cells>", pcc=np.nan
    )
    page.write(tmp_path / "x.html", pd.concat([rows, failed]), rows.iloc[:0], {"label": "A & B"}, METHODS)
    text = (tmp_path / "x.html").read_text()
    assert "PCA encoder is best at h = 50, not told apart from panel, greedy by these seeds" in text
    assert "h = 5 (PCA encoder; 3 of 3 seeds)" in text
    assert "DeepAE: &lt;too few cells&gt;" in text


def test_the_small_contest_fits_the_genes():
    block = entries.block("x", "zscore", [], seeds=3) | {"measurements": [10, 50]}
    first, networks, training = small_contest(block, 30, {"pca": {}})
    assert first["measurements"] == [5, 10, 20]
    assert networks["measurements"] == [10]
    assert training["n_train"][-1] == "all"
    assert small_contest(block, 3, {})[0]["measurements"] == [10, 50]
