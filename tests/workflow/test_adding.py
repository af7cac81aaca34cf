"""The walks of CONTRIBUTING.md: one method, metric, normalisation, data set, figure and claim, added and run.

A second network is added as well, as a plug-in: a file in methods/ and an entry in a table of methods.
"""

import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

EDIT = re.compile(r"<!-- (\S+)(?: after (.+?))? -->\n( *)```\w+\n(.*?)\n *```", re.S)
CONFIG = """
results: results
datasets: [config/datasets.yaml]
grid:
  - {name: mine, datasets: [my-cells], normalization: sqrt, methods: [svd, median, mean, zero, linear],
     measurements: [5], seeds: 2}
figures: [{name: figure-rmse, block: mine}]
tables: []
models: []
"""
NETWORK = """
linear: {label: linear network, colour: '#123456', protocol: control, role: network, needs: gpu, trained: true,
         implementation: 'linear_network:LinearNetwork', parameters: {iterations: 50}}
"""


@pytest.fixture(scope="module")
def edited(root, copy_of_the_code, tmp_path_factory):
    """A copy of the code with all edits of CONTRIBUTING.md, and the files that they touch."""
    code = copy_of_the_code(tmp_path_factory.mktemp("adding") / "code")
    resources = code / "resources"
    resources.unlink()
    resources.mkdir()
    for path in (root / "resources").iterdir():
        (resources / path.name).symlink_to(path)
    (resources / "paper").unlink()
    (resources / "paper").mkdir()
    for path in (root / "resources/paper").iterdir():
        (resources / "paper" / path.name).write_bytes(path.read_bytes())
    touched = []
    for name, anchor, indent, block in EDIT.findall((root / "CONTRIBUTING.md").read_text()):
        path = code / name
        before = path.read_text().splitlines() if path.exists() else []
        places = [number for number, line in enumerate(before) if anchor and anchor.strip() in line]
        assert places or not anchor, f"{name}: no line with {anchor!r}"
        place = places[0] + 1 if anchor else len(before)
        lines = [line.removeprefix(indent) for line in block.splitlines()]  # of the list that it stands in
        path.write_text("\n".join(before[:place] + lines + before[place:]) + "\n")
        touched.append(name)
    shutil.copy(root / "tests/plugins/linear_network.py", code / "workflow/deepae/methods")
    with (code / "config/methods.yaml").open("a") as file:
        file.write(NETWORK)
    (code / "mine.yaml").write_text(CONFIG)
    return code, touched


def test_each_walk_touches_as_few_places_as_it_says(edited):
    _, touched = edited
    assert touched == [
        *("workflow/deepae/methods/median.py", "config/methods.yaml"),
        *("workflow/deepae/config/vocabulary.py", "workflow/deepae/benchmark/metrics.py"),
        "workflow/deepae/report/pages/columns.yaml",
        *("workflow/deepae/config/vocabulary.py", "workflow/deepae/data/normalise.py"),
        "config/datasets.yaml",
        "workflow/deepae/config/outputs.py",
        "resources/paper/claims.yaml",
    ]


def test_what_was_added_is_computed_and_drawn(edited, project_at):
    code, _ = edited
    project = project_at(code, code)
    project.make("figure_rmse", "results/tables/metrics.tsv", config=["mine.yaml"])
    metrics = pd.read_csv(code / "results/tables/metrics.tsv", sep="\t")
    assert set(metrics["method"]) == {"svd", "median", "mean", "zero", "linear"}
    assert set(metrics["normalization"]) == {"sqrt"}
    assert metrics["status"].eq("ok").all()
    assert metrics["rmse"].to_numpy() == pytest.approx(metrics["mse"].to_numpy() ** 0.5)
    for name in ("figure-rmse", "figure-rmse-by-method"):
        drawn = (code / "results/figures" / f"{name}.svg").read_text()
        assert "root mean squared error" in drawn
        assert "Median profile" in drawn


def test_the_added_claim_is_read_and_the_added_column_explained(edited):
    code, _ = edited
    program = (
        "from deepae.audit.checks import CHECKS; from deepae.audit.claims import load_claims\n"
        "from deepae.report.pages import dictionary\n"
        "print('X-mine' in [claim.id for claim in load_claims('resources/paper/claims.yaml', CHECKS)],"
        " dictionary.columns_of('tables/metrics.tsv')['rmse'][2])"
    )
    environment = {"PYTHONPATH": str(code / "workflow")}
    done = subprocess.run([sys.executable, "-c", program], cwd=code, env=environment, text=True, capture_output=True)
    assert done.stdout == "True Root of the mean squared difference.\n", done.stderr
