"""How a question becomes an answer: its data sets, its chip, and its numbers in one line."""

import math
from dataclasses import dataclass, field, replace

import pandas as pd

from deepae.audit.checks import questions
from deepae.audit.checks.case import Case, listed
from deepae.audit.claims import Claim
from deepae.audit.verdicts import ANSWERS, Finding, basis, what_was_found
from deepae.config.vocabulary import NORMALIZATIONS

WORDS = {kind.plural for kind in NORMALIZATIONS.values()}
SHOWN = (10, 50)  # numbers of measurements named in a line


@dataclass
class Answer:
    """A question and its answer.

    Attributes
    ----------
    id : str
        Anchor on the page.
    question : str
    chip : str
        ``yes``, ``no``, ``undecided``, ``not run``, or ``note`` for what is no question.
    line : str
        The answer in one line, with its numbers.
    finding : deepae.audit.verdicts.Finding
        Values of the plot, rows behind them, limits.
    mark : str
        What the dashed line of the plot stands for.
    figure : str
        Name of the figure that shows more, e.g. ``figure-3``; empty without one.
    method : str
        Where the method is explained: an anchor of the page's glossary.
    """

    id: str
    question: str
    chip: str
    line: str
    finding: Finding = field(default_factory=Finding)
    mark: str = ""
    figure: str = ""
    method: str = ""

    @property
    def basis(self):
        """On how much the answer rests."""
        return basis(self.finding)


class Look:
    """What the questions share: which data sets, which normalisation, and lines of numbers."""

    def __init__(self, results, printed):
        self.results, self.printed = results, printed
        table = results.frame("metrics")
        self.table = table
        kinds = {name: entry.get("kind", "single-cell") for name, entry in results.datasets.items()}
        self.cells = [name for name, kind in kinds.items() if kind == "single-cell" and self.complete(name)]
        self.cells = self.cells or [name for name, kind in kinds.items() if kind == "single-cell"] or list(kinds)
        self.others = [name for name in kinds if name not in self.cells and kinds[name] != "single-cell"]

    def complete(self, name):
        """Whether a data set is complete."""
        return self.results.datasets[name].get("complete", True)

    def hs(self, datasets, least=1):
        """The numbers of measurements of a run on some data sets, from `least` on."""
        if self.table is None:
            return ()
        rows = self.table[self.table["dataset"].isin(datasets) & (self.table["measurements"] >= least)]
        return tuple(sorted({int(h) for h in rows["measurements"]}))

    def case(self, parameters, protocol="paper", datasets=None, ends=False):
        """A question as a claim about the run's own data sets: z-scores first, then raw values."""
        names = tuple(self.cells if datasets is None else datasets)
        hs = self.hs(names, 10) or self.hs(names) or SHOWN
        claim = Claim("", "", "", "", "", "", parameters, names, ("zscore", "none"), (hs[0], hs[-1]) if ends else hs)
        return Case(claim, protocol, self.results, self.printed)

    def runs_of(self, selection):
        """Return the rows of metrics.tsv of a selection's data sets and normalisation, of any method."""
        if self.table is None:
            return pd.DataFrame(columns=["method"])
        here = self.table["dataset"].isin(selection.datasets)
        return self.table[here & (self.table["normalization"] == selection.normalization)]

    def of_networks(self, rows, finding):
        """Yield data set and rows of networks that were trained in full, of complete data sets if there are any."""
        names = [name for name in self.results.datasets if name in set(rows["dataset"]) - self.cut_short()]
        whole = [name for name in names if self.complete(name)]
        finding.datasets, finding.weak = whole or names, set() if whole else set(names)
        for name in finding.datasets:
            yield name, rows[rows["dataset"] == name]

    def cut_short(self):
        """The data sets on which DeepAE was trained for fewer updates than its protocol says."""
        runs = self.results.runs()
        if runs is None:
            return set()
        return set(runs[(runs["method"] == "deepae") & (runs["cut"] != "")]["dataset"])

    def label(self, method):
        """A method's label without what it says in brackets."""
        return self.results.label(method).partition(" (")[0]


def decide(finding):
    """The chip that follows from a finding."""
    return ANSWERS[what_was_found(finding)]


def reason(finding):
    return f"This run cannot decide it: {finding.untested or 'nothing to compare'}."


def shown_values(values):
    """The values of the h that a line names: 10 and 50, or the run's smallest and largest; one for each place."""
    hs = sorted({v.measurements for v in values if v.measurements is not None})
    wanted = [h for h in SHOWN if h in hs] or ([hs[0], hs[-1]] if hs else [])
    return [v for v in values if v.measurements is None or v.measurements in wanted]


def _span(v, text):
    """A value with its interval, which is left out where it is no wider than the last digit."""
    if not math.isfinite(v.low):
        return f"{text(v.value)} (no interval)"
    low, high = (text(end).removesuffix(" %") for end in (v.low, v.high))
    return f"{text(v.value)} ({low} to {high})" if low != high else text(v.value)


def per_cent(value):
    return f"{100 * value:.0f} %".replace("-0 ", "0 ") if math.isfinite(value) else "undefined"


def at_one(values):
    """The values at one h: 10, or the smallest."""
    hs = sorted({v.measurements for v in values})
    return [v for v in values if v.measurements == (SHOWN[0] if SHOWN[0] in hs else hs[0])] if hs else []


def signed(value):
    return f"{value:+z.3f}"


def places(values, text):
    """Values in words: each h with its interval, then the data set; what is the same at two h is said once."""
    by_dataset = {}
    for v in shown_values(values):
        by_dataset.setdefault(v.dataset, {}).setdefault(_span(v, text), []).append(v.measurements)
    parts = []
    for name, found in by_dataset.items():
        at = {said: " and ".join(str(h) for h in hs if h is not None) for said, hs in found.items()}
        parts.append(f"{', '.join(f'{said} at h = {hs}' if hs else said for said, hs in at.items())} on {name}")
    return listed(parts, 2)


def of_values(finding):
    notes = [note for note in finding.notes if note in WORDS]
    return f" ({notes[0]})" if notes else ""


def cut_at_one(values, than):
    """By how much EM is lower or higher than that of another, from one value."""
    (v,) = values
    word = "lower" if v.value >= 0 else "higher"
    v = v if v.value >= 0 else replace(v, value=-v.value, low=-v.high, high=-v.low)
    return f"{_span(v, per_cent)} {word} than that of {than}"


def cuts(finding, than):
    """By how much EM is lower than that of others, in words; higher where it is so everywhere."""
    values = shown_values(finding.values)
    if values and all(v.value < 0 for v in values):
        turned = [replace(v, value=-v.value, low=-v.high, high=-v.low) for v in values]
        return f"higher than that of {than} by {places(turned, per_cent)}"
    sign = " (negative: higher)" if any(v.value < 0 for v in values) else ""
    return f"lower than that of {than} by {places(values, per_cent)}{sign}"


def cut_question(look, key, question, against, than, protocol="paper", value=0.5, tolerance=0.05, **answer):
    """A question about by how much DeepAE's EM is lower than the best of others, which a line calls `than`."""
    parameters = {"metric": "em", "against": against, "value": value, "tolerance": tolerance}
    finding = questions.left(look.case(parameters, protocol))
    chip = decide(finding)
    line = reason(finding) if chip == "not run" else f"EM is {cuts(finding, than)}{of_values(finding)}."
    return Answer(key, question, chip, line, finding, figure="figure-3", **answer)
