"""Make the report again only if a result is newer: a zip cannot be an output of the workflow that it reports on.

Snakemake shows figures as pictures without an alternative text; `describe` gives each the title and description that
the figure holds. `add_home` puts the home page beside Snakemake's own page, with all that it links.
"""

import contextlib
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from deepae.io.scripting import results_folder, run_command
from deepae.report.pages import described

SHOWN = ("index.html", "figures", "tables", "audit", "interpretation", "enrichment", "provenance.json")
HOME = "index.html"
READABLE = 0o644  # for everybody: a zip of Snakemake's has its page for the owner alone


def is_stale(results):
    """Tell whether the report is missing or older than any result it shows."""
    results = Path(results)
    report = results / "report.zip"
    if not report.exists():
        return True
    made = report.stat().st_mtime
    for name in SHOWN:
        top = results / name
        files = [top] if top.is_file() else top.rglob("*")
        if any(path.is_file() and path.stat().st_mtime > made for path in files):
            return True
    return False


def main(results, _separator, *command):
    """Run ``<command> --report <results>/report.zip`` if it is needed; return the exit status."""
    report = results_folder(results) / "report.zip"
    if not is_stale(results):
        print(f"deepae: {report} is newer than every result: nothing to do")
        return 0
    print(f"deepae: writing {report}", flush=True)
    with tempfile.TemporaryDirectory(dir=results, prefix=".report-") as folder:
        made = Path(folder) / report.name  # the zip's folder is called like the file
        done = subprocess.run([*command, "--report", str(made)], capture_output=True, text=True)
        if done.returncode or not made.exists():
            sys.stderr.write(done.stdout + done.stderr)
            return done.returncode or 1
        described = made.with_suffix(".described")
        describe(made, described)
        add_home(described, results)
        described.replace(report)
    return 0


# The pictures come and go as the reader clicks; whichever is there has its text.
SCRIPT = """<script>(() => {{
  const texts = {texts};
  const describe = () => document.querySelectorAll("img").forEach(image => {{
    image.alt = texts[image.getAttribute("src")] || "";
  }});
  new MutationObserver(describe).observe(document, {{ childList: true, subtree: true, attributeFilter: ["src"] }});
}})();</script>"""


def describe(source, target):
    """Copy a report, giving each figure its title and description as the alternative text.

    Parameters
    ----------
    source, target : path
        The zip that Snakemake wrote, and the one to write.
    """
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        texts = {}
        for name in given.namelist():
            if name.endswith(".svg"):
                texts[name.partition("/")[2]] = ". ".join(filter(None, described(given.read(name).decode())))
        script = SCRIPT.format(texts=json.dumps(texts).replace("</", "<\\/"))
        for entry in given.infolist():
            content = given.read(entry)
            if entry.filename.endswith("/report.html"):
                content = _closed(content.decode()).replace("</title>", f"</title>\n    {script}", 1).encode()
            entry.external_attr = READABLE << 16
            written.writestr(entry, content, zipfile.ZIP_DEFLATED)


def add_home(archive, results):
    """Add the home page, and every file below `results` that it or a page it leads to links, to a report.

    Snakemake's own page is linked from it as "Workflow".
    """
    results = Path(results)
    if not (results / HOME).exists():
        return
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as written:
        there = set(written.namelist())
        top = next((name.partition("/")[0] for name in there), "report")
        for name in linked(results, HOME):
            content = (results / name).read_bytes()
            if name == HOME:
                content = content.replace(b"<!-- workflow -->", b'<a href="report.html">Workflow</a>')
            entry = zipfile.ZipInfo(f"{top}/{name}", time.localtime((results / name).stat().st_mtime)[:6])
            entry.external_attr = READABLE << 16
            if entry.filename not in there:
                written.writestr(entry, content, zipfile.ZIP_DEFLATED)


def linked(folder, page):
    """Return the files below a folder that a page links, the page first, and those that linked pages link."""
    found, waiting = [], [page]
    while waiting:
        name = waiting.pop()
        if name in found or not (folder / name).is_file():
            continue
        found.append(name)
        if name.endswith(".html"):
            text = (folder / name).read_text(encoding="utf-8")
            for link in re.findall(r'(?:href|src|data-file|data-download)="([^"#:]+)[^":]*"', text):
                waiting.append(os.path.normpath(os.path.join(os.path.dirname(name), html.unescape(link))))
    return found


def _closed(page):
    """Return the page with every ``</`` inside its data written as ``<\\/``: a label may hold the end of a script."""
    parts, done = [], 0
    for match in re.finditer(r'<script id="\w+">\s*var \w+ = (?=[\[{])', page):
        with contextlib.suppress(ValueError):
            _, end = json.JSONDecoder().raw_decode(page, match.end())
            parts += [page[done : match.end()], page[match.end() : end].replace("</", "<\\/").replace("<!--", "<\\!--")]
            done = end
    return "".join([*parts, page[done:]])


if __name__ == "__main__":
    run_command(main, "deepae.report.archive RESULTS -- snakemake [OPTIONS of the run]")
