"""Each script of the workflow runs in these tests: most in the tiny workflow, the others here and in test_fetch."""

import re
import xml.etree.ElementTree as ET

import parsed_rules

from .conftest import rows, said

ELSEWHERE = {"fetch_file", "fetch", "fetch_check"}  # test_fetch.py
HERE = {"encode", "partial", "recommend", "draw_pathway", "fetch_geneset", "fetch_pathway"}
# A proxy without a host is refused at once; gseapy tries a closed port for half a minute.
OFFLINE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://")


def test_every_script_is_run(finished, root):
    rules = parsed_rules.rules().values()
    logs = {rule["script"]: re.sub(r"{.*?}", "**/*", rule["log"]) for rule in rules if rule["script"] not in HERE}
    ran = {script for script, log in logs.items() if next(finished.directory.glob(log), None)}
    scripts = {path.stem for path in (root / "workflow" / "scripts").glob("*.py")}
    assert scripts - ran == HERE | ELSEWHERE


def test_encode_gives_codes_of_given_cells(finished, tmp_path):
    output = tmp_path / "codes.tsv"
    model, cells = next(finished.results.glob("models/**/*.safetensors")), finished.results / "data/tiny-yeast.h5ad"
    given = (f"encode_model={model}", f"encode_cells={cells}", f"encode_output={output}")
    finished.make("encode", "--config", *given)
    table = rows(output)
    assert len(table) == 60
    assert list(table[0]) == ["cell", *(f"dimension_{k}" for k in range(1, 11))]
    assert len({row["dimension_1"] for row in table}) > 50, "different cells have different codes"


def test_recommend_writes_a_page(finished, root):
    """Its last job; the jobs before it are those of any grid."""
    rows = (finished.results / "tables/blocks/benchmark.tsv").read_text()
    folder = finished.results / "recommend"
    (folder / "tables/blocks").mkdir(parents=True)
    for name in ("", "-networks", "-training"):
        text = rows if name != "-networks" else rows.split("\n")[0] + "\n"
        (folder / f"tables/blocks/recommend{name}.tsv").write_text(text)
    data = root / "tests/data/tiny-mouse.tsv.gz"
    finished.make("recommend", "--allowed-rules", "recommend", "--config", f"data={data}")
    assert "Which compression for tiny-mouse?" in (folder / "recommend.html").read_text()


def test_partial_draws_what_exists(finished, tmp_path):
    """One figure of each kind that it can draw."""
    figures = "figures: [{name: figure-2, block: benchmark}, {name: figure-s2}, {name: figure-9}]"
    (tmp_path / "three.yaml").write_text(figures)
    done = finished.make("partial", config=("tests/data/tiny.yaml", tmp_path / "three.yaml"))
    for name in re.findall(r"figure-\w+", figures):
        assert f"{name}.svg" in done.stdout
        assert ET.parse(finished.results / f"partial/figures/{name}.svg").getroot().tag.endswith("svg")


def test_a_pathway_is_drawn_when_asked_for(finished):
    stem = "results/figures/pathways/tiny-yeast/WP210"
    finished.make(f"{stem}.svg")
    for suffix in ("svg", "pdf", "png"):
        path = finished.directory / f"{stem}.{suffix}"
        assert path.stat().st_size > 1000
        path.unlink()


def test_a_gene_set_and_a_pathway_that_cannot_be_fetched_are_one_line(project_at, tmp_path):
    project = project_at(tmp_path)
    entry = "{title: mine, version: '1', enrichr: No_Such_Library, kind: go, organism: yeast, ids: symbol}"
    (tmp_path / "genesets.yaml").write_text(f"mine: {entry}\n")
    targets = ["resources/genesets/enrichr/No_Such_Library.gmt", "resources/wikipathways/fetched/WP99999.gpml"]
    done = project.snakemake(*targets, "--config", f"genesets=[{tmp_path}/genesets.yaml]", **OFFLINE)
    assert done.returncode != 0
    for name in ("No_Such_Library", "WP99999"):
        assert any(name in line and "jobs failed" not in line for line in said(done)), done.stdout[-5000:]
    assert "Traceback" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("deepae: 2 jobs failed, the first of them: "), "the last line of all"
    assert not (tmp_path / "resources").exists() or not list((tmp_path / "resources").rglob("*.g*t"))
