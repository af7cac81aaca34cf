"""The page claims.html: every claim with its verdicts, numbers and controls, in one file that needs nothing else."""

import html
import re
from collections import Counter
from pathlib import Path

from deepae.audit.charts import strips
from deepae.audit.results import CONTROLS, PROTOCOLS
from deepae.audit.verdicts import VERDICTS, reason

HERE = Path(__file__).resolve().parent
SIGNS = {"reproduced": "●", "partly": "◐", "not-reproduced": "○", "contradicted": "✕", "untested": "–"}
MEANINGS = {
    "reproduced": "holds on all data sets, numbers of measurements and seeds it names, complete and with full training",
    "partly": "holds in some places only, or everywhere but on less than it names",
    "not-reproduced": "holds nowhere it was looked at, a complete data set with full training among them",
    "contradicted": "the paper disagrees with itself or with its programs, by computation",
    "untested": "nothing at hand can decide it, or it fails only on less than it names; the reason is given",
}
# Which rule writes which table: names by which rules, scripts and logs are found.
RULES = (
    (r"tables/metrics\.tsv", "merge (of evaluate and train)"),
    (r"tables/(ttests|wilcoxon|skill|skill-bootstrap)\.tsv", "statistics"),
    (r"tables/neighbourhood\.tsv", "neighbourhood_table (of neighbourhood)"),
    (r"interpretation/.*/key-genes\.tsv", "key_genes"),
    (r"interpretation/.*/stability\.tsv", "stability"),
    (r"enrichment/.*/summary\.tsv", "enrichment"),
    (r"enrichment/.*/control\.tsv", "enrichment_control"),
)


def render(judgements, results):
    """Return the page as text.

    Parameters
    ----------
    judgements : list of deepae.audit.table.Judgement
        In the order of the claims, those of a claim together.
    results : deepae.audit.results.Results

    Returns
    -------
    str
        HTML with style, script and figures inside; no address outside the results' folder.
    """
    groups = {}
    for item in judgements:
        groups.setdefault(item.claim.id, []).append(item)
    sections = {}
    for items in groups.values():
        sections.setdefault(items[0].claim.section, []).append(items)
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    body = [_summary(groups, judgements, results), _filters(groups, sections)]
    for name, members in sections.items():
        cards = "".join(_claim(items, results) for items in members)
        body.append(f'<section data-section="{_text(name)}"><h2>{_text(name)}</h2>{cards}</section>')
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'">
<title>DeepAE: each claim and its verdict</title>
<style>
{style}</style>
</head>
<body>
<main>
{"".join(body)}
</main>
<script>
{script}</script>
</body>
</html>
"""


def _summary(groups, judgements, results):
    """Heading, counts and what the words mean."""
    head = Counter(items[0].verdict for items in groups.values())
    asked = sum(items[0].claim.section == "Questions" for items in groups.values())
    sets = "".join(
        f"<li><b>{_text(name)}</b>{': ' + _text(entry['note']) if entry.get('note') else ''}</li>"
        for name, entry in results.datasets.items()
    )
    words = "".join(f"<dt>{_badge(name)}</dt><dd>{_text(MEANINGS[name])}</dd>" for name in VERDICTS)
    found = {(item.protocol, item.verdict): 0 for item in judgements}
    for item in judgements:
        found[item.protocol, item.verdict] += 1
    rows = "".join(
        f'<tr><th scope="row">{_text(protocol.label)}</th>'
        + "".join(f"<td>{found.get((name, word), 0)}</td>" for word in VERDICTS)
        + "</tr>"
        for name, protocol in PROTOCOLS.items()
    )
    heads = "".join(f'<th scope="col">{_text(word)}</th>' for word in VERDICTS)
    buttons = "".join(
        f'<button type="button" class="tile {word}" data-verdict="{word}" aria-pressed="false">'
        f'<span class="count">{head[word]}</span><span>{SIGNS[word]} {word}</span></button>'
        for word in VERDICTS
    )
    return f"""<header>
<h1>Does the paper hold?</h1>
<p><i>Uncovering the key dimensions of high-throughput biomolecular data using deep learning</i>, Nucleic Acids Research
48(10):e56, 2020: {len(groups) - asked} claims of the paper and {asked} questions of our own, each decided from result
files alone.</p>
<div class="tiles" role="group" aria-label="Claims by verdict; press one to see only these">{buttons}</div>
<details><summary>How to read this page</summary>
<dl class="words">{words}</dl>
<p>A claim is looked at under up to four protocols: as the paper describes it, its baselines as their released program
decodes them; the same with unit-norm decoding of the baselines; and the two released programs of the authors. The
counts
above are of each claim's first protocol. Controls stand beside: the mean training profile for every cell, a linear
encoder learned from the same cells (PCA), a linear estimate from random measurements, and predicting zero.
Errors are drawn as a share of the mean profile's, so that 1 is no better than that profile.</p>
<div class="scroll"><table class="counts"><caption>Verdicts by protocol</caption>
<thead><tr><th scope="col">protocol</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>
<p>Data sets of this run:</p><ul>{sets}</ul>
<p>Links lead to files in the results' folder.</p></details>
</header>
"""


def _filters(groups, sections):
    """The form that narrows the list; its state is in the address."""
    verdicts = "".join(f'<option value="{word}">{word}</option>' for word in VERDICTS)
    names = "".join(f'<option value="{_text(name)}">{_text(name)}</option>' for name in sections)
    protocols = "".join(f'<option value="{name}">{_text(entry.label)}</option>' for name, entry in PROTOCOLS.items())
    return f"""<form class="filters" aria-label="Filter claims">
<label>Verdict <select id="verdict"><option value="">all</option>{verdicts}</select></label>
<label>Section <select id="section"><option value="">all</option>{names}</select></label>
<label>Protocol <select id="protocol"><option value="">first of each claim</option>{protocols}</select></label>
<button type="reset">Show all</button>
<p role="status" id="shown">{len(groups)} of {len(groups)} claims</p>
</form>
"""


def _claim(items, results):
    """One claim: statement, verdicts, expected and observed with controls, figures, evidence."""
    claim = items[0].claim
    verdicts = " ".join(f"{item.protocol}:{item.verdict}" for item in items)
    rows = "".join(_row(item) for item in items)
    drawn = [(item, _figure(item, results)) for item in items if not item.finding.printed]
    figures = "".join(
        f"<figure>{svg}<figcaption>{_text(PROTOCOLS[item.protocol].label)}</figcaption></figure>"
        for item, svg in drawn
        if svg
    )
    figures = f'<div class="figures">{figures}</div>' if figures else ""
    evidence = "".join(_evidence(item) for item in items)
    return f"""<article class="claim {items[0].verdict}" id="{claim.id}" data-verdicts="{verdicts}">
<header>{_badge(items[0].verdict)}<h3>{_text(claim.statement)}</h3>
<p class="where"><a href="#{claim.id}">{claim.id}</a> · {_text(claim.location)}</p></header>
<p class="expected"><b>Expected</b> {_text(claim.expected)}</p>
<table class="verdicts"><thead><tr><th scope="col">protocol</th><th scope="col">verdict</th>
<th scope="col">observed</th><th scope="col">controls</th></tr></thead><tbody>{rows}</tbody></table>
{figures}<details><summary>Evidence and rows<span class="hidden"> of {claim.id}</span></summary>{evidence}</details>
</article>
"""


def _row(item):
    finding = item.finding
    observed = finding.observed or "–"
    why = reason(finding)
    if why:
        observed = (f"{finding.observed}. " if finding.observed else "") + f"Untested: {why}."
    controls = finding.controls or "–"
    label = _text(PROTOCOLS[item.protocol].label)
    return (
        f'<tr><th scope="row">{label}</th><td data-head="verdict">{_badge(item.verdict)}</td>'
        f'<td data-head="observed">{_lines(observed)}</td>'
        f'<td data-head="controls"{"" if finding.controls else " class=none"}>{_lines(controls)}</td></tr>'
    )


def _evidence(item):
    """What the verdict of a protocol rests on, with links to the files."""
    finding, why = item.finding, reason(item.finding)
    parts = []
    if finding.holds and not why:
        held = sum(finding.holds.values())
        parts.append(f"<li>holds in {held} of {len(finding.holds)} places</li>")
        failed = [place for place, value in finding.holds.items() if not value]
        if failed:
            parts.append(f"<li>not in: {_text(', '.join(failed))}</li>")
    if why:
        parts.append(f"<li>{_text(why)}</li>")
    if finding.limits:
        inner = "".join(f"<li>{_text(limit)}</li>" for limit in finding.limits)
        parts.append(f"<li>less than claimed:<ul>{inner}</ul></li>")
    parts += [f"<li>{_text(note)}</li>" for note in finding.notes]
    parts += [f"<li>{_link(file, chosen)}</li>" for file, chosen in finding.rows]
    return f"<h4>{_text(PROTOCOLS[item.protocol].label)}</h4><ul>{''.join(parts)}</ul>"


def _link(file, chosen):
    """A file that was read, as a link where it lies among the results, and the rule that makes it."""
    rule = next((name for pattern, name in RULES if re.fullmatch(pattern, file)), "")
    inside = not file.startswith(("/", "resources/", ".."))
    name = f'<a href="../{_text(file)}">{_text(file)}</a>' if inside else f"<code>{_text(file)}</code>"
    made = f" · rule <code>{_text(rule)}</code>" if rule else ""
    return f"rows: {name}{f' · <code>{_text(chosen)}</code>' if chosen else ''}{made}"


def _figure(item, results):
    """The small figure of a judgement, or an empty text."""
    methods = {value.method for value in item.finding.values}
    controls = {*CONTROLS, "mean-released-zscore", "random"}
    roles = {
        name: "control" if name in controls else "deepae" if name.startswith("deepae") else "baseline"
        for name in methods
    }
    # The caption names the protocol, so a name goes without what it says of it in brackets.
    labels = {name: results.label(name).partition(" (")[0] for name in methods} | {"random": "random"}
    return strips(item.finding.values, roles, labels, item.finding.mark)


def _badge(word):
    return f'<span class="badge {word}">{SIGNS[word]} {word}</span>'


def _lines(text):
    """Parts that a semicolon separates, each on a line of its own."""
    return "<br>".join(_text(part) for part in text.split("; "))


def _text(text):
    return html.escape(str(text), quote=True)
