"""What a check found, on how much, and the words that follow: the rules stand here and nowhere else.

Two things are told apart. **What was found**: a claim about data sets is judged on each of them. On one it *holds* if
it holds at every place there (each h, metric or dimension that it names), *fails* if it fails at one of them, and is
*undecided* where an interval covers both or is missing. Over data sets it *holds* or *fails* if it does so on all, is
*mixed* if it holds on some and fails on others, *undecided* otherwise. **On how much**: k of the n data sets that it
names, complete and with full training. Where none of those is at hand, a part or another data set of the kind is
looked at, by the same rules, and the basis says so. Success and failure are told by the same rule. If nothing was
computed it is *not run*, with the reason.

The one word of ``claims.tsv`` follows from what was found: holds is ``reproduced``, mixed ``partly``, fails
``not-reproduced``; undecided, not run, and what was found on a part alone are ``untested``; print that disagrees with
itself is ``contradicted``.
"""

import math
from dataclasses import dataclass, field

FINDINGS = ("holds", "mixed", "fails", "undecided", "not run")
ANSWERS = {"holds": "yes", "fails": "no", "mixed": "undecided", "undecided": "undecided", "not run": "not run"}
"""How a question of our own is answered; what differs between data sets is undecided, and its text says on which."""
MEANINGS = {
    "holds": "on every data set of the basis",
    "mixed": "holds on some data sets, fails on others",
    "fails": "on every data set of the basis",
    "undecided": "an interval covers both, or there is none",
    "not run": "this run cannot decide it; the reason is given",
}
_WORDS = {"holds": "reproduced", "mixed": "partly", "fails": "not-reproduced"}


@dataclass
class Finding:
    """What a check found for a claim under one protocol.

    Attributes
    ----------
    holds : dict of str to bool or None
        For each place (a data set, a metric, an h) whether the claim holds there; None where it is undecided. A place
        begins with its data set, unless it is about all of them together.
    observed : str
        The numbers computed, in words.
    untested : str
        Why nothing could be decided; empty otherwise.
    limits : list of str
        In what the data at hand are less than what the claim names.
    notes : list of str
        Further evidence.
    rows : list of (str, str)
        The rows used: file below the results, and what picks the rows.
    controls : str
        The controls' numbers for the same quantity.
    values : list of Value
        For the small figure.
    mark : float or None
        A value to be marked in the small figure: a bound, or what is printed.
    printed : bool
        The check compares printed numbers and statements.
    datasets : list of str
        Data sets that were looked at.
    weak : set of str
        Those that are a part of what is claimed, or stand for it.
    claimed : int
        How many data sets the claim names; 0 if it is about whatever is in the run.
    seeds : dict of str to tuple of int
        For each data set the fewest and most seeds behind a value; empty where there are none.
    """

    holds: dict = field(default_factory=dict)
    observed: str = ""
    untested: str = ""
    limits: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    controls: str = ""
    values: list = field(default_factory=list)
    mark: float | None = None
    printed: bool = False
    datasets: list = field(default_factory=list)
    weak: set = field(default_factory=set)
    claimed: int = 0
    seeds: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Value:
    """A number of the small figure: quantity, method, data set, number of measurements or None, value, interval."""

    quantity: str
    method: str
    dataset: str
    measurements: int | None
    value: float
    low: float = math.nan
    high: float = math.nan


def by_dataset(finding):
    """Return for each data set, or for ``all`` together, whether the claim holds there: True, False or None."""
    groups = {}
    for place, held in finding.holds.items():
        name = place.split(" ")[0]
        groups.setdefault(name if name in finding.datasets else "all", []).append(held)
    return {name: every(found) for name, found in groups.items()}


def every(found):
    """Whether something holds at every place: one failure is enough against it, one doubt leaves it undecided."""
    if any(held is not None and not held for held in found):
        return False
    return None if None in found else True


def judged(finding):
    """Return the data sets that decide, each with its outcome: complete ones; without any, parts and stand-ins."""
    found = by_dataset(finding)
    strong = {name: held for name, held in found.items() if name not in finding.weak}
    return strong or found


def on_parts(finding):
    """Whether only a part of what is claimed, or another data set of its kind, could be looked at."""
    found = judged(finding)
    return bool(found) and set(found) <= set(finding.weak)


def what_was_found(finding):
    """Return one of `FINDINGS`."""
    if finding.untested or not finding.holds:
        return "not run"
    found = list(judged(finding).values())
    if all(held is True for held in found):
        return "holds"
    if all(held is False for held in found):
        return "fails"
    return "mixed" if True in found and False in found else "undecided"


def basis(finding):
    """Return on how much a finding rests: data sets, seeds, and what is only a part."""
    if finding.printed:
        return "print"
    if what_was_found(finding) == "not run":
        return ""
    names = [name for name in judged(finding) if name != "all"] or list(finding.datasets)
    parts = on_parts(finding) or (bool(names) and set(names) <= set(finding.weak))
    count = f"{len(names)} of {finding.claimed}" if finding.claimed else str(len(names))
    text = f"{count} data set{'' if (finding.claimed or len(names)) == 1 else 's'}"
    if parts:
        none = f"0 of {finding.claimed} data sets; " if finding.claimed else ""
        text = f"{none}{', '.join(names)}: a part, or another of its kind"
    elif names:
        text += f" ({', '.join(names)})"
    ends = [finding.seeds[name] for name in names if name in finding.seeds]
    if ends:
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        text += f", {low if low == high else f'{low} to {high}'} seed{'s' if high > 1 else ''}"
    return text


def verdict(finding):
    """Return the one word of claims.tsv that follows from a finding."""
    found = what_was_found(finding)
    if finding.printed:
        return {"holds": "reproduced", "not run": "untested"}.get(found, "contradicted")
    return "untested" if on_parts(finding) else _WORDS.get(found, "untested")


def evidence(finding):
    """Return the evidence in one line: outcome on each data set, limits, notes and the rows used."""
    parts = [finding.untested] if finding.untested else []
    if finding.holds and not finding.untested and not finding.printed:
        said = {True: "holds", False: "fails", None: "undecided"}
        parts.append("; ".join(f"{name}: {said[held]}" for name, held in by_dataset(finding).items()))
        failed = [place for place, held in finding.holds.items() if held is False]
        parts += [f"fails at: {_some(failed)}"] if failed and len(failed) < len(finding.holds) else []
        unsure = [place for place, held in finding.holds.items() if held is None]
        parts += [f"undecided at: {_some(unsure)}"] if unsure else []
    parts += [f"limits: {'; '.join(finding.limits)}"] if finding.limits else []
    parts += finding.notes
    parts += [f"rows: {file} [{chosen}]" if chosen else f"rows: {file}" for file, chosen in finding.rows]
    return " | ".join(" ".join(part.split()) for part in parts)


def _some(places, most=6):
    return ", ".join(places[:most]) + (f" and {len(places) - most} more" if len(places) > most else "")
