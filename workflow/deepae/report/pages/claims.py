"""The page claims.html: the answers, what contradicts itself, what was not run, and every claim by search."""

import re
import sys
from pathlib import Path

from deepae.audit.headline import headline
from deepae.audit.verdicts import ANSWERS, FINDINGS, MEANINGS, on_parts
from deepae.io.files import write_text
from deepae.report.pages import rendered
from deepae.report.pages.forest import forest, limits

PROTOCOLS = {
    "paper": "as the paper",
    "corrected": "unit norm",
    "released-zscore": "released, z-scores",
    "released-raw": "released, raw",
    "printed": "print",
}
LONGEST = 60  # characters of the numbers of one protocol; claims.tsv has all of them


def render(judgements, answers, results):
    """Return the claims page as text: HTML with style, script and plots inside.

    Parameters
    ----------
    judgements : list of deepae.audit.table.Judgement
        In the order of the claims, those of a claim together.
    answers : list of deepae.audit.answers.Answer
    results : deepae.audit.results.Results
    """
    groups = {}
    for item in judgements:
        groups.setdefault(item.claim.id, []).append(item)
    axes = _axes(judgements)
    printed = [items[0] for items in groups.values() if items[0].finding.printed]
    shown = [_claim(items, axes, results) for items in groups.values() if not items[0].finding.printed]
    for order, name in enumerate(dict.fromkeys(item["section"] for item in shown)):
        for item in shown:
            if item["section"] == name:
                item["section_order"] = order
    missing = [items for items in groups.values() if all(item.found == "not run" for item in items)]
    return rendered(
        "claims.html",
        "claims.js",
        title="DeepAE: each claim and what was found",
        headline=headline(answers),
        answers=answers,
        n_claims=sum(not items[0].asked for items in groups.values()),
        inconsistencies=[_inconsistency(item) for item in printed if item.verdict == "contradicted"],
        not_run=missing,
        not_run_by_reason=_reasons(missing),
        claims=shown,
        words=[*FINDINGS, *(word for word in dict.fromkeys(ANSWERS.values()) if word not in FINDINGS)],
        chips_explained=" ".join(f"{word.capitalize()}: {meaning}." for word, meaning in MEANINGS.items()),
    )


def _axes(judgements):
    """One axis for each quantity, so that plots of it can be compared."""
    found = {}
    for item in judgements:
        for value in item.finding.values:
            found.setdefault(value.quantity, []).append(value)
    return {quantity: limits(values) for quantity, values in found.items()}


def _claim(items, axes, results):
    claim, rows = items[0].claim, [_row(item) for item in items if item is items[0] or item.found != "not run"]
    for row in rows[1:]:
        row["basis"] = "" if row["basis"] == rows[0]["basis"] else row["basis"]
    drawn = None if items[0].asked else next((item.finding for item in items if item.finding.values), None)
    return {
        "id": claim.id,
        "section": claim.section if claim.section != "Questions" else "Questions of our own",
        "statement": claim.statement,
        "place": "" if items[0].asked else claim.location,
        "expected": claim.expected,
        "missing": items[0].finding.untested if all(item.found == "not run" for item in items) else "",
        "rows": rows,
        "basis": "a part or a stand-in" if on_parts(items[0].finding) else rows[0]["basis"].partition(",")[0],
        "plot": drawn and _plot(drawn, axes, results),
        "link": _link(items),
    }


def _row(item):
    text = item.finding.observed or item.finding.untested
    if item.found == "not run" and item.finding.observed:
        text = f"{item.finding.untested}: {text}"
    basis = re.sub(r" data sets?|( \(\S+(, \S+)*\))", "", item.basis)  # claims.tsv has the names
    return {
        "protocol": PROTOCOLS[item.protocol],
        "found": item.found,
        "basis": basis,
        "text": text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …",
    }


def _plot(finding, axes, results):
    """The plot of one quantity of a finding, if it has intervals."""
    quantity = finding.values[0].quantity
    values = [v for v in finding.values if v.quantity == quantity and v.low == v.low][:5]
    return forest(values, results.label, ends=axes[quantity])


def _link(items):
    """The file of the rows behind a claim, as seen from the page's folder."""
    files = [file for item in items for file, _ in item.finding.rows if file.startswith(("tables/", "enrichment/"))]
    return f"../{files[0]}" if files else ""


def _inconsistency(item):
    claim = item.claim
    return {
        "id": claim.id,
        "meaning": claim.meaning,
        "place": claim.location,
        "expected": claim.expected,
        "observed": item.finding.observed,
    }


def _reasons(missing):
    found = {}
    for items in missing:
        found.setdefault(items[0].finding.untested, []).append(items[0].claim.id)
    return found


def alone(text):
    """Return the page without links to other files: a copy that stands outside a results' folder."""
    text = text.replace(' <a href="../index.html">Home</a>', "")
    return re.sub(r'<a href="(?!#)[^"]*">(.*?)</a>', r"\1", text)


if __name__ == "__main__":  # python -m deepae.report.pages.claims results/bundled/audit/claims.html docs/claims.html
    source, target = (Path(argument) for argument in sys.argv[1:])
    write_text(target, alone(source.read_text(encoding="utf-8")))
