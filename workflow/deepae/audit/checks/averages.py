"""Checks of averages over data sets: of the paper's nine, or of none.

An average over fewer data sets is another number, so it is judged only where all that it names are at hand complete and
with full training; otherwise the values of each data set are shown and nothing is decided.
"""

import functools
import itertools

import numpy as np

from deepae.audit.checks.case import better, listed, number, percent
from deepae.benchmark.metrics import METRICS


def on_means(roles):
    """Make a check of what judges means over the data sets: a function of case, its parameters, means and finding.

    `roles` takes the claim's parameters and returns the roles that are averaged. `means` has a number for each (method,
    h); without all of the claim's data sets there are none, and nothing is judged. Returned are the numbers in words.
    """

    def decorate(judge):
        @functools.wraps(judge)
        def check(case):
            wanted = case.claim.parameters
            finding, means = _means(case, roles(wanted), wanted["metric"])
            if means:
                finding.observed = listed(judge(case, wanted, means, finding))
            return finding

        return check

    return decorate


def _means(case, roles, metric):
    """Return a finding and means over the data sets, by (method, h); without all of them no means."""
    selection = case.select(roles)
    finding = case.start(selection)
    if finding.untested:
        return finding, {}
    case.fill(finding, selection, roles, [metric])
    strong = [name for name in selection.datasets if name not in selection.weak]
    missing = [name for name in case.claim.datasets if name not in strong]
    hs = sorted(set.intersection(*map(set, selection.measurements.values())))
    methods = case.methods(roles)
    if missing or not hs:
        finding.untested = f"an average over {len(case.claim.datasets)} data sets; {len(strong)} of them are at hand"
        finding.observed = listed(
            f"{dataset} h = {h}: "
            + ", ".join(f"{case.label(m)} {number(selection.value(dataset, m, h, metric))}" for m in methods)
            for dataset, h in selection.places()
        )
        return finding, {}
    return finding, {
        (name, h): float(np.mean([selection.value(d, name, h, metric) for d in strong])) for name in methods for h in hs
    }


@on_means(lambda wanted: list(wanted["values"]))
def printed_row(case, wanted, means, finding):
    """A printed row of averages as a whole: metric, values (method to printed value), tolerance (relative)."""
    printed = {case.methods(role)[0]: float(value) for role, value in wanted["values"].items()}
    parts = []
    for (method, _), found in means.items():
        held = bool(abs(found - printed[method]) <= wanted["tolerance"] * printed[method])
        finding.holds[f"average {method}"] = held
        parts.append(f"{case.label(method)} {number(found)} (printed {number(printed[method])})")
    return parts


@on_means(lambda wanted: ["deepae", *wanted["against"]])
def best_average(case, wanted, means, finding):
    """Averaged over data sets DeepAE is better than the others at every h: metric, against."""
    (subject,), parts, metric = case.methods("deepae"), [], wanted["metric"]
    for h in dict.fromkeys(h for _, h in means):
        others = {name: value for (name, at), value in means.items() if at == h and name != subject}
        rival = max(others, key=lambda name, others=others: METRICS[metric].direction * others[name])
        finding.holds[f"average h = {h}"] = better(metric, means[subject, h], others[rival])
        parts.append(f"h = {h}: {number(means[subject, h])}, best other {case.label(rival)} {number(others[rival])}")
    return parts


@on_means(lambda wanted: wanted["methods"])
def ordered(case, wanted, means, finding):
    """Averages rise from the first method to the last, all of them: metric, methods."""
    parts = []
    for h in dict.fromkeys(h for _, h in means):
        found = [means[name, h] for name in case.methods(wanted["methods"])]
        rising = [better(wanted["metric"], b, a) for a, b in itertools.pairwise(found)]
        finding.holds[f"average h = {h}"] = all(rising)
        parts.append(f"h = {h}: {', '.join(map(number, found))}; {sum(rising)} of {len(rising)} steps rise")
    return parts


@on_means(lambda wanted: [*wanted["above"], *wanted.get("not_above", [])])
def bound_average(case, wanted, means, finding):
    """Averages lie above a value at every h, others do not: metric, above, not_above, value. One joint claim."""
    finding.mark, parts, held = wanted["value"], [], True
    for expected, names in ((True, wanted["above"]), (False, wanted.get("not_above", []))):
        for method in case.methods(names):
            found = [value for (name, _), value in means.items() if name == method]
            held &= all(value > wanted["value"] for value in found) is expected
            parts.append(f"{case.label(method)} {number(min(found))} to {number(max(found))}")
    finding.holds["average"] = bool(held)
    return parts


@on_means(lambda wanted: wanted["methods"])
def change_average(case, wanted, means, finding):
    """How averages change over h: metric, methods, and least (loss from the largest h to the smallest) or span."""
    parts = []
    for method in case.methods(wanted["methods"]):
        found = [value for (name, _), value in means.items() if name == method]
        span, loss = max(found) - min(found), METRICS[wanted["metric"]].direction * (found[-1] - found[0])
        held = span <= wanted["span"] if "span" in wanted else loss >= wanted["least"]
        finding.holds[f"average {method}"] = bool(held)
        parts.append(f"{case.label(method)} {number(found[0])} to {number(found[-1])}, span {number(span)}")
    return parts


@on_means(lambda wanted: ["deepae", *wanted["against"]])
def reduction(case, wanted, means, finding):
    """The average error against the mean of others: metric, against, value (share cut), tolerance."""
    (subject,), parts = case.methods("deepae"), []
    for h in dict.fromkeys(h for _, h in means):
        others = [value for (name, at), value in means.items() if at == h and name != subject]
        cut = 1 - means[subject, h] / float(np.mean(others))
        finding.holds[f"average h = {h}"] = bool(cut >= wanted["value"] - wanted["tolerance"])
        parts.append(f"h = {h}: {cut_text(cut)}")
    return parts


def cut_text(cut):
    """Say how much smaller, or larger, an error is."""
    return f"{percent(cut)} smaller" if cut >= 0 else f"{percent(-cut)} larger"
