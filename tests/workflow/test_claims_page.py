"""The claims page in a real browser: filters, keyboard, width, contrast, no network, no error; and its files."""

import csv
import re

import planted_results as planted
import pytest
from browser import CHROMIUM, Browser

from deepae.audit import page, table
from deepae.audit.checks import CHECKS
from deepae.audit.claims import Printed, load_claims

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

# Contrast of every visible text with what lies behind it (WCAG 2.2), and of every drawn mark of a figure.
CONTRAST = """(() => {
  const parse = text => {
    const found = text.match(/rgba?\\(([^)]+)\\)/);
    return found ? found[1].split(/[ ,/]+/).map(Number) : null;
  };
  const light = c => {
    const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const c = parse(getComputedStyle(node).backgroundColor);
      if (c && (c.length < 4 || c[3] > 0)) { return c.slice(0, 3); }
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (!node.getClientRects().length || node.closest(".hidden, script, style")) { continue; }
    const drawn = node instanceof SVGElement;
    const style = getComputedStyle(node);
    if (drawn && node.tagName === "circle") {
      found.push([ratio(parse(style.fill).slice(0, 3), behind(node)), 3, "circle " + node.className.baseVal]);
    } else if ([...node.childNodes].some(part => part.nodeType === 3 && part.data.trim())) {
      const colour = parse(drawn ? style.fill : style.color).slice(0, 3);
      found.push([ratio(colour, behind(node)), 4.5, node.tagName + " " + node.textContent.trim().slice(0, 40)]);
    }
  }
  return { checked: found.length, low: found.filter(([value, least]) => value < least).slice(0, 10) };
})()"""

SHOWN = "[...document.querySelectorAll('.claim')].filter(c => c.getClientRects().length).map(c => c.dataset.verdicts)"


@pytest.fixture(scope="module")
def claims_page(root, tmp_path_factory):
    """The page of a planted run of which a part is missing, so that all verdicts occur."""
    folder = tmp_path_factory.mktemp("claims")
    metrics = planted.metrics(root)
    worse = metrics["method"].eq("deepae") & metrics["dataset"].eq("GSE62270")
    metrics.loc[worse, "pcc"] = 0.5
    metrics.loc[metrics["method"].eq("deepae") & metrics["normalization"].eq("zscore"), "em"] = 1e9
    results = planted.write(root, folder, metrics)
    claims = load_claims(root / "resources/paper/claims.yaml", CHECKS)
    judgements = table.judge(claims, results, Printed(root / "resources/paper"))
    path = folder / "audit/claims.html"
    path.parent.mkdir()
    path.write_text(page.render(judgements, results), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    chromium = Browser()
    yield chromium
    chromium.close()


@pytest.fixture
def tab(browser, claims_page):
    """The browser with the page open, nothing said yet."""
    browser.look(1440)
    browser.messages.clear()
    browser.requests.clear()
    browser.open(claims_page)
    return browser


@needs_browser
def test_no_error_and_no_request(tab, claims_page):
    assert tab.run("document.querySelectorAll('.claim').length") > 100
    assert tab.messages == []
    asked = {address for address in tab.requests if not address.startswith("about:")}
    assert asked == {claims_page.resolve().as_uri()}


@needs_browser
def test_filter_by_verdict_and_section(tab):
    total = len(tab.run(SHOWN))
    tab.run("document.querySelector('.tile.partly').click()")
    shown = tab.run(SHOWN)
    assert 0 < len(shown) < total
    assert all(verdicts.split(" ")[0].endswith(":partly") for verdicts in shown)
    assert tab.run("location.hash") == "#verdict=partly"
    assert tab.run("document.getElementById('shown').textContent") == f"{len(shown)} of {total} claims"
    assert tab.run("document.querySelector('.tile.partly').getAttribute('aria-pressed')") == "true"
    tab.run(
        "{const s = document.getElementById('section'); s.value = 'Questions'; s.dispatchEvent(new Event('change',"
        " {bubbles: true}))}"
    )
    both = tab.run(SHOWN)
    assert len(both) < len(shown)
    assert tab.run("location.hash") == "#verdict=partly&section=Questions"
    tab.run("document.querySelector('.filters button').click()")
    assert tab.run("new Promise(done => setTimeout(() => done(location.hash), 50))") in ("", "#")
    assert len(tab.run(SHOWN)) == total


@needs_browser
def test_state_is_in_the_address(tab, claims_page):
    address = claims_page.resolve().as_uri()
    tab.open(f"{address}#verdict=contradicted&section=Contradictions")
    shown = tab.run(SHOWN)
    assert len(shown) >= 20
    assert set(shown) == {"printed:contradicted"}
    assert tab.run("document.getElementById('verdict').value") == "contradicted"
    tab.open(f"{address}#protocol=corrected&verdict=untested")
    assert all("corrected:untested" in verdicts.split(" ") for verdicts in tab.run(SHOWN))
    tab.open(f"{address}#verdict=nonsense")
    assert len(tab.run(SHOWN)) == tab.run("document.querySelectorAll('.claim').length")
    tab.open(f"{address}#X-cauchy")
    assert tab.run("document.querySelector(':target').id") == "X-cauchy"
    assert tab.messages == []


@needs_browser
def test_keyboard_alone_filters(tab):
    tab.press("Tab")
    assert tab.run("document.activeElement.className").startswith("tile")
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("Enter")
    assert tab.run("location.hash") == "#verdict=reproduced"
    order = []
    for _ in range(9):
        tab.press("Tab")
        order.append(tab.run("document.activeElement.id || document.activeElement.tagName"))
    assert [name for name in order if name in ("verdict", "section", "protocol")] == ["verdict", "section", "protocol"]


@needs_browser
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_readable_at_any_width_and_in_the_dark(tab, claims_page, width, dark):
    tab.look(width, dark=dark)
    tab.open(claims_page)
    tab.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") <= width
    cut = tab.run(
        "[...document.querySelectorAll('.claim *, .filters *')].filter(n => n.getClientRects().length && "
        f"n.getBoundingClientRect().right > {width} + 1).map(n => n.tagName + n.textContent.slice(0, 40))"
    )
    assert cut == []
    assert tab.run("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
    found = tab.run(CONTRAST)
    assert found["checked"] > 1000
    assert found["low"] == []


@needs_browser
def test_print_shows_claims_and_no_filters(tab):
    tab.look(800, media="print")
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert tab.run("getComputedStyle(document.querySelector('.filters')).display") == "none"
    assert tab.run("[...document.querySelectorAll('details')].every(part => part.open)")
    assert len(tab.run(SHOWN)) > 100


@needs_browser
def test_figures_say_what_they_show(tab):
    labels = tab.run("[...document.querySelectorAll('svg')].map(s => s.getAttribute('role') + s.ariaLabel)")
    assert len(labels) > 50
    assert all(label.startswith("img") and "means: " in label for label in labels)
    cut = tab.run(
        "[...document.querySelectorAll('svg text')].filter(t => { const b = t.getBBox(), v = t.ownerSVGElement.viewBox"
        ".baseVal; return b.x < 0 || b.x + b.width > v.width || b.y + b.height > v.height; }).map(t => t.textContent)"
    )
    assert cut == []


def test_the_finished_run_has_its_verdicts_and_live_links(finished):
    with (finished.results / "audit/claims.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == "id location statement expected observed protocol verdict evidence".split()
    assert len({row["id"] for row in rows}) >= 40
    assert {"partly", "contradicted", "untested"} <= {row["verdict"] for row in rows}
    assert any("it does not hold, but this run has only less" in row["evidence"] for row in rows)
    whole = [row for row in rows if row["verdict"] == "reproduced"]
    assert {row["protocol"] for row in whole} <= {"printed"}, "a cut of a data set reproduces nothing"
    text = (finished.results / "audit/claims.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="(\.\./[^"]+)"', text))
    assert links
    for link in links:
        assert (finished.results / "audit" / link).resolve().is_file(), link
