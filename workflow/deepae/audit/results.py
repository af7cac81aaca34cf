"""What was computed: the result tables, and the rows that speak to a claim under a protocol."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from deepae.analysis.runs import read_metrics, shortened
from deepae.benchmark.metrics import METRICS
from deepae.config import vocabulary
from deepae.io.tables import read_tsv

BASELINES = ("svd", "ksvd", "snmf", "smaf")
CONTROLS = ("zero", "mean", "pca", "random-lmmse")
KINDS = ("metrics", "ttests", "wilcoxon", "skill", "bootstrap", "neighbourhood", "key_genes", "stability")
KINDS += ("enrichment", "control", "overfitting")
NORMALIZATIONS = {name: kind.plural for name, kind in vocabulary.NORMALIZATIONS.items()}
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
    "printed": Protocol("print", "", ()),
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

    def runs(self):
        """Return the rows of metrics.tsv with `cut`: why a network is no result, empty where it is one."""
        if "runs" not in self._frames:
            table = self.frame("metrics")
            self._frames["runs"] = None if table is None else table.assign(cut=shortened(table, self.methods))
        return self._frames["runs"]

    def means(self):
        """Return means over seeds of what counts: index normalisation, data set, method, h; a column a metric."""
        if "means" not in self._frames:
            rows = self.runs()
            rows = rows[(rows["status"] == "ok") & (rows["cut"] == "")]
            keys = ["normalization", "dataset", "method", "measurements"]
            self._frames["means"] = rows.groupby(keys)[list(METRICS)].mean()
        return self._frames["means"]

    def _read(self, kind, path):
        if kind == "metrics":
            return read_metrics(path, self.methods)
        frame = read_tsv(path)
        if "dataset" not in frame:  # tables of one data set, in its folder
            frame.insert(0, "dataset", path.parent.name)
        return frame

    def label(self, method):
        """Return a method's label."""
        return self.methods.get(method, {}).get("label", method)

    def datasets_for(self, claimed, kind=""):
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
        found = self.datasets_for(claimed, kind)
        return [n for n in names if not self.datasets[n].get("complete", True) or found.get(n, n) != n]

    def limits_of(self, names, claimed, kind=""):
        """Say in what the data sets at hand are less than those claimed."""
        found = self.datasets_for(claimed, kind)
        limits = []
        for name in self.parts_of(names, claimed, kind):
            what = f" stands for {found[name]}" if found.get(name, name) != name else ""
            other = "not complete" if not self.datasets[name].get("complete", True) else "another data set"
            limits.append(f"{name}{what} ({self.datasets[name].get('note') or other})")
        missing = [wanted for wanted in claimed if wanted not in {found[name] for name in names if name in found}]
        if missing:
            limits.append(f"{len(missing)} of {len(claimed)} data sets not at hand ({', '.join(missing)})")
        return limits


def from_job(files, params):
    """Return the results a Snakemake job was given: `files` by kind, `params` with results, datasets, methods."""
    paths = {kind: files.get(kind, []) for kind in KINDS}
    by_kind = {kind: [found] if isinstance(found, str) else list(found) for kind, found in paths.items()}
    return Results(by_kind, params.results, dict(params.datasets), dict(params.methods))


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
        For each data set the numbers of measurements at which all the methods asked for have values, and one rival.
    missing : dict of (str, int) to list of str
        For data set and h the rivals that have none: against them nothing is known.
    weak : set of str
        Data sets that are a part of what is claimed, or stand for it.
    seeds : dict of str to tuple of int
        For each data set the fewest and most seeds of a method.
    limits, rows : list
        As in `deepae.audit.verdicts.Finding`.
    untested : str
    """

    table: pd.DataFrame = None
    means: pd.DataFrame = None
    normalization: str = ""
    datasets: list = field(default_factory=list)
    measurements: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)
    weak: set = field(default_factory=set)
    seeds: dict = field(default_factory=dict)
    limits: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    untested: str = ""
    _wide: dict = field(default_factory=dict)

    def places(self):
        """Yield each data set with each of its numbers of measurements."""
        for dataset in self.datasets:
            for h in self.measurements[dataset]:
                yield dataset, h

    def by_seed(self, dataset, keys, metric):
        """Return values of shape (seeds, keys), `keys` as (method, h): of the seeds for which all have one."""
        columns = [self._column(dataset, key, metric) for key in keys]
        seeds = sorted(set.intersection(*map(set, columns)))
        return np.array([[column[seed] for column in columns] for seed in seeds], dtype=float).reshape(-1, len(keys))

    def _column(self, dataset, key, metric):
        """Finite values by seed of a method and h."""
        place = (dataset, metric)
        if place not in self._wide:
            rows, found = self.table[self.table["dataset"] == dataset], {}
            for method, h, seed, value in zip(
                rows["method"], rows["measurements"], rows["seed"], rows[metric].astype(float), strict=True
            ):
                if np.isfinite(value):
                    found.setdefault((method, int(h)), {})[int(seed)] = value
            self._wide[place] = found
        return self._wide[place].get((key[0], int(key[1])), {})

    def features(self, dataset):
        """Return how many genes or channels a data set has: more measurements than that cannot be run."""
        found = self.table.loc[self.table["dataset"] == dataset, "n_genes"]
        return int(found.max()) if len(found) else np.inf

    def value(self, dataset, method, h, metric):
        """Return a mean over seeds, or NaN where there is none."""
        try:
            return float(self.means.at[(self.normalization, dataset, method, h), metric])
        except KeyError:
            return float("nan")


def select(results, claim, methods, normalization=None, measurements=None, rivals=()):
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
    rivals : sequence of str, optional
        Further methods, of which one at least must be there: one that is better is enough to refute a claim, and
        `missing` says against which of the others nothing is known.
    """
    wanted = tuple(measurements or claim.measurements)
    table = results.runs()
    if table is None:
        return Selection(untested="the run has no metrics")
    candidates = results.datasets_for(claim.datasets, claim.stand_in)
    if not candidates:
        return Selection(untested=f"none of its data sets is in this run ({', '.join(claim.datasets)})")
    here = table[table["dataset"].isin(candidates)]
    absent = [name for name in methods if name not in set(here["method"])]
    if rivals and not set(rivals) & set(here["method"]):
        absent += rivals
    if absent:
        names = ", ".join(results.label(name) for name in absent)
        return Selection(untested=f"not run on {_listed(candidates)}: {names}")
    if normalization and normalization not in claim.normalizations:
        about = " or ".join(NORMALIZATIONS[name] for name in claim.normalizations)
        return Selection(untested=f"the claim is about {about}, this program about {NORMALIZATIONS[normalization]}")
    choices = (normalization,) if normalization else claim.normalizations
    for choice in choices:
        selection = _in(results, claim, here[here["normalization"] == choice], methods, wanted, rivals)
        selection.normalization = choice
        if selection.datasets:
            first = claim.normalizations[0]
            if choice != first:
                why = "those of the program" if normalization else f"{NORMALIZATIONS[first]} not run"
                selection.limits.append(f"{NORMALIZATIONS[choice]}; {why}")
            return selection
    at = f" at h = {', '.join(map(str, wanted))}" if wanted else ""
    methods = [*methods, *rivals]
    failed = here[here["method"].isin(methods) & (here["status"] != "ok")]["reason"].dropna().unique()
    cut = here[here["method"].isin(methods) & (here["cut"] != "")]
    if len(cut):
        return Selection(untested=f"{cut['cut'].iloc[0]} on {_listed(cut['dataset'].unique())}")
    why = f"; failed: {failed[0]}" if len(failed) else ""
    return Selection(
        untested=f"not all of {', '.join(map(results.label, methods))} were run on {_listed(candidates)}{at} "
        f"({', '.join(NORMALIZATIONS[choice] for choice in choices)}){why}"
    )


def _in(results, claim, rows, methods, wanted, rivals):
    """The selection within one normalisation; without data sets if there is nothing."""
    rows = rows[rows["measurements"].isin(wanted)] if wanted else rows
    cut = rows["cut"]
    usable = rows[(rows["status"] == "ok") & (cut == "")]
    selection = Selection(table=usable, means=results.means())
    away = rows[(cut != "") & rows["method"].isin([*methods, *rivals])].drop_duplicates("dataset")
    selection.limits += [f"left out, {row.cut} on {row.dataset}" for row in away.itertuples()]
    at = {}
    for dataset, method, h in usable[["dataset", "method", "measurements"]].drop_duplicates().itertuples(index=False):
        at.setdefault((dataset, method), set()).add(int(h))
    for dataset in results.datasets:
        common = set.intersection(*(at.get((dataset, name), set()) for name in methods))
        found = {name: at.get((dataset, name), set()) for name in rivals}
        common = sorted(common & set.union(*found.values()) if rivals else common)
        if common:
            selection.datasets.append(dataset)
            selection.measurements[dataset] = common
            missing = {(dataset, h): [name for name in rivals if h not in found[name]] for h in common}
            selection.missing |= {place: names for place, names in missing.items() if names}
    if not selection.datasets:
        return selection
    absent = {}
    for (dataset, h), names in selection.missing.items():
        for name in names:
            absent.setdefault((dataset, name), []).append(h)
    for (dataset, name), hs in absent.items():
        where = "" if hs == selection.measurements[dataset] else f" at h = {', '.join(map(str, hs))}"
        tried = ((rows["dataset"] == dataset) & (rows["method"] == name) & rows["measurements"].isin(hs)).any()
        selection.limits.append(f"{results.label(name)} {'failed' if tried else 'not run'} on {dataset}{where}")
    methods = [*methods, *rivals]
    used = rows[rows["dataset"].isin(selection.datasets) & rows["method"].isin(methods)]
    selection.limits += results.limits_of(selection.datasets, claim.datasets, claim.stand_in)
    selection.weak = set(results.parts_of(selection.datasets, claim.datasets, claim.stand_in))
    seeds = usable[usable["method"].isin(methods) & usable["dataset"].isin(selection.datasets)]
    seeds = seeds.groupby(["dataset", "method"])["seed"].nunique().groupby("dataset").agg(["min", "max"])
    selection.seeds = {row.Index: (int(row.min), int(row.max)) for row in seeds.itertuples()}
    lacking = {}
    for dataset, found in selection.measurements.items():
        failed = set(used.loc[(used["dataset"] == dataset) & (used["status"] != "ok"), "measurements"])
        gone = [h for h in wanted if h not in found and h <= selection.features(dataset)]
        for word, hs in (
            ("not run", [h for h in gone if h not in failed]),
            ("failed", [h for h in gone if h in failed]),
        ):
            lacking.setdefault((", ".join(map(str, hs)), word), []).append(dataset)
    for (missing, word), names in lacking.items():
        where = "" if len(names) == len(selection.datasets) else f" on {_listed(names)}"
        selection.limits += [f"h = {missing} {word}{where}"] if missing else []
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
