"""DeepAE over its rivals under every choice that the results hold: a specification curve (Simonsohn et al. 2020)."""

import numpy as np
import pandas as pd

from deepae.analysis.intervals import t_interval
from deepae.analysis.recommend import measured
from deepae.analysis.runs import usable
from deepae.config.axes import NOISELESS
from deepae.config.roles import competes
from deepae.config.vocabulary import ROLES

CHOICES = ("dataset", "normalization", "measurements", "noise", "loss", "n_train", "decoder")
COLUMNS = [*CHOICES, "deepae", "rival", "n", "log_ratio", "ci_low", "ci_high", "favours"]
LOSSES = {"mae": "absolute error", "mse": "squared error"}
OWN_NOISE = "each its own"
"""A learned code is noise-free, random measurements have SNR 2: how the paper compares them."""
_OTHER_AXES = ("bits", "trained_under")


def comparable(entry):
    """Return whether a method's runs are of the choices looked at: no coarse codes, other groups or normalisation."""
    return not any(axis in entry for axis in _OTHER_AXES) and "tested_on" not in entry.get("split", {})


def sides(methods):
    """Return the names of DeepAE, with either loss, and those of its rivals: what may be ranked and is no floor.

    Networks trained for other numbers of updates than their own are on neither side.
    """
    deepae = [
        name
        for name, entry in methods.items()
        if entry["role"] == "proposed" or (entry.get("protocol") == "ablation" and entry.get("loss") == "mse"
                                           and _plain(entry, methods).get("loss") == "mae")
    ]  # fmt: skip
    rivals = [
        name
        for name, entry in methods.items()
        if competes(entry) and name not in deepae and entry.get("protocol") != "ablation"
    ]
    return [[name for name in names if comparable(methods[name]) and _full(methods[name], methods)]
            for names in (deepae, rivals)]  # fmt: skip


def _plain(entry, methods):
    return methods.get(entry.get("base"), {})


def _full(entry, methods):
    """Whether a network at a value of an axis has the updates of the plain one."""
    plain = _plain(entry, methods) if "series" in entry else entry
    return entry.get("iterations") == plain.get("iterations", entry.get("iterations"))


def specification(metrics, methods):
    """Compare DeepAE with each rival under the same data, normalisation, h, noise and training cells.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Columns of metrics.tsv.
    methods : dict of str to dict
        ``label``, ``role``, ``protocol``, ``base``, ``noise``, ``split``, ``loss`` of the methods; ``iterations`` of
        full training: what stopped earlier is not compared.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row for each pair of runs' settings, sorted by `log_ratio`: the mean over seeds of
        log(EM of DeepAE / EM of the rival) with its 95 % t interval over the seeds that both have, on the same cells.
        `n_train` says ``usual`` where the paper's split is used. `favours`: ``DeepAE`` or ``rival`` where the interval
        leaves out 0, else ``undecided``.
    """
    deepae, rivals = sides(methods)
    keys = ["dataset", "normalization", "measurements", "n_train", "n_test", "seed"]
    fine = usable(metrics, ["em"], methods)
    fine = fine[fine["em"].gt(0)].assign(log=lambda frame: np.log(frame["em"].astype(float)))
    fine = fine.drop_duplicates([*keys, "method"])
    both = [fine.loc[fine["method"].isin(names), [*keys, "method", "log"]] for names in (deepae, rivals)]
    for rows in both:
        rows["noise"] = rows["method"].map({name: _noise(entry) for name, entry in methods.items()})
        rows["axis"] = rows["method"].map(
            {name: "n_train" in entry.get("split", {}) for name, entry in methods.items()}
        )
    # a network's codes have no noise as they are: it meets rivals without noise too
    both[0] = pd.concat([both[0], both[0][both[0]["noise"] == OWN_NOISE].assign(noise=NOISELESS)])
    pairs = both[0].merge(both[1], on=[*keys, "noise", "axis"], suffixes=("", "_rival"))
    # without noise only random measurements change: against a rival without any it is the plain pair again
    unmoved = [
        name for name in rivals if methods[name].get("noise") == NOISELESS and measured(methods[name]) != "probes"
    ]
    pairs = pairs[~pairs["method_rival"].isin(unmoved)]
    pairs = pairs.assign(ratio=pairs["log"] - pairs["log_rival"])
    rows = []
    fixed = ["dataset", "normalization", "measurements", "noise", "n_train", "axis", "method", "method_rival"]
    for (dataset, normalization, h, noise, n_train, axis, one, other), group in pairs.groupby(fixed, sort=False):
        n, mean, low, high, _ = t_interval(group["ratio"])
        favours = "DeepAE" if high < 0 else "rival" if low > 0 else "undecided"
        rows.append({
            "dataset": dataset, "normalization": normalization, "measurements": h, "noise": noise,
            "loss": LOSSES.get(methods[one].get("loss", "mae")), "n_train": str(n_train) if axis else "usual",
            "decoder": ROLES[methods[other]["role"]].label, "deepae": one, "rival": other, "n": n, "log_ratio": mean,
            "ci_low": low, "ci_high": high, "favours": favours,
        })  # fmt: skip
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values("log_ratio", kind="stable", ignore_index=True)


def _noise(entry):
    noise = entry.get("noise", OWN_NOISE)
    return noise if isinstance(noise, str) else f"SNR {noise:g}"
