"""What a check found, and the verdict that follows: the rules stand here and nowhere else.

- ``untested``: there is nothing to decide it with; the reason is given.
- ``contradicted``: what the paper prints contradicts itself, or what its programs do, by computation.
- ``reproduced``: it holds wherever it was looked at, on all data sets, measurements and seeds that it names, in the
  normalisation it is about, complete and with full training. A statement about print alone: it agrees with itself.
- ``partly``: it holds in some places and not in others, or everywhere but on less than what it names.
- ``not-reproduced``: it holds nowhere.
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
    if finding.untested or not finding.holds:
        return "untested"
    held = list(finding.holds.values())
    if finding.printed:
        return "reproduced" if all(held) else "contradicted"
    if not any(held):
        return "not-reproduced"
    return "reproduced" if all(held) and not finding.limits else "partly"


def evidence(finding):
    """Return the evidence in one line: places, limits, notes and the rows used."""
    parts = []
    if finding.untested:
        parts.append(finding.untested)
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
