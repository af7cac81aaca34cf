"""What was computed: the result tables, and the rows that speak to a claim under a protocol."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from deepae.analysis.runs import read_metrics, shortened
from deepae.benchmark.metrics import METRICS

BASELINES = ("svd", "ksvd", "snmf", "smaf")
CONTROLS = ("zero", "mean", "pca", "random-lmmse")
KINDS = ("metrics", "ttests", "wilcoxon", "skill", "bootstrap", "neighbourhood", "key_genes", "stability")
KINDS += ("enrichment", "control")
NORMALIZATIONS = {"none": "raw values", "zscore": "z-scores", "log1p": "log(x + 1)"}
"""How the audit calls each normalisation."""


@dataclass(frozen=True)
class Protocol:
    """A way to look at a claim: who is DeepAE, who are the baselines, which normalisation is its own."""

    label: str
    subject: str
    baselines: tuple
    normalization: str | None = None
    mean: str = "mean"


CORRECTED = tuple(f"{name}-corrected" for name in BASELINES)
PROTOCOLS = {
    "paper": Protocol("as the paper", "deepae", BASELINES),
    "corrected": Protocol("baselines with unit-norm decoding", "deepae", CORRECTED),
    "released-zscore": Protocol(
        "released program, z-scores", "deepae-released-zscore", BASELINES, "zscore", "mean-released-zscore"
    ),
    "released-raw": Protocol("released program, raw values", "deepae-released-raw", BASELINES, "none"),
    "printed": Protocol("print alone", "", ()),
}
"""The protocols of claims.tsv."""


class Results:
    """The result tables of one run.

    Parameters
    ----------
    files : dict of str to list of path
        The tables at hand by kind: metrics, ttests, wilcoxon, skill, bootstrap, neighbourhood, key_genes, stability,
        enrichment, control. A kind that the configuration does not make is absent or empty.
    root : path
        The results' folder: files are named relative to it.
    datasets : dict of str to dict
        Of each data set of the run: label, note, kind, complete, subset_of, genes, cells.
    methods : dict of str to dict
        Of each method: label, colour, protocol, iterations (of full training, if it is trained).
    """

    def __init__(self, files, root, datasets, methods):
        self.files = {kind: [Path(path) for path in paths] for kind, paths in files.items()}
        self.root = Path(root)
        self.datasets = datasets
        self.methods = methods
        self._frames = {}

    def name(self, path):
        """Return a file's path relative to the results' folder."""
        path = Path(path)
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def frame(self, kind):
        """Return all rows of a kind of table, with the column `file`; None if the run made none."""
        if kind not in self._frames:
            parts = [self._read(kind, path).assign(file=self.name(path)) for path in self.files.get(kind, ())]
            self._frames[kind] = _stacked(parts) if parts else None
        return self._frames[kind]

    def _read(self, kind, path):
        if kind == "metrics":
            return read_metrics(path)
        frame = pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["NaN", ""])
        if "dataset" not in frame:  # tables of one data set, in its folder
            frame.insert(0, "dataset", path.parent.name)
        return frame

    def label(self, method):
        """Return a method's label."""
        return self.methods.get(method, {}).get("label", method)

    def stand_for(self, claimed, kind=""):
        """Return the data sets of the run that are one of the claimed ones, or stand for one.

        A subset stands for its whole where the whole is not in the run; then another data set of `kind` stands for
        one that is still missing.

        Returns
        -------
        dict of str to str
            Data set of the run to what it stands for, in the run's order.
        """
        if not claimed:
            return {name: name for name in self.datasets}
        found = {name: name for name in self.datasets if name in claimed}
        for name, entry in self.datasets.items():
            if entry.get("subset_of") in claimed and entry["subset_of"] not in self.datasets:
                found[name] = entry["subset_of"]
        missing = [name for name in claimed if name not in found.values()]
        for name, entry in self.datasets.items():
            if kind and entry.get("kind") == kind and name not in found and missing:
                found[name] = missing.pop(0)
        return {name: found[name] for name in self.datasets if name in found}

    def parts_of(self, names, claimed, kind=""):
        """Return those data sets that are a part of what is claimed, or stand for it."""
        found = self.stand_for(claimed, kind)
        return [n for n in names if not self.datasets[n].get("complete", True) or found.get(n, n) != n]

    def limits_of(self, names, claimed, kind=""):
        """Say in what the data sets at hand are less than those claimed."""
        found = self.stand_for(claimed, kind)
        limits = []
        for name in self.parts_of(names, claimed, kind):
            what = f" stands for {found[name]}" if found.get(name, name) != name else ""
            other = "not complete" if not self.datasets[name].get("complete", True) else "another data set"
            limits.append(f"{name}{what} ({self.datasets[name].get('note') or other})")
        missing = [wanted for wanted in claimed if wanted not in {found[name] for name in names if name in found}]
        if missing:
            limits.append(f"{len(missing)} of {len(claimed)} data sets not at hand ({', '.join(missing)})")
        return limits


@dataclass
class Selection:
    """The rows that speak to a claim: complete training alone.

    Attributes
    ----------
    table : pandas.DataFrame
        The usable rows of metrics.tsv.
    means : pandas.DataFrame
        Index data set, method, measurements; a column for each metric.
    normalization : str
    datasets : list of str
    measurements : dict of str to list of int
        For each data set the numbers of measurements at which all the methods asked for have values.
    weak : set of str
        Data sets that are a part of what is claimed, or stand for it.
    seeds : tuple of int
        Fewest and most seeds of a method on a data set.
    limits, rows : list
        As in `deepae.audit.verdicts.Finding`.
    untested : str
    """

    table: pd.DataFrame = None
    means: pd.DataFrame = None
    normalization: str = ""
    datasets: list = field(default_factory=list)
    measurements: dict = field(default_factory=dict)
    weak: set = field(default_factory=set)
    seeds: tuple = ()
    limits: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    untested: str = ""

    def by_seed(self, dataset, keys, metric):
        """Return values by seed, columns (method, h) as in `keys`: the seeds for which all of them have one."""
        rows = self.table[self.table["dataset"] == dataset]
        wide = rows.pivot_table(index="seed", columns=["method", "measurements"], values=metric, dropna=False)
        return wide.reindex(columns=pd.MultiIndex.from_tuples(keys)).dropna()

    def value(self, dataset, method, h, metric):
        """Return a mean over seeds, or NaN where there is none."""
        try:
            return float(self.means.at[(dataset, method, h), metric])
        except KeyError:
            return float("nan")


def select(results, claim, methods, normalization=None, measurements=None):
    """Pick the rows of metrics.tsv that speak to a claim.

    The first of the claim's normalisations in which all `methods` have a run is taken, or the protocol's own, which
    must be one of the claim's.

    Parameters
    ----------
    results : Results
    claim : deepae.audit.claims.Claim
    methods : sequence of str
        All must be there.
    normalization : str, optional
        The protocol's own.
    measurements : sequence of int, optional
        By default the claim's; if those are empty, all of the run.
    """
    wanted = tuple(measurements or claim.measurements)
    table = results.frame("metrics")
    if table is None:
        return Selection(untested="the run has no metrics")
    candidates = results.stand_for(claim.datasets, claim.stand_in)
    if not candidates:
        return Selection(untested=f"none of its data sets is in this run ({', '.join(claim.datasets)})")
    here = table[table["dataset"].isin(candidates)]
    absent = [name for name in methods if name not in set(here["method"])]
    if absent:
        return Selection(untested=f"not run on {_listed(candidates)}: {', '.join(absent)}")
    if normalization and normalization not in claim.normalizations:
        about = " or ".join(NORMALIZATIONS[name] for name in claim.normalizations)
        return Selection(untested=f"the claim is about {about}, this program about {NORMALIZATIONS[normalization]}")
    choices = (normalization,) if normalization else claim.normalizations
    for choice in choices:
        selection = _in(results, claim, here[here["normalization"] == choice], methods, wanted)
        if selection.datasets:
            selection.normalization = choice
            first = claim.normalizations[0]
            if choice != first:
                why = "those of the program" if normalization else f"{NORMALIZATIONS[first]} not run"
                selection.limits.append(f"{NORMALIZATIONS[choice]}; {why}")
            return selection
    at = f" at h = {', '.join(map(str, wanted))}" if wanted else ""
    failed = here[here["method"].isin(methods) & (here["status"] != "ok")]["reason"].dropna().unique()
    full = {name: entry["iterations"] for name, entry in results.methods.items() if "iterations" in entry}
    cut = [text for text in shortened(here[here["method"].isin(methods)], full).unique() if text]
    why = f"; failed: {failed[0]}" if len(failed) else f"; {cut[0]}" if cut else ""
    return Selection(
        untested=f"no common runs of {', '.join(methods)} on {_listed(candidates)}{at} "
        f"({', '.join(NORMALIZATIONS[choice] for choice in choices)}){why}"
    )


def _in(results, claim, rows, methods, wanted):
    """The selection within one normalisation; without data sets if there is nothing."""
    rows = rows[rows["measurements"].isin(wanted)] if wanted else rows
    full = {name: entry["iterations"] for name, entry in results.methods.items() if "iterations" in entry}
    cut = shortened(rows, full)
    usable = rows[(rows["status"] == "ok") & (cut == "")]
    means = usable.groupby(["dataset", "method", "measurements"])[list(METRICS)].mean()
    selection = Selection(table=usable, means=means)
    away = rows[(cut != "") & rows["method"].isin(methods)].assign(cut=cut).drop_duplicates("dataset")
    selection.limits += [f"left out, {row.cut} on {row.dataset}" for row in away.itertuples()]
    for dataset in [name for name in results.datasets if name in set(usable["dataset"])]:
        sets = [
            set(usable[(usable["dataset"] == dataset) & (usable["method"] == name)]["measurements"]) for name in methods
        ]
        common = sorted(set.intersection(*sets))
        if common:
            selection.datasets.append(dataset)
            selection.measurements[dataset] = [int(h) for h in common]
    if not selection.datasets:
        return selection
    used = rows[rows["dataset"].isin(selection.datasets) & rows["method"].isin(methods)]
    selection.limits += results.limits_of(selection.datasets, claim.datasets, claim.stand_in)
    selection.weak = set(results.parts_of(selection.datasets, claim.datasets, claim.stand_in))
    seeds = usable[usable["method"].isin(methods) & usable["dataset"].isin(selection.datasets)]
    seeds = seeds.groupby(["dataset", "method"])["seed"].nunique()
    selection.seeds = (int(seeds.min()), int(seeds.max()))
    lacking = {}
    for dataset, found in selection.measurements.items():
        missing = ", ".join(str(h) for h in wanted if h not in found)
        lacking.setdefault(missing, []).append(dataset)
    for missing, names in lacking.items():
        where = "" if len(names) == len(selection.datasets) else f" on {_listed(names)}"
        selection.limits += [f"h = {missing} not run{where}"] if missing else []
    failed = int((used["status"] != "ok").sum())
    selection.limits += [f"{failed} of {len(used)} runs failed"] if failed else []
    hs = sorted({h for found in selection.measurements.values() for h in found})
    selection.rows = [
        (
            "tables/metrics.tsv",
            f"dataset={'|'.join(selection.datasets)} normalization={used['normalization'].iloc[0]} "
            f"method={'|'.join(methods)} measurements={'|'.join(map(str, hs))}",
        )
    ]
    return selection


def _stacked(parts):
    """Tables below each other; a column that is empty in one of them decides nothing about its kind."""
    columns = list(dict.fromkeys(name for part in parts for name in part))
    return pd.concat([part.dropna(axis=1, how="all") for part in parts], ignore_index=True).reindex(columns=columns)


def _listed(names):
    names = list(names)
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
