"""What a check found, and the verdict that follows: the rules stand here and nowhere else.

- ``untested``: there is nothing to decide it with; the reason is given. So is what fails only on parts of the data sets
  that it names, or after shortened training: that says nothing against it.
- ``contradicted``: what the paper prints contradicts itself, or what its programs do, by computation.
- ``reproduced``: it holds wherever it was looked at, on all data sets, measurements and seeds that it names, in the
  normalisation it is about, complete and with full training. A statement about print alone: it agrees with itself.
- ``partly``: it holds in some places and not in others, or everywhere but on less than what it names.
- ``not-reproduced``: it holds nowhere, and fails on at least one complete data set with full training.
"""

from dataclasses import dataclass, field

VERDICTS = ("reproduced", "partly", "not-reproduced", "contradicted", "untested")


@dataclass
class Finding:
    """What a check found for a claim under one protocol.

    Attributes
    ----------
    holds : dict of str to bool
        For each place (a data set, a metric, an h) whether the claim holds there.
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
        The check is about print alone.
    datasets : list of str
        Data sets that were looked at; a place begins with one of them, unless it is about all.
    weak : set of str
        Those that are a part of what is claimed, or on which training was shortened.
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


@dataclass(frozen=True)
class Value:
    """A number of the small figure: quantity, method, data set, number of measurements or None, value."""

    quantity: str
    method: str
    dataset: str
    measurements: int | None
    value: float


def verdict(finding):
    """Return the verdict that follows from a finding, one of `VERDICTS`."""
    if finding.untested or not finding.holds or fails_on_less(finding):
        return "untested"
    held = list(finding.holds.values())
    if finding.printed:
        return "reproduced" if all(held) else "contradicted"
    if not any(held):
        return "not-reproduced"
    return "reproduced" if all(held) and not finding.limits else "partly"


def fails_on_less(finding):
    """Whether a claim holds nowhere, but was looked at only on less than it names."""
    if finding.printed or not finding.weak or any(finding.holds.values()):
        return False
    names = [place.split(" ")[0] for place in finding.holds]
    return all(name in finding.weak or name not in finding.datasets for name in names)


def reason(finding):
    """Return why a claim is untested, or an empty text."""
    if not finding.untested and fails_on_less(finding):
        return "it does not hold, but this run has only less than it names"
    return finding.untested


def evidence(finding):
    """Return the evidence in one line: places, limits, notes and the rows used."""
    parts = []
    if reason(finding):
        parts.append(reason(finding))
    elif finding.holds:
        held = sum(finding.holds.values())
        parts.append(f"holds in {held} of {len(finding.holds)} places")
        failed = [place for place, value in finding.holds.items() if not value]
        if failed and held:
            shown = ", ".join(failed[:6]) + (f" and {len(failed) - 6} more" if len(failed) > 6 else "")
            parts.append(f"not in: {shown}")
    parts += [f"less than claimed: {'; '.join(finding.limits)}"] if finding.limits else []
    parts += finding.notes
    parts += [f"rows: {file} [{chosen}]" if chosen else f"rows: {file}" for file, chosen in finding.rows]
    return " | ".join(" ".join(part.split()) for part in parts)
