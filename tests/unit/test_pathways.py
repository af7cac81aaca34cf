"""GPML: both versions parsed, hostile files refused, nodes matched to genes, pathways drawn."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy.stats import hypergeom

from deepae.config import genesets
from deepae.config.vocabulary import ORGANISMS
from deepae.enrichment import gpml, node_genes, pathways
from deepae.enrichment.library import read_gmt
from deepae.errors import DataError, DownloadError
from deepae.fetch import libraries
from deepae.figures import figure_9, figure_s3, pathway, pathway_page, style

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = sorted((ROOT / "resources" / "wikipathways").glob("*.gpml"))
HAND = ROOT / "tests" / "data" / "pathway-2021.gpml"
LINKS = ["https://www.ncbi.nlm.nih.gov/gene/13433", "https://www.ensembl.org/id/ENSMUSG00000001228"]
SPECIES = {organism.species: name for name, organism in ORGANISMS.items()}
LIBRARY = {"mouse": "wikipathways-mouse", "human": "wikipathways-human", "yeast": "wikipathways-yeast"}


def space(organism):
    return "orf" if organism == "yeast" else "symbol"


@pytest.fixture(scope="module")
def tables():
    return {
        organism: node_genes.read_gene_table(ROOT / "resources" / "gene_ids" / f"{organism}.tsv.gz", space(organism))
        for organism in LIBRARY
    }


@pytest.fixture(scope="module")
def sets():
    catalogue = genesets.load_catalogue(ROOT / "config" / "genesets.yaml")
    rows = [row for name in LIBRARY.values() for row in read_gmt(ROOT / catalogue[name]["file"])]
    return {row[0]: set(row[3]) for row in rows}


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_counts_equal_the_xml(path):
    found = gpml.read(path)
    tree = ElementTree.parse(path)

    def count(name):
        return len(tree.findall(f".//{{*}}{name}"))

    assert (len(found.nodes), found.unplaced) == (count("DataNode"), 0)
    assert len(found.lines) == count("Interaction") + count("GraphicalLine")
    assert sum(box.element == "state" for box in found.boxes) == count("State")
    assert sum(len(line.anchors) for line in found.lines) == count("Anchor")
    assert found.id == path.stem
    assert re.fullmatch(r"r\d+", found.revision)
    assert found.organism in SPECIES
    assert found.gpml == "2013a"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_present_key_gene_is_yellow(path, tables, sets):
    found = gpml.read(path)
    organism = SPECIES[found.organism]
    genes = node_genes.match(found, tables[organism], node_genes.companion(path))
    on_board = {gene for names in genes for gene in names}
    # The gene set of a pathway was made of its nodes: all but a few genes with an ambiguous reference are found again.
    missing = {"WP295": {"Ndufb4b", "Ndufb4c"}, "WP2185": {"Ak6"}, "WP4239": {"LOC101929777"}}.get(found.id, set())
    assert sets[found.id] - on_board == missing

    key = set(sorted(sets[found.id])[::3]) & on_board
    yellow = [bool(key.intersection(names)) for names in genes]
    figure = pathway_page.draw([{"pathway": found, "key": yellow, "title": found.title}])
    drawn = [patch for patch in figure.axes[0].patches if (patch.get_gid() or "").startswith("node-")]
    colours = {}
    for patch in drawn:
        colours.setdefault(to_hex(patch.get_facecolor()).upper(), []).append(patch.get_gid())
    assert set(colours) <= {pathway.KEY, pathway.OTHER}
    assert all(gid.startswith("node-key-") for gid in colours[pathway.KEY])
    assert len(drawn) == len(found.nodes)
    assert len(colours[pathway.KEY]) == sum(yellow) > 0
    for gene in key:  # each key gene has a yellow node
        assert any(gene in names and flag for names, flag in zip(genes, yellow, strict=True))


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_text_stays_in_its_box(path):
    for box in gpml.read(path).boxes:
        if box.text.strip() and box.element == "node":
            lines, size = pathway.fit(box.text, box.width, box.height, box.font, box.bold, box.italic)
            assert size <= box.font
            assert 1.2 * size * len(lines) <= box.height * 1.001
            assert max(pathway._width(line, box.bold, box.italic) for line in lines) * size <= box.width
            assert " ".join(" ".join(lines).split()) == " ".join(box.text.split())


def test_2021_by_hand():
    found = gpml.read(HAND)
    assert (found.id, found.revision, found.title, found.gpml) == ("WP99999", "r7", "A small pathway", "2021")
    assert len(found.nodes) == 3
    assert found.unplaced == 1
    assert len(found.lines) == 3
    first, _, sam = found.nodes
    assert (first.x, first.y, first.width, first.height) == (80, 60, 80, 20)
    assert (first.database, first.identifier, first.fill, first.font) == ("Entrez Gene", "13433", "#ffffff", 10)
    assert [node.is_gene for node in found.nodes] == [True, True, False]
    assert sam.colour == "#0000ff"
    state = next(box for box in found.boxes if box.element == "state")
    assert (state.x, state.y, state.text) == (120, 50, "P")
    line, catalysis, double = found.lines
    assert (line.points[1].head, line.anchors[0].shape, line.anchors[0].position) == ("Conversion", "Circle", 0.5)
    assert (catalysis.style, catalysis.colour, double.style) == ("Broken", "#ff0000", "Double")
    # Out of the node to the right, then up to the anchor.
    assert pathway.route(catalysis).tolist() == [[120, 90], [195, 90], [195, 60]]
    assert found.groups[0].style == "Complex"
    assert found.groups[0].box == (30, 40, 130, 110)


def test_2021_matches_and_links(tables):
    found = gpml.read(HAND)
    assert node_genes.match(found, tables["mouse"]) == [("Dnmt1",), ("Uhrf1",), ()]
    assert [node_genes.link(node) for node in found.nodes] == [*LINKS, ""]


def test_svg_has_a_link_for_every_gene(tmp_path):
    found = gpml.read(HAND)
    figure = pathway_page.draw([{"pathway": found, "key": [True, False, False], "title": "t"}])
    style.save(figure, [tmp_path / "a.svg", tmp_path / "b.svg"])
    text = (tmp_path / "a.svg").read_text()
    assert re.findall(r'xlink:href="(https://[^"]+)"', text) == LINKS
    assert text == (tmp_path / "b.svg").read_text()


def test_no_other_yellow():
    """A state that the file paints yellow is not mistaken for a key gene."""
    figure = pathway_page.draw([{"pathway": gpml.read(HAND), "key": [False] * 3, "title": "t"}])
    assert not any(pathway._yellowish(to_hex(patch.get_facecolor())) for patch in figure.axes[0].patches)


def test_a_page_stays_a_page(monkeypatch):
    """Nine large pathways stand in two columns, none wider than its own."""
    monkeypatch.setattr(pathway_page, "draw_panel", lambda *args: None)
    shown = max((gpml.read(path) for path in BUNDLED), key=lambda found: found.width)
    panel = {"pathway": shown, "key": [False] * len(shown.nodes), "title": "t", "lines": ["text " * 60] * 3}
    figure = pathway_page.draw([panel] * 9)
    width, height = figure.get_size_inches()
    assert width == style.TWO_COLUMNS
    assert height < 30
    boxes = [axes.get_position() for axes in figure.axes]
    assert len({round(box.x0, 3) for box in boxes}) == 2
    assert max(box.width for box in boxes) * width < width / 2
    assert not any(a.overlaps(b) for number, a in enumerate(boxes) for b in boxes[:number])


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="&b;"/>"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Pathway xmlns="http://pathvisio.org/GPML/2013a" Name="x">&x;</Pathway>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB.encode(), "DOCTYPE or entities"),
        (OUTSIDE.encode(), "DOCTYPE or entities"),
        (OUTSIDE.encode("utf-16"), "encoding|UTF-8"),
        (b'<?xml version="1.0" encoding="utf-7"?><Pathway/>', "encoding 'utf-7'"),
        (b"<Pathway", "not valid XML"),
        (b"", "not valid XML"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "root element is html"),
        (b"<Pathway xmlns='http://pathvisio.org/GPML/2010a'/>", "expected Pathway of GPML 2013a or 2021"),
        (
            b"<Pathway xmlns='http://pathvisio.org/GPML/2013a'><DataNode><Graphics/></DataNode></Pathway>",
            r"no data node with coordinates \(1 without\)",
        ),
        (
            b"<Pathway xmlns='http://pathvisio.org/GPML/2013a'><DataNode>"
            b"<Graphics CenterX='nan' CenterY='1' Width='1e99' Height='3'/></DataNode></Pathway>",
            "no data node with coordinates",
        ),
    ],
)
def test_hostile_and_broken_files(tmp_path, content, message):
    path = tmp_path / "x.gpml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        gpml.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_size_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(gpml, "MAX_BYTES", 100)
    with pytest.raises(DataError, match="expected a pathway of at most 100"):
        gpml.read(HAND)
    monkeypatch.undo()
    monkeypatch.setattr(gpml, "MAX_ELEMENTS", 10)
    with pytest.raises(DataError, match="expected at most 10"):
        gpml.read(HAND)


def test_one_bad_file_does_not_end_it(tmp_path):
    bad = tmp_path / "bad.gpml"
    bad.write_text(BOMB)
    found, problems = pathways.collect([bad, HAND, *BUNDLED[:1]])
    assert set(found) == {"WP99999", BUNDLED[0].stem}
    assert len(problems) == 1
    assert str(bad) in problems[0]


def test_fetching_keeps_only_a_pathway(tmp_path):
    libraries.fetch_pathway(HAND.as_uri(), tmp_path / "WP1.gpml", gpml.read)
    assert (tmp_path / "WP1.gpml").read_bytes() == HAND.read_bytes()
    with pytest.raises(DataError, match="not valid XML"):
        libraries.fetch_pathway((ROOT / "config/genesets.yaml").as_uri(), tmp_path / "WP2.gpml", gpml.read)
    with pytest.raises(DownloadError, match=r"WP414\.gpml: not fetched \(.*no such file\)"):
        libraries.fetch_pathway((tmp_path / "WP414.gpml").as_uri(), tmp_path / "WP4.gpml", gpml.read)
    assert [path.name for path in tmp_path.iterdir()] == ["WP1.gpml"]


def results_of(rows):
    columns = ["term_id", "term", "dimension", "p", "genes_in_query"]
    frame = pd.DataFrame(rows, columns=columns)
    extra = {"genes_in_term": 20, "p_adjusted": 0.5, "p_adjusted_all": 0.9, "background": "measured"}
    extra |= {"background_size": 1000, "query_size": 100}
    return frame.assign(**extra)


def test_the_lowest_p_at_hand_is_drawn_and_the_lowest_named(tables):
    found, _ = pathways.collect([HAND])
    tested = results_of(
        [("WP1", "Elsewhere", 2, 1e-6, 9), ("WP99999", "A small pathway", 1, 0.2, 3), ("WP99999", "", 3, 0.01, 2)]
    )
    drawn, lowest = pathways.select(tested, found, "measured")
    assert (drawn["term_id"], drawn["dimension"], lowest["term_id"]) == ("WP99999", 3, "WP1")

    rows = [(dimension, rank, gene) for dimension in (1, 2, 3) for rank, gene in enumerate(["Dnmt1", "Actb"])]
    key_genes = pd.DataFrame(rows, columns=["dimension", "rank", "symbol"])
    kept = {"dataset": "d", "label": "D", "note": "", "ids": "symbol"}
    rows = [("terms", 4, 0.02), ("dimensions", 2, 0.31)]
    control = pd.DataFrame(rows, columns=["statistic", "observed", "p"]).assign(
        kind="wikipathways", background="measured", criterion="p_adjusted <= 0.05", relabelled="strata"
    )
    panel, row = figure_9.panel(kept, key_genes, tested, found, tables["mouse"], control)
    assert panel["key"] == [True, False, False]
    assert row["key_nodes"] == 1
    assert row["dimension"] == 3
    assert "WP1" in row["note"]
    assert "WP1.gpml" in row["note"]
    assert row["lowest_p"] == 1e-6
    assert row["chance"] == pytest.approx(20 * 100 / 1000)
    below, up_to = (hypergeom.cdf(row["chance_high"] - less, 1000, 20, 100) for less in (1, 0))
    assert below < 0.975 <= up_to
    texts = [text.get_text() for text in figure_9.draw([panel]).texts]
    assert any("WP99999, revision r7" in text for text in texts)
    assert any("P = 0.01" in text for text in texts)
    assert any("WP1" in text for text in texts)
    said = " ".join(panel["lines"])
    assert "2 of 20 genes are key genes; chance gives 2 (95 %: 0 to 5)" in said
    assert "4 pathways at adjusted P <= 0.05, in 2 dimensions" in said
    assert "p = 0.020 and 0.310" in said
    assert figure_9.draw([panel], [row]).found.startswith("Pathways drawn. d: A small pathway, 2 of 20 genes")
    assert figure_9.draw([panel], name="Figure S4").texts[0].get_text().startswith("Figure S4")


def test_a_figure_without_pathways_says_why(tables):
    key_genes = pd.DataFrame({"dimension": [1], "rank": [1], "symbol": ["Dnmt1"]})
    kept = {"dataset": "d", "label": "D", "ids": "symbol"}
    nothing, row = figure_9.panel(kept, key_genes, results_of([]), {}, None)
    assert "No pathway was tested" in nothing["message"]
    assert row["note"] == nothing["message"]
    absent, _ = figure_9.panel(kept, key_genes, results_of([("WP1", "Elsewhere", 2, 1e-6, 9)]), {}, None)
    assert "WP1" in absent["message"]
    texts = " ".join(
        text.get_text() for text in figure_9.draw([nothing, absent], problems=["x.gpml: not valid XML"]).texts
    )
    assert "No pathway was tested" in texts
    assert "x.gpml" in texts


def test_elbows_leave_and_enter_on_their_sides():
    def elbow(first, last, between=()):
        ends = [gpml.Point(*first, "a", *side, "") for first, side in [first]]
        ends += [gpml.Point(x, y, "", 0, 0, "") for x, y in between]
        ends += [gpml.Point(*last, "b", *side, "Arrow") for last, side in [last]]
        line = gpml.Line("interaction", "i", ends, [], "Elbow", "", "#000000", 1.0, 0.0)
        return pathway.route(line).tolist()

    assert elbow(((0, 0), (1, 0)), ((100, 50), (0, -1))) == [[0, 0], [100, 0], [100, 50]]
    assert elbow(((0, 0), (1, 0)), ((100, 50), (-1, 0))) == [[0, 0], [50, 0], [50, 50], [100, 50]]
    assert elbow(((0, 0), (1, 0)), ((60, 50), (1, 0))) == [[0, 0], [80, 0], [80, 50], [60, 50]]
    through = elbow(((0, 0), (1, 0)), ((100, 50), (-1, 0)), [(30, 20)])
    assert through == [[0, 0], [30, 0], [30, 50], [100, 50]]


@pytest.fixture
def terms():
    """40 GO terms of one dimension, the last one with the lowest P."""
    name = "regulation of the very long and winding biological process number {} of many"
    frame = pd.DataFrame({"term_id": [f"GO:{n}" for n in range(40)], "term": [name.format(n) for n in range(40)]})
    p = {"p": np.linspace(1e-3, 1e-9, 40), "p_adjusted": np.linspace(9e-3, 1e-8, 40)}
    return frame.assign(genes_in_query=np.arange(40) + 1, genes_in_term=80, background="measured", **p)


def test_figure_s3_draws_terms_by_dimension_with_whole_names(terms):
    tables = figure_s3.ordered([terms, terms.iloc[:0], terms.iloc[37:]])
    assert list(tables[0]["term_id"]) == [f"GO:{n}" for n in range(39, -1, -1)]
    assert tables[1].empty
    section = {"label": "D", "tables": tables, "counts": [40, 0, 3], "reasons": ["", "only 3 genes", ""]}
    section["control"] = [2.0, np.nan, 5.0]
    figure = figure_s3.draw([section])
    axes = next(axes for axes in figure.axes if axes.get_gid() == "dots")
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names == list(tables[0]["term"].head(30))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1\n40\n2", "2\n0\n", "3\n3\n5"]
    (scatter,) = axes.collections
    assert len(scatter.get_offsets()) == 33
    row = tables[0].iloc[0]
    first = np.flatnonzero((np.asarray(scatter.get_offsets()) == [0, 0]).all(axis=1))[0]
    assert scatter.get_sizes()[first] == pytest.approx(figure_s3.AREA * row["genes_in_query"] / row["genes_in_term"])
    assert np.asarray(scatter.get_array())[first] == pytest.approx(-np.log10(row["p_adjusted"]))
    assert any("the first 30 terms" in text.get_text() for text in figure.texts)
    assert figure.found.startswith("Enriched GO terms. D: 43 in 2 of 3 dimensions, 1 of which")


def test_figure_s3_without_terms_says_why(terms):
    section = {"label": "D", "tables": [terms.iloc[:0]], "counts": [0], "control": [0.0]}
    figure = figure_s3.draw([section | {"reasons": ["lowest adjusted P 0.2, cell cycle"]}])
    assert any("dimension 1: no term" in text.get_text() and "cell cycle" in text.get_text() for text in figure.texts)


def test_figure_s3_keeps_to_the_rows_of_a_page(terms):
    many = [terms.assign(term_id=[f"GO:{k}-{n}" for n in range(40)]) for k in range(10)]
    rows, most = figure_s3.dots(figure_s3.ordered(many))
    assert most == figure_s3.ROWS // 10
    assert rows["term_id"].nunique() == 90


def test_what_was_found_is_plain_text_in_a_caption(tmp_path):
    from docutils.core import publish_parts

    figure = style.message("nothing")
    figure.found = "Found. data_set_: `a` *b* |c|,\n.. raw:: html"
    style.save(figure, [tmp_path / "f.rst"])
    body = publish_parts(f".. include:: {tmp_path / 'f.rst'}\n\nHow.", writer="html")["body"]
    assert "<p>Found. data_set_: `a` *b* |c|, .. raw:: html</p>" in body
    assert "system-message" not in body
