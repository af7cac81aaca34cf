"""The page claims.html: one self-contained file."""

import html
from pathlib import Path

HERE = Path(__file__).resolve().parent


def render(judgements, results):
    """Return the page as text.

    Parameters
    ----------
    judgements : list of deepae.audit.table.Judgement
    results : deepae.audit.results.Results
    """
    items = "".join(
        f"<li>{html.escape(item.claim.statement)} {item.protocol}: {item.verdict}</li>" for item in judgements
    )
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>Claims</title><ul>{items}</ul></html>\n"
