"""Statistics against scipy, and what they say where nothing can be computed."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepae.analysis import bootstrap as resampling
from deepae.analysis import runs, ttests, wilcoxon
from deepae.analysis import skill as skills
from deepae.analysis.overfitting import overfitting
from deepae.config.vocabulary import RATIOS

SEEDS = (3, 1, 4, 15, 9)
METRICS = ("pcc", "spearman", "em", "mae", "mse", "pcc_cell", "pcc_gene")
PROTOCOLS = {
    "deepae": "paper",
    "svd": "paper",
    "smaf": "paper",
    "svd-corrected": "corrected",
    "zero": "control",
    "mean": "control",
    "pca": "control",
    "deepae-released-zscore": "released-zscore",
    "mean-released-zscore": "released-zscore",
}
ENTRIES = {name: {"role": protocol} for name, protocol in PROTOCOLS.items()} | {
    "deepae": {"role": "proposed"},
    "deepae-released-zscore": {"role": "proposed", "base": "deepae"},
    "mean-released-zscore": {"role": "control", "base": "mean"},
    "zero-dropped-cell": {"role": "control", "base": "zero"},
    "mean-dropped-cell": {"role": "control", "base": "mean"},
}
DROPPED = {"svd-dropped-cell": "ablation", "mean-dropped-cell": "ablation", "zero-dropped-cell": "ablation"}


def make_metrics(datasets=("one", "two", "three"), hs=(10, 50), methods=tuple(PROTOCOLS), seeds=SEEDS):
    rng = np.random.default_rng(7)
    rows = []
    for dataset in datasets:
        for method in methods:
            for h in hs:
                for seed in seeds:
                    row = {"dataset": dataset, "normalization": "zscore", "method": method, "measurements": h}
                    protocol = (PROTOCOLS | DROPPED)[method]
                    row |= {"protocol": protocol, "seed": seed, "status": "ok", "reason": ""}
                    row |= {"n_train": 8, "n_test": 154 if method in DROPPED or "zscore" in protocol else 155}
                    row |= dict(zip(METRICS, rng.uniform(0.2, 0.9, len(METRICS)), strict=True))
                    row["iterations"] = 1000 if method.startswith("deepae") else np.nan
                    rows.append(row)
    table = pd.DataFrame(rows)
    table.loc[table["method"] == "zero", ["pcc", "spearman"]] = np.nan
    return runs.with_roles(table, ENTRIES)


@pytest.fixture
def metrics():
    return make_metrics()


def pick(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    return table


def one(table, **where):
    chosen = pick(table, **where)
    assert len(chosen) == 1
    return chosen.iloc[0]


def series(metrics, method, name, **where):
    where = {"dataset": "one", "measurements": 10} | where
    return pick(metrics, method=method, **where).sort_values("seed")[name].to_numpy()


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("method", ["svd", "svd-corrected", "pca"])
def test_ttests_agree_with_scipy(metrics, name, method):
    metrics = metrics.sample(frac=1, random_state=0)  # pairs are matched by seed, not by order
    row = one(ttests.ttests(metrics), dataset="one", measurements=10, metric=name, reference="deepae", method=method)
    a, b = series(metrics, "deepae", name), series(metrics, method, name)
    for test, result in {
        "student": stats.ttest_ind(a, b),
        "welch": stats.ttest_ind(a, b, equal_var=False),
        "paired": stats.ttest_rel(a, b),
    }.items():
        assert row[f"t_{test}"] == pytest.approx(result.statistic, rel=1e-12, abs=1e-12)
        assert row[f"p_{test}"] == pytest.approx(result.pvalue, rel=1e-12, abs=1e-12)
    interval = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(interval, rel=1e-12)
    assert row["mean_difference"] == pytest.approx(np.mean(a - b), rel=1e-12)
    assert row["n"] == len(SEEDS)
    assert row["reason"] == ""
    ratio = np.log(a / b).mean() if name in RATIOS else np.nan
    assert row["log_ratio"] == pytest.approx(ratio, nan_ok=True)


def test_families_are_adjusted_on_their_own(metrics):
    table = ttests.ttests(metrics)
    for _, family in table.groupby("family"):
        known = family["p_paired"].dropna()
        adjusted = family.loc[known.index, "p_adjusted"]
        if len(known):
            np.testing.assert_allclose(adjusted, stats.false_discovery_control(known), rtol=1e-12)
        assert family.loc[family["p_paired"].isna(), "p_adjusted"].isna().all()
        assert family["measurements"].nunique() == 1
        assert {PROTOCOLS[name] for name in family["method"]} == {PROTOCOLS[family["method"].iloc[0]]}
        assert set(family["metric"]) in ({"pcc", "em", "mae"}, {"spearman", "mse", "pcc_cell", "pcc_gene"})
    baselines = table[(table["method"] == "svd") & (table["reference"] == "deepae") & (table["metric"] == "pcc")]
    assert len(pick(table, family=baselines["family"].iloc[0])) == 3 * 2 * 3  # data sets x baselines x metrics


def test_released_presets_are_references_paired_only_with_their_own_split(metrics):
    table = ttests.ttests(metrics)
    where = {"dataset": "one", "measurements": 10, "metric": "em", "reference": "deepae-released-zscore"}
    own = one(table, method="mean-released-zscore", **where)
    assert np.isfinite(own["p_paired"])
    other = one(table, method="svd", **where)
    assert np.isnan(other[["p_paired", "ci_low", "ci_high", "p_adjusted"]].astype(float)).all()
    assert np.isfinite(other["p_student"])
    assert "different splits" in other["reason"]
    assert pick(table, reference="deepae", method="mean-released-zscore").empty
    assert pick(table, reference="svd").empty


def test_an_ablation_that_drops_a_cell_has_splits_of_its_own():
    metrics = make_metrics(methods=("deepae", "svd", "mean", "zero", "deepae-released-zscore", *DROPPED))
    where = {"dataset": "one", "measurements": 10, "metric": "em"}
    table = ttests.ttests(metrics)
    assert pick(table, reference="deepae", method="svd-dropped-cell").empty
    paired = one(table, reference="deepae-released-zscore", method="svd-dropped-cell", **where)
    assert np.isfinite(paired["p_paired"])
    where = {"dataset": "one", "measurements": 10, "seed": 9}
    own, mean, zero = (one(metrics, method=f"{name}-dropped-cell", **where) for name in ("svd", "mean", "zero"))
    skill = one(skills.skill(metrics), method="svd-dropped-cell", **where)
    assert skill["skill_mse"] == pytest.approx(1 - own["mse"] / mean["mse"])
    assert skill["skill_pcc"] == pytest.approx((own["pcc"] - mean["pcc"]) / (1 - mean["pcc"]))
    relative = one(skills.relative_em(metrics), method="svd-dropped-cell", **where)
    assert relative["em_relative"] == pytest.approx(own["em"] / zero["em"])


def test_fewer_than_two_seeds_is_nan_with_a_reason():
    table = ttests.ttests(make_metrics(seeds=(3,)))
    assert table[["t_student", "t_welch", "t_paired", "p_adjusted", "ci_low"]].isna().all(axis=None)
    assert table["reason"].str.contains("1 seeds").sum() > 0
    assert (table["reason"] != "").all()
    row = one(table, dataset="one", measurements=10, metric="em", reference="deepae", method="svd")
    assert np.isfinite(row["mean_difference"])


def test_an_undefined_metric_is_nan_with_a_reason(metrics):
    rows = pick(ttests.ttests(metrics), method="zero", metric="pcc")
    assert len(rows)
    assert rows[["mean_difference", "p_student", "p_paired", "p_adjusted"]].isna().all(axis=None)
    assert (rows["n"] == 0).all()
    assert rows["reason"].str.startswith("0 seeds").all()


def test_failed_rows_leave_their_seed_out_and_stay_in_the_table(metrics):
    metrics.loc[(metrics["method"] == "svd") & (metrics["seed"] == 4), "status"] = "failed"
    metrics.loc[metrics["method"] == "smaf", "status"] = "failed"
    table = ttests.ttests(metrics)
    row = one(table, dataset="one", measurements=10, metric="em", reference="deepae", method="svd")
    keep = np.array([seed != 4 for seed in sorted(SEEDS)])
    a, b = series(metrics, "deepae", "em")[keep], series(metrics, "svd", "em")[keep]
    assert row["n"] == 4
    assert row["p_student"] == pytest.approx(stats.ttest_ind(a, b).pvalue, rel=1e-12)
    assert (pick(table, method="smaf", reference="deepae")["n"] == 0).all()


def test_identical_values_are_nan_with_a_reason(metrics):
    same = metrics["method"].isin(["deepae", "svd"])
    metrics.loc[same, "em"] = 0.5
    values = metrics.loc[metrics["method"] == "deepae", "mae"].to_numpy()
    metrics.loc[metrics["method"] == "svd", "mae"] = values + 0.25  # a constant difference, but for rounding
    table = ttests.ttests(metrics)
    where = {"dataset": "one", "measurements": 10, "reference": "deepae", "method": "svd"}
    constant = one(table, metric="em", **where)
    assert np.isnan(constant[["t_student", "p_welch", "p_paired", "p_adjusted"]].astype(float)).all()
    assert "zero variance of both" in constant["reason"]
    assert "zero variance of the differences" in constant["reason"]
    shifted = one(table, metric="mae", **where)
    assert np.isnan(shifted["p_paired"])
    assert np.isfinite(shifted["p_student"])
    assert shifted["mean_difference"] == pytest.approx(-0.25)
    assert shifted["reason"] == "zero variance of the differences"


def test_no_reference_gives_an_empty_table_with_its_columns(metrics):
    table = ttests.ttests(metrics[~metrics["method"].str.startswith("deepae")])
    assert table.empty
    assert list(table) == ttests.TTESTS


def test_benjamini_hochberg_leaves_nan_out():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.2, np.nan, 0.04])
    adjusted = ttests.benjamini_hochberg(p)
    known = ~np.isnan(p)
    np.testing.assert_allclose(adjusted[known], stats.false_discovery_control(p[known]), rtol=1e-12)
    assert np.isnan(adjusted[~known]).all()
    assert len(ttests.benjamini_hochberg(np.array([]))) == 0
    indexed = ttests.benjamini_hochberg(pd.Series([0.5, 0.01], index=["a", "b"]))
    assert indexed.to_dict() == {"a": 0.5, "b": 0.02}


def test_wilcoxon_compares_errors_by_their_ratio_and_correlations_by_difference():
    metrics = make_metrics(datasets=tuple("abcdefg"))
    scale = {name: 10.0**place for place, name in enumerate("abcdefg")}
    for name in ("em", "mae", "mse"):
        metrics[name] *= metrics["dataset"].map(scale)
    table = wilcoxon.wilcoxon(metrics)
    chosen = metrics[metrics["measurements"] == 50].set_index(["dataset", "seed"])
    for name in ("em", "pcc_gene"):
        row = one(table, measurements=50, metric=name, method="svd")
        a, b = (chosen[chosen["method"] == method][name] for method in ("deepae", "svd"))
        tested = (np.log(a / b) if name == "em" else a - b).groupby("dataset").mean()
        assert (row["n"], row["p"]) == (7, pytest.approx(stats.wilcoxon(tested).pvalue))
        assert row["median_difference"] == pytest.approx((a - b).groupby("dataset").mean().median())
        assert row["median_log_ratio"] == pytest.approx(tested.median() if name == "em" else np.nan, nan_ok=True)


def test_wilcoxon_does_not_depend_on_the_unit_of_a_data_set():
    metrics = make_metrics(datasets=tuple("abcdefg"))
    before = one(wilcoxon.wilcoxon(metrics), measurements=10, metric="mae", method="svd")
    metrics.loc[metrics["dataset"] == "c", "mae"] *= 1e6
    after = one(wilcoxon.wilcoxon(metrics), measurements=10, metric="mae", method="svd")
    assert (after["p"], after["median_log_ratio"]) == pytest.approx((before["p"], before["median_log_ratio"]))


def test_wilcoxon_needs_six_data_sets_and_a_difference():
    table = wilcoxon.wilcoxon(make_metrics(datasets=tuple("abcde")))
    assert table[["statistic", "p"]].isna().all(axis=None)
    assert table["reason"].str.contains("at least 6 needed").all()
    assert table["median_difference"].notna().sum() > 0
    metrics = make_metrics(datasets=tuple("abcdef"))
    metrics.loc[metrics["method"].isin(["deepae", "svd"]), "em"] = 1.0
    table = wilcoxon.wilcoxon(metrics)
    assert one(table, measurements=10, metric="em", method="svd")["reason"] == "no difference"
    assert np.isfinite(one(table, measurements=10, metric="em", method="smaf")["p"])
    metrics.loc[(metrics["method"] == "deepae") & (metrics["dataset"] == "f"), "iterations"] = 300
    table = wilcoxon.wilcoxon(metrics, methods={"deepae": {"iterations": 1000}})
    cut = one(table, measurements=10, metric="em", method="smaf")
    assert (cut["n"], np.isnan(cut["p"])) == (5, True)


def test_the_same_predictions_count_once_in_a_family(metrics):
    copy = metrics[metrics["method"] == "svd"].assign(method="ksvd")
    alone, both = ttests.ttests(metrics), ttests.ttests(pd.concat([metrics, copy]))
    where = {"dataset": "two", "measurements": 10, "metric": "em", "reference": "deepae"}
    for method in ("svd", "smaf", "ksvd"):
        row = one(both, method=method, **where)
        expected = one(alone, method="svd" if method == "ksvd" else method, **where)
        assert row["p_adjusted"] == expected["p_adjusted"]
        assert row["same_as"] == ("svd" if method == "ksvd" else "")
    copy["mae"] *= 1 + 1e-6  # close is not the same
    assert (ttests.ttests(pd.concat([metrics, copy]))["same_as"] == "").all()


def test_shortened_networks_are_in_no_test_and_no_family(metrics):
    metrics.loc[(metrics["method"] == "deepae") & (metrics["dataset"] == "two"), "iterations"] = 300
    full = {name: {"iterations": 1000} for name in ("deepae", "deepae-released-zscore")}
    table = ttests.ttests(metrics, methods=full)
    cut = pick(table, dataset="two", reference="deepae")
    assert (cut["n"] == 0).all()
    assert cut[["mean_difference", "p_student", "p_paired", "p_adjusted"]].isna().all(axis=None)
    assert (cut["reason"] == "shortened training: 300 of 1000 updates").all()
    left = ttests.ttests(metrics[metrics["dataset"] != "two"], methods=full)
    kept = pick(table, reference="deepae")
    kept = kept[kept["dataset"] != "two"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, pick(left, reference="deepae").reset_index(drop=True))
    own = one(skills.skill_intervals(metrics, full), dataset="two", measurements=10, method="deepae", quantity="pcc")
    assert np.isnan(own["skill"])
    assert "shortened" in own["reason"]
    assert set(runs.shortened(metrics, full)) == {"", "shortened training: 300 of 1000 updates"}


def test_skill_of_correlations_is_one_quantity_in_both_tables():
    cells = make_cells()
    table = resampling.bootstrap(cells, 10, "data", replicates=20)
    assert set(table["quantity"]) == {"mse", "pcc_cell"}
    metrics = make_metrics(methods=("mean", "pca"), datasets=("data",), hs=(10,), seeds=(1, 2, 3))
    for place, seed in enumerate((1, 2, 3)):
        for method, name in (("mean", "mean"), ("pca", "noisy")):
            rows = (metrics["method"] == method) & (metrics["seed"] == seed)
            metrics.loc[rows, "pcc_cell"] = cells[name]["pcc"][0, place].mean()
            metrics.loc[rows, "mse"] = cells[name]["sse"][0, place].mean()
    for quantity in ("mse", "pcc_cell"):
        over_seeds = one(skills.skill_intervals(metrics), method="pca", quantity=quantity)["skill"]
        assert over_seeds == pytest.approx(one(table, method="noisy", quantity=quantity)["estimate"])


def test_skill_is_against_the_mean_of_the_same_split_and_seed(metrics):
    table = skills.skill(metrics.sample(frac=1, random_state=1))
    where = {"dataset": "two", "measurements": 50, "seed": 15}
    for method, control in (("svd", "mean"), ("deepae-released-zscore", "mean-released-zscore")):
        row, base = one(table, method=method, **where), one(metrics, method=control, **where)
        assert row["skill_mse"] == pytest.approx(1 - row["mse"] / base["mse"])
        assert row["skill_pcc"] == pytest.approx((row["pcc"] - base["pcc"]) / (1 - base["pcc"]))
    assert (pick(table, method="mean")["skill_mse"] == 0).all()
    assert pick(table, method="zero")["skill_pcc"].isna().all()
    without = skills.skill(metrics[metrics["method"] != "mean"])
    assert pick(without, method="svd")["skill_mse"].isna().all()


def test_other_numbers_and_groups_of_training_cells_are_splits_of_their_own(metrics):
    """Trained on half of the cells a method has as many cells in all, and other test cells."""
    half = metrics[metrics["method"].isin(["mean", "svd", "deepae"])]
    half = half.assign(method=half["method"] + ".nall", n_train=half["n_train"] + 10, n_test=half["n_test"] - 10)
    half["mse"] = half["mse"] * 3
    groups = half.assign(method=half["method"].str.replace(".nall", ".b-to-b"), groups="b to b")
    both = pd.concat([metrics, half, groups])
    table = skills.skill(both).set_index(["method", "dataset", "measurements", "seed"])
    for name in ("svd.nall", "svd.b-to-b"):
        assert table.loc[name, "skill_mse"].isna().all()  # `mean` tests on other cells
    tests = ttests.ttests(both)
    mixed = [
        row.reference for row in tests.itertuples() if row.method.partition(".")[2] != row.reference.partition(".")[2]
    ]
    assert mixed == []  # nor against a released preset, which has one cell less in all
    found = wilcoxon.wilcoxon(both).set_index("method")["n"]
    assert (found["svd"] > 0).all()
    assert (found["svd.nall"] == 0).all()


def test_skill_intervals_are_t_intervals(metrics):
    row = one(skills.skill_intervals(metrics), dataset="one", measurements=10, method="pca", quantity="mse")
    values = series(skills.skill(metrics), "pca", "skill_mse")
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert (row["skill"], row["ci_low"], row["ci_high"]) == pytest.approx((values.mean(), low, high), rel=1e-12)
    few = skills.skill_intervals(make_metrics(seeds=(3,)))
    assert few["ci_low"].isna().all()
    assert (few["reason"] != "").all()


def test_relative_em_divides_by_zero_s(metrics):
    table = skills.relative_em(metrics)
    where = {"dataset": "one", "measurements": 10, "seed": 9}
    zero = one(metrics, method="zero", **where)["em"]
    assert one(table, method="svd", **where)["em_relative"] == pytest.approx(
        one(metrics, method="svd", **where)["em"] / zero
    )
    assert pick(table, method="deepae-released-zscore")["em_relative"].isna().all()


def make_cells(n_cells=400, seeds=(1, 2, 3), hs=(10, 50)):
    """Per-cell arrays with a known skill: method a has half the squared error of the control in every cell."""
    rng = np.random.default_rng(0)
    test = np.array([np.sort(rng.choice(n_cells, n_cells - 20, replace=False)) for _ in seeds], dtype=np.int32)
    labels = {"measurements": np.array(hs), "seeds": np.array(seeds), "test": test}
    shape = (len(hs), *test.shape)
    error = rng.gamma(2.0, 1.0, n_cells)[test]  # a cell that is hard is hard for every seed
    correlation = rng.uniform(0.2, 0.6, n_cells)[test]
    mean = labels | {"sse": np.broadcast_to(error, shape), "pcc": np.broadcast_to(correlation, shape)}
    half = labels | {"sse": mean["sse"] / 2, "pcc": (1 + mean["pcc"]) / 2}
    noise = rng.uniform(0.2, 0.8, n_cells)[test]
    noisy = labels | {"sse": mean["sse"] * noise, "pcc": mean["pcc"] * noise}
    return {"mean": mean, "half": half, "noisy": noisy}


def test_bootstrap_draws_the_same_cells_for_all_methods_and_seeds():
    table = resampling.bootstrap(make_cells(), 10, "data", differences=[("noisy", "half")], replicates=300)
    half = one(table, method="half", quantity="mse", minus="")
    assert half["estimate"] == pytest.approx(0.5)
    assert (half["ci_low"], half["ci_high"]) == pytest.approx((0.5, 0.5))  # only if both share their cells
    assert one(table, method="half", quantity="pcc_cell", minus="")["ci_low"] == pytest.approx(0.5)
    noisy = one(table, method="noisy", quantity="mse", minus="")
    assert noisy["ci_low"] < noisy["estimate"] < noisy["ci_high"]
    difference = one(table, method="noisy", minus="half", quantity="mse")
    assert difference["estimate"] == pytest.approx(noisy["estimate"] - 0.5)
    assert difference["ci_high"] - difference["ci_low"] == pytest.approx(noisy["ci_high"] - noisy["ci_low"])


def test_bootstrap_intervals_have_the_width_that_theory_gives():
    """One seed, all cells: the interval of a ratio of means is close to that of the delta method."""
    rng = np.random.default_rng(5)
    n = 2000
    labels = {"measurements": np.array([10]), "seeds": np.array([1]), "test": np.arange(n)[None]}
    control, error = rng.gamma(3, 1, n), rng.gamma(2, 0.5, n)
    cells = {
        "mean": labels | {"sse": control[None, None], "pcc": np.zeros((1, 1, n))},
        "a": labels | {"sse": error[None, None], "pcc": np.zeros((1, 1, n))},
    }
    row = one(resampling.bootstrap(cells, 10, "data", replicates=2000), method="a", quantity="mse")
    ratio = error.mean() / control.mean()
    width = 2 * 1.96 * np.std(error - ratio * control) / control.mean() / np.sqrt(n)
    assert row["estimate"] == pytest.approx(1 - ratio)
    assert row["ci_high"] - row["ci_low"] == pytest.approx(width, rel=0.1)


def test_bootstrap_does_not_depend_on_how_many_draws_are_held(monkeypatch):
    whole = resampling.bootstrap(make_cells(), 50, "data", replicates=100)
    monkeypatch.setattr(resampling, "DRAWS_AT_ONCE", 1000)
    pd.testing.assert_frame_equal(whole, resampling.bootstrap(make_cells(), 50, "data", replicates=100))


def test_bootstrap_says_why_a_method_has_no_interval():
    cells = make_cells()
    cells["other"] = {**cells["half"], "test": cells["half"]["test"] - 1}
    cells["failed"] = {**cells["half"], "sse": cells["half"]["sse"] * np.nan, "pcc": cells["half"]["pcc"] * np.nan}
    table = resampling.bootstrap(cells, 10, "data", replicates=20)
    assert (pick(table, method="other")["reason"] == "not the splits of mean").all()
    assert (pick(table, method="failed")["reason"] != "").all()
    assert pick(table, method="failed")["estimate"].isna().all()


def test_bootstrap_table_matches_methods_with_controls_by_split():
    cells = make_cells()
    fewer = {name: cells["half"][name][..., :2, :] for name in ("sse", "pcc")}
    fewer |= {"seeds": cells["half"]["seeds"][:2], "test": cells["half"]["test"][:2]}
    fewer["measurements"] = cells["half"]["measurements"]
    own = {name: dict(arrays, test=arrays["test"][:, :-1]) for name, arrays in cells.items()}
    own = {name: arrays | {key: arrays[key][..., :-1] for key in ("sse", "pcc")} for name, arrays in own.items()}
    known = {
        "mean": cells["mean"],
        "pca": cells["noisy"],
        "deepae": fewer,
        "mean-released-zscore": own["mean"],
        "deepae-released-zscore": own["half"],
    }
    table = resampling.bootstrap_table(
        [("d", "zscore", name, name) for name in known], known.get, replicates=10, networks=["deepae"]
    )
    at = {"measurements": 50, "quantity": "mse", "minus": ""}
    row = one(table, method="deepae", **at)
    assert (row["control"], row["n_seeds"], row["estimate"]) == ("mean", 2, pytest.approx(0.5))
    assert one(table, method="pca", **at)["n_seeds"] == 3
    assert one(table, method="deepae-released-zscore", **at)["control"] == "mean-released-zscore"


def test_overfitting_sets_training_error_beside_test_error(metrics):
    seeds = np.array([*SEEDS, 8])  # the last has no row
    arrays = {"seeds": seeds, "mae_train": np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6])}
    table = overfitting(metrics, [("one", "zscore", "deepae", 10, "file")], {"file": arrays}.get)
    assert list(table["seed"]) == [3, 1, 15, 9]
    row, test = one(table, seed=15), series(metrics[metrics["seed"] == 15], "deepae", "mae")[0]
    assert (row["mae_train"], row["mae_test"], row["ratio"]) == pytest.approx((0.4, test, test / 0.4))
