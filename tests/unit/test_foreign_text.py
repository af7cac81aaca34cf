"""Labels and notes are a user's own: in a caption they are plain text, and in the report's page they end no script."""

import json
import re

import pytest
from docutils.core import publish_parts

from deepae.config.captions import escaped
from deepae.report.archive import _closed

HOSTILE = [
    "a note\n\n.. include:: /etc/passwd\n\n",
    "a note\n\n.. raw:: html\n\n   <script>alert(1)</script>",
    ":raw:`x` `link <file:///etc/passwd>`_ |sub| *bold **bolder ``literal",
    "footnote [1]_ target_ back\\slash",
]


@pytest.mark.parametrize("note", HOSTILE)
def test_a_note_is_plain_text_in_a_caption(note):
    options = {"report_level": 1, "halt_level": 2, "file_insertion_enabled": True, "raw_enabled": True}
    body = publish_parts(f"Block x: data ({escaped(note)}); h = 10.", writer="html", settings_overrides=options)
    text = re.sub(r"</?(p|div)[^>]*>", "", body["body"])
    assert "<" not in text
    assert "/etc/passwd" in text or "/etc/passwd" not in note
    assert "root:" not in text


def test_a_label_ends_no_script_of_the_report():
    label = "</script><script>alert(1)</script> <!-- "
    data = {"a": {"params": label, "caption": "<p>b</p>"}}
    page = f'<title>x</title><script id="results">\n    var results = {json.dumps(data)}\n</script><script>f()</script>'
    safe = _closed(page)
    assert (safe.count("</script"), safe.count("<!--")) == (2, 0)
    found = re.search(r"var results = (.*)\n", safe)[1]
    assert json.loads(found.replace("<\\!--", "<!--")) == data
