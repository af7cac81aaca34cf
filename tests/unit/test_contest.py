"""Planted results: ranks, the specification curve and the contest's table find what was put in."""

import numpy as np
import pandas as pd
import pytest

from deepae.analysis.ranks import differences, ranks
from deepae.analysis.specification import OWN_NOISE, specification
from deepae.figures import cost
from deepae.figures import ranks as rank_figure
from deepae.figures import specification as curve
from deepae.report.pages import dictionary
from deepae.tables.contest import contest

CONTROL = {"protocol": "control", "role": "control", "colour": "#000000"}
METHODS = {
    "mean": CONTROL | {"label": "mean profile", "floor": True},
    "deepae": {"label": "DeepAE", "protocol": "paper", "role": "proposed", "colour": "#D55E00", "loss": "mae",
               "trained": True, "iterations": 100},
    "pca": CONTROL | {"label": "PCA"},
    "twin": CONTROL | {"label": "PCA's twin"},
    "panel": {"label": "panel", "protocol": "contest", "role": "panel", "colour": "#8B6914"},
    "oracle": {"label": "PCA of the test cells", "protocol": "contest", "role": "ceiling", "colour": "#4D4D4D"},
}  # fmt: skip
METHODS["deepae-mse"] = METHODS["deepae"] | {"label": "DeepAE, squared error", "role": "network", "loss": "mse",
                                             "protocol": "ablation", "base": "deepae"}  # fmt: skip
LEVELS = {"mean": 3.0, "deepae": 1.4, "deepae-mse": 1.2, "pca": 1.0, "twin": 1.0, "panel": 1.2, "oracle": 0.5}
DATASETS = {"A": {"label": "Data A", "note": ""}}
SEEDS = (1, 2, 3, 4, 5)


def planted(levels=LEVELS, n_cells=200, spread=0.05, seed=0):
    """Rows of a block and errors of each cell: squared errors of each method around its level, shared by cells."""
    rng = np.random.default_rng(seed)
    shared, rows, cells = rng.gamma(4, 0.25, n_cells), [], {}
    for method, level in levels.items():
        draw = np.random.default_rng(7) if method in ("pca", "twin") else rng
        own = np.exp(spread * draw.standard_normal((len(SEEDS), 1)))
        sse = level * shared * own * draw.gamma(20, 1 / 20, (len(SEEDS), n_cells))
        cells["A", "zscore", method] = [{
            "measurements": np.array([10]), "seeds": np.array(SEEDS), "test": np.tile(np.arange(n_cells), (5, 1)),
            "sse": sse[None], "further/pcc_delta": np.full((1, 5), level), "further/floats": np.full((1, 5), 40.0),
            "further/r2_tenths": np.zeros((1, 5, 10)),
        }]  # fmt: skip
        for place, one in enumerate(SEEDS):
            em = float(np.sqrt(sse[place].sum()))
            rows.append(["A", "zscore", method, 10, one, 10, n_cells, 1 - level / 4, em, em, 1.0, 0.5, 100, "ok", ""])
    names = "dataset normalization method measurements seed n_train n_test pcc em mae fit_seconds evaluate_seconds"
    return pd.DataFrame(rows, columns=[*names.split(), "iterations", "status", "reason"]), cells


def test_ranks_recover_the_order_and_show_ties_as_ties():
    rows, cells = planted()
    found = ranks(rows, cells, METHODS).set_index("method")
    assert "oracle" not in found.index, "a ceiling is not ranked"
    assert found.loc[["pca", "twin"], ["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1, 2]] * 2
    assert found.loc["pca", "ties"] == "PCA's twin"
    assert list(found.loc[["deepae", "mean"], "rank"]) == [5, 6]
    assert found.loc["mean", "rank_low"] == found.loc["mean", "rank_high"] == 6
    assert "panel" in found.loc["deepae-mse", "ties"]


def test_other_test_cells_and_failed_runs_are_not_ranked():
    rows, cells = planted()
    cells["A", "zscore", "panel"][0]["test"] = cells["A", "zscore", "panel"][0]["test"] + 1
    rows.loc[rows["method"] == "deepae", "em"] = np.nan
    assert set(ranks(rows, cells, METHODS)["method"]) == {"mean", "pca", "twin", "deepae-mse"}


def test_seeds_that_another_block_asked_for_do_not_count():
    """One job serves all blocks: its file may hold more seeds of a method than this block compares."""
    rows, cells = planted()
    three = rows[rows["seed"].isin(SEEDS[:3])]
    found = ranks(three, cells, METHODS)
    assert set(found["n_seeds"]) == {3}
    for name in set(rows["method"]) - {"deepae"}:
        (arrays,) = cells["A", "zscore", name]
        cells["A", "zscore", name] = [arrays | {"seeds": arrays["seeds"][:3], "test": arrays["test"][:3],
                                                "sse": arrays["sse"][:, :3]}]  # fmt: skip
    assert ranks(three, cells, METHODS).equals(found)
    assert set(ranks(three.drop(three.index[three["method"] == "pca"][0]), cells, METHODS)["n_seeds"]) == {
        2
    }  # one failed: two are common


def test_one_seed_ranks_nothing_for_sure():
    rows, cells = planted()
    found = ranks(rows[rows["seed"] == 1], cells, METHODS)
    assert set(found["n_seeds"]) == {1}
    assert (found["rank_low"] == 1).all()
    assert (found["rank_high"] == 6).all()


@pytest.mark.parametrize("n_seeds", [3, 5])
def test_intervals_hold_the_difference_as_often_as_they_say(n_seeds):
    rng, held, trials = np.random.default_rng(n_seeds), 0, 150
    for _ in range(trials):
        shared = rng.gamma(4, 0.25, 60)
        own = np.exp(0.1 * rng.standard_normal((2, n_seeds, 1)))
        sse = np.array([1.0, 1.3])[:, None, None] * shared * own * rng.gamma(20, 1 / 20, (2, n_seeds, 60))
        _, low, high = differences(sse, 300, rng)
        held += low[0, 1] <= 0.5 * np.log(1 / 1.3) <= high[0, 1]
    assert 0.90 <= held / trials <= 1.0


def test_the_specification_curve_pairs_like_with_like():
    rows, _ = planted()
    noisy = rows[rows["method"].isin(["deepae", "pca"])]
    noisy = noisy.assign(method=noisy["method"] + ".snr2", em=noisy["em"] * 2)
    methods = METHODS | {f"{name}.snr2": METHODS[name] | {"noise": 2, "base": name, "series": METHODS[name]["label"]}
                         for name in ("deepae", "pca")}  # fmt: skip
    found = specification(pd.concat([rows, noisy]), methods)
    pairs = found.set_index(["deepae", "rival"])
    assert set(pairs.index) == {
        *((one, other) for one in ("deepae", "deepae-mse") for other in ("pca", "twin", "panel")),
        ("deepae.snr2", "pca.snr2"),
    }
    assert pairs.loc[("deepae", "pca"), "log_ratio"] == pytest.approx(0.5 * np.log(1.4), abs=0.05)
    assert pairs.loc[("deepae", "pca"), "favours"] == "rival"
    assert pairs.loc[("deepae-mse", "panel"), "favours"] == "undecided"
    assert pairs.loc[("deepae-mse", "pca"), "loss"] == "squared error"
    assert set(found["noise"]) == {OWN_NOISE, "SNR 2"}
    assert found["log_ratio"].is_monotonic_increasing


def test_a_network_is_free_of_noise_as_it_is():
    """It meets random measurements without noise too; two codes without noise are the plain pair again."""
    rows, _ = planted()
    quiet = {f"{name}.noiseless": METHODS[name] | {"noise": "none", "base": name, "series": METHODS[name]["label"]}
             for name in ("pca", "panel")}  # fmt: skip
    quiet["panel.noiseless"]["measures"] = "probes"
    silent = rows[rows["method"].isin(["pca", "panel"])]
    found = specification(pd.concat([rows, silent.assign(method=silent["method"] + ".noiseless")]), METHODS | quiet)
    without = found[found["noise"] == "none"]
    assert set(zip(without["deepae"], without["rival"], strict=True)) == {
        ("deepae", "panel.noiseless"), ("deepae-mse", "panel.noiseless")}  # fmt: skip
    assert len(found) == 6 + 2


def test_shortened_networks_are_not_in_the_specification_curve():
    rows, _ = planted()
    shortened = specification(rows.assign(iterations=50), METHODS)
    assert shortened.empty


def test_the_table_has_scaled_scores_further_metrics_and_cost():
    found = contest(planted(), METHODS).set_index("method")
    assert list(found.columns[:4]) == ["dataset", "normalization", "measurements", "role"]
    assert found.loc["mean profile", "scaled_em"] == 0
    assert found.loc["PCA of the test cells", "scaled_em"] == 1
    assert 0 < found.loc["DeepAE", "scaled_em"] < found.loc["PCA", "scaled_em"] < 1
    assert found.loc["panel", "needs"] == "h genes"
    assert found.loc["DeepAE", "pcc_delta"] == pytest.approx(1.4)
    assert found.loc["DeepAE", "floats"] == 40
    assert set(found) <= set(dictionary.columns_of("tables/contest-networks.tsv"))


def test_figures_say_what_they_found():
    rows, cells = planted()
    figure = rank_figure.draw("ranks", rows, DATASETS, METHODS, cells)
    assert "PCA (of 6), not surely ahead of PCA's twin" in figure.found
    assert len(figure.behind) == 6
    figure = cost.draw("cost", rows, DATASETS, METHODS, cells)
    assert "all genes: PCA" in figure.found
    assert "h genes: panel" in figure.found
    figure = curve.draw("specification", rows, DATASETS, METHODS)
    assert figure.found.startswith("Of 6 comparisons DeepAE has less error in 0, the rival in")
    assert {"panel:ratios", "panel:choices"} <= {axes.get_gid() for axes in figure.axes}
