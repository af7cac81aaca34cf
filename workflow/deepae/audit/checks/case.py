"""A claim under one protocol, and what every check on metrics shares."""

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from deepae.analysis import intervals
from deepae.analysis.intervals import CONFIDENCE, t_interval
from deepae.audit.claims import Claim, Printed
from deepae.audit.results import CONTROLS, NORMALIZATIONS, PROTOCOLS, Results, select
from deepae.audit.verdicts import Finding, Value
from deepae.benchmark.metrics import METRICS

ERRORS = ("em", "mae", "mse", "em_allpairs")  # smaller is better; shown as a share of the mean profile's
MOST_PLACES = 6  # named in a line of observed values


@dataclass
class Case:
    """A claim, the protocol it is looked at under, and where to look."""

    claim: Claim
    name: str
    results: Results
    printed: Printed

    @property
    def protocol(self):
        """The protocol's methods."""
        return PROTOCOLS[self.name]

    def methods(self, roles):
        """Return the methods behind roles: ``deepae``, ``baselines``, a baseline's or another method's name."""
        found = []
        for role in _listed(roles):
            if role == "deepae":
                found.append(self.protocol.subject)
            elif role == "baselines":
                found += self.protocol.baselines
            elif role == "mean":
                found.append(self.protocol.mean)
            elif role in PROTOCOLS["paper"].baselines:
                found.append(self.protocol.baselines[PROTOCOLS["paper"].baselines.index(role)])
            else:
                found.append(role)
        return found

    def label(self, method):
        """A method's label."""
        return self.results.label(method)

    def select(self, roles, measurements=None, rivals=()):
        """Return the rows of the methods behind some roles (`deepae.audit.results.select`)."""
        methods, others = self.methods(roles), self.methods(rivals)
        selection = select(self.results, self.claim, methods, self.protocol.normalization, measurements, others)
        if self.other_splits and {*methods, *others} - {self.protocol.subject, self.protocol.mean}:
            selection.limits.append("the program drops the last cell: the other methods have other splits")
        return selection

    @property
    def other_splits(self):
        """Whether this protocol's DeepAE has splits of its own."""
        return self.protocol.mean != "mean"

    def start(self, selection):
        """Return a finding with what a selection says of its data."""
        finding = Finding(untested=selection.untested, limits=list(selection.limits), rows=list(selection.rows))
        finding.datasets, finding.weak = list(selection.datasets), set(selection.weak)
        finding.seeds = selection.seeds
        if selection.normalization:
            finding.notes.append(NORMALIZATIONS[selection.normalization])
        return finding

    def difference(self, selection, dataset, h, metric, method, other):
        """Return ``(mean, low, high)`` of method - other over seeds; NaN ends where there is no interval.

        The paired t interval where both have the same splits, Welch's otherwise.
        """
        if self.other_splits and other != self.protocol.mean:
            a, b = (selection.by_seed(dataset, [(name, h)], metric)[:, 0] for name in (method, other))
            return welch_interval(a, b)
        values = selection.by_seed(dataset, [(method, h), (other, h)], metric)
        return interval(values[:, 0] - values[:, 1])

    def share(self, selection, dataset, method, h, metric):
        """Return a value as it is compared across data sets: an error as a share of the mean profile's."""
        value = selection.value(dataset, method, h, metric)
        return value / selection.value(dataset, self.protocol.mean, h, metric) if metric in ERRORS else value

    def fill(self, finding, selection, roles, metrics):
        """Add the numbers of the small figure and the controls' beside them."""
        controls = [self.protocol.mean] if self.other_splits else list(CONTROLS)
        methods = list(dict.fromkeys([*self.methods(roles), *controls]))
        lines = []
        for metric in metrics:
            name = METRICS[metric].label + (" / mean profile's" if metric in ERRORS else "")
            by_control = {}
            for dataset, h in selection.places():
                for method in methods:
                    value = self.share(selection, dataset, method, h, metric)
                    if math.isfinite(value):
                        finding.values.append(Value(name, method, dataset, h, value))
                        if method in controls:
                            by_control.setdefault(method, []).append(value)
            if by_control:
                means = [f"{self.label(key)} {number(sum(found) / len(found))}" for key, found in by_control.items()]
                lines.append(f"{name}: {', '.join(means)}")
        finding.controls = "; ".join(lines)


def filled(pick, untested=""):
    """Make a check of what fills a finding: a function of case, rows and finding.

    `pick` takes the case and returns rows and finding. Where the finding says why there are none, nothing is filled;
    where nothing could be decided from the rows, `untested` says why.
    """

    def decorate(fill):
        @functools.wraps(fill)
        def check(case):
            rows, finding = pick(case)
            if not finding.untested:
                fill(case, rows, finding)
                if untested and not finding.holds:
                    finding.untested = untested
            return finding

        return check

    return decorate


def on_rows_of(*roles, rivals=(), untested=""):
    """Make a check of what fills a finding from rows of metrics.tsv: a function of case, selection and finding.

    Roles are ``deepae`` and the like, or parameters of the claim that list them. Of `rivals` one is enough;
    `untested` as in `filled`.
    """

    def pick(case):
        wanted = case.claim.parameters
        names, others = (
            [name for role in _listed(asked) for name in _listed(wanted.get(role, role))] for asked in (roles, rivals)
        )
        selection = case.select(names, rivals=others)
        return selection, case.start(selection)

    return filled(pick, untested)


def _listed(roles):
    return [roles] if isinstance(roles, str) else roles


def interval(values):
    """Return ``(mean, low, high)``: the 95 % t interval over seeds; equal seeds have one of no width."""
    return _ends(*t_interval(values))


def ratio_interval(above, below):
    """Return ``(value, low, high)`` of a ratio over seeds, as `deepae.analysis.intervals.ratio_interval`."""
    return _ends(*intervals.ratio_interval(np.asarray(above, dtype=float) / np.asarray(below, dtype=float)))


def _ends(n, value, low, high, reason):
    return (value, value, value) if n > 1 and reason else (value, low, high)


def welch_interval(a, b):
    """Return ``(mean, low, high)`` of the difference of two samples with splits of their own."""
    if min(len(a), len(b)) < 2:
        return float(np.mean(a) - np.mean(b)) if min(len(a), len(b)) else math.nan, math.nan, math.nan
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval(CONFIDENCE)
    return float(a.mean() - b.mean()), float(low), float(high)


def inside(found, low=-math.inf, high=math.inf):
    """Whether an interval lies between bounds: True, False where it lies outside, None where it covers both."""
    _, least, most = found
    if not (math.isfinite(least) and math.isfinite(most)):
        return None
    if least >= low and most <= high:
        return True
    return False if most < low or least > high else None


def spelled(found, text=None):
    """Return value and interval as text, e.g. ``0.043 (0.021 to 0.065)``."""
    text = text or number
    value, low, high = found
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{text(value)} (no interval)"
    return f"{text(value)} ({text(low)} to {text(high)})" if high > low else text(value)


def number(value):
    """Return a number as text: four significant digits, three decimals for correlations and shares."""
    if not math.isfinite(value):
        return "undefined"
    if 1e4 <= abs(value) < 1e7:
        return f"{float(f'{value:.4g}'):.0f}"
    return f"{value:z.3f}" if 1e-3 <= abs(value) < 10 or value == 0 else f"{value:.4g}"


def percent(value):
    """Return a share as text in per cent."""
    return f"{100 * value:.1f} %"


def listed(parts, most=MOST_PLACES):
    """Join the first of some texts, and say how many more there are."""
    parts = list(parts)
    return "; ".join(parts[:most]) + (f"; … {len(parts) - most} more" if len(parts) > most else "")


def better(metric, a, b):
    """Whether `a` is better than `b`."""
    return bool(METRICS[metric].direction * (a - b) > 0)
