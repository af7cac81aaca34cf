"""The pages a reader opens: the home page with the answers, and the claims page. Templates of Jinja2, no network."""

import html
import os
import re
from pathlib import Path

import jinja2

HERE = Path(__file__).resolve().parent
CHIPS = {
    "yes": "good",
    "holds": "good",
    "no": "bad",
    "fails": "bad",
    "mixed": "unsure",
    "undecided": "unsure",
    "not run": "none",
    "note": "note",
}
"""How a word is coloured; the word itself is always there, so that colour alone tells nothing."""
SIGNS = {"good": "●", "bad": "○", "unsure": "◐", "none": "–", "note": "i"}
# Which rule writes which table: names by which rules, scripts and logs are found.
RULES = {
    "tables/metrics.tsv": "merge",
    "tables/ttests.tsv": "statistics",
    "tables/wilcoxon.tsv": "statistics",
    "tables/skill.tsv": "statistics",
    "tables/skill-bootstrap.tsv": "statistics",
    "tables/overfitting.tsv": "statistics",
    "tables/neighbourhood.tsv": "neighbourhood_table",
}


def environment():
    """Return the templates: text is escaped, a name that is not given is an error."""
    loader = jinja2.FileSystemLoader([HERE / "templates", HERE])
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["chip"] = lambda word: CHIPS[word]
    made.filters["typeset"] = typeset
    made.globals["signs"] = SIGNS
    made.globals["banner"] = os.environ.get("DEEPAE_BANNER", "")  # of the configuration, as on every figure
    return made


def typeset(text):
    """Return a line with a true minus sign, and spaces that do not break within ``47 %`` and ``h = 10``."""
    text = re.sub(r"(?<![\w.])-(?=\d)", "\u2212", text)
    text = text.replace("z-scores", "z\u2011scores")
    return text.replace(" %", "\u00a0%").replace("h = ", "h\u00a0=\u00a0")


def rendered(template, script="", **context):
    """Return a page: a template with the style sheet, and a script, inside it."""
    style = text_of("page.css")
    return environment().get_template(template).render(style=style, script=script and text_of(script), **context)


def text_of(name):
    """Return a style sheet or script of the pages, to stand inside them."""
    return (HERE / name).read_text(encoding="utf-8")


def described(svg):
    """Return title and description that a figure of ours holds, as text (`deepae.figures.style.alternative_text`)."""
    found = [re.search(f"<{tag}>(.*?)</{tag}>", svg, re.DOTALL) for tag in ("title", "dc:description")]
    return [" ".join(html.unescape(match[1]).split()) if match else "" for match in found]
