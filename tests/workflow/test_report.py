"""report.zip as its reader meets it: unpacked, opened offline in a real browser, every category and entry clicked."""

import re
import sys
import time
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import tab

from deepae.report import archive as report

CATEGORIES = {"Audit", "Enrichment", "Figures", "Interpretation", "Provenance", "Tables"}
GENERAL = {"Workflow", "Statistics", "About"}
CLICK = (
    "(() => {{ const n = [...document.querySelectorAll('a')].find(n => n.innerText.trim() === {0!r}); n.click(); }})()"
)
ROWS = "[...document.querySelectorAll('tbody tr')]"
EYE, ABOUT = "a[iconname=eye]", "a[iconname=information-circle]"
PICTURE = """(() => {
  const image = document.querySelector("img[src^='data/raw']"), frame = document.querySelector("iframe");
  return image && image.complete ? [image.getAttribute("src"), image.naturalWidth, image.alt]
    : frame && frame.clientWidth ? [frame.getAttribute("src"), frame.clientWidth, ""] : null;
})()"""


@pytest.fixture(scope="module")
def unpacked(finished, tmp_path_factory):
    """The report of the finished run, made as `make` makes it and unpacked."""
    folder = tmp_path_factory.mktemp("report")
    snakemake = [str(Path(sys.executable).parent / "snakemake"), "--snakefile", str(finished.root / "Snakefile")]
    snakemake += ["--directory", str(finished.directory), "--configfile", str(finished.root / "tests/data/tiny.yaml")]
    assert report.main(finished.results, "--", *snakemake) == 0
    assert not list(finished.results.glob(".report*"))
    with zipfile.ZipFile(finished.results / "report.zip") as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"report"}
        archive.extractall(folder)
    return folder / "report"


@pytest.fixture
def page(browser):
    with tab(browser, viewport={"width": 1440, "height": 900}) as page:
        yield page


def wait(page, script):
    """Evaluate until something comes of it."""
    end = time.monotonic() + 20
    while not (value := page.evaluate(script)):
        assert time.monotonic() < end, f"nothing came of {script}"
        time.sleep(0.02)
    return value


def open_category(page, unpacked, name):
    """Open the report afresh and click on a category; return its entries."""
    page.goto("about:blank")
    page.goto((unpacked / "report.html").as_uri())
    wait(page, "document.querySelectorAll('nav a, a').length > 5")
    page.evaluate(CLICK.format(name))
    return wait(page, f"{ROWS}.map(row => row.innerText.trim())")


def test_every_entry_of_every_category_opens(page, unpacked):
    page.goto((unpacked / "report.html").as_uri())
    wait(page, "document.querySelectorAll('a').length > 5")
    menu = set(page.evaluate("[...document.querySelectorAll('a')].map(a => a.innerText.trim()).filter(t => t)"))
    assert menu == CATEGORIES | GENERAL
    shown, last = {}, ""
    for category in sorted(CATEGORIES):
        for number, entry in enumerate(open_category(page, unpacked, category)):
            link = page.evaluate(f"{ROWS}[{number}].querySelector('{EYE}').getAttribute('href')")
            if link == "#":  # shown within the report
                page.evaluate(f"{ROWS}[{number}].querySelector('{EYE}').click()")
                link, width, text = wait(page, f"(found => found && found[0] !== {last!r} ? found : null)({PICTURE})")
                last = link
                assert width > 100, entry
                assert text or link.endswith(".html"), f"{entry}: no alternative text"
            assert (unpacked / link).is_file(), entry
            shown[category, entry] = link
            page.evaluate(f"{ROWS}[{number}].querySelector('{ABOUT}').click()")
            caption = wait(page, "document.body.innerText.split('DESCRIPTION')[1]").split("SIZE")[0]
            assert len(caption) > 100, f"{entry}: no caption"
            page.evaluate(CLICK.format(category))  # the way back, which loads nothing anew
            wait(page, f"document.querySelectorAll('{ABOUT}').length")
    assert len(shown) == len(set(shown.values())), "two entries show one file"
    names = {Path(link).name for link in shown.values()}
    assert {"figure-2.svg", "table-3.html", "claims.html", "provenance.json", "metrics.tsv"} <= names
    assert [line for line in page.said if "tailwindcss" not in line] == []
    outside = {url for url in page.asked if not url.startswith((unpacked.as_uri(), "about:", "data:", "blob:"))}
    assert outside == set(), "the report needs a network"


def test_the_text_changes_with_the_figure(page, unpacked):
    entries = open_category(page, unpacked, "Figures")
    for number, entry in enumerate(entries[:3]):  # one after the other: the browser may keep the same element
        page.evaluate(f"{ROWS}[{number}].querySelector('{EYE}').click()")
        name = re.match(r"Figure \w+|\w+", entry)[0]
        wait(page, f"({PICTURE} || ['', 0, ''])[2].startsWith({name!r})")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["index.html", "audit/claims.html"])
def test_axe_finds_no_error(browser, unpacked, name, width, scheme):
    with tab(browser, viewport={"width": width, "height": 844}, color_scheme=scheme) as page:
        page.goto((unpacked / name).as_uri())
        found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()
    assert len(found.response["passes"]) > 20


def test_every_figure_and_table_is_in_it(finished, unpacked):
    inside = {path.name for path in (unpacked / "data").rglob("*") if path.is_file()}
    figures = {path.name for path in (finished.results / "figures").glob("*.svg")}
    tables = {path.name for path in (finished.results / "tables").glob("*.html")}
    assert figures
    assert tables
    assert figures | tables <= inside


def test_the_home_page_stands_first_and_every_link_of_it_leads_somewhere(unpacked):
    for page in (unpacked / "index.html", unpacked / "audit/claims.html"):
        text = page.read_text()
        links = re.findall(r'(?:href|src|data-file|data-download)="([^"#]+)[^"]*"', text)
        assert links
        assert not [link for link in links if not (page.parent / link).exists()]
    assert "report.html" in (unpacked / "index.html").read_text()
