"""The shape of the code: what may import what."""

import ast
import re
import subprocess
import sys

import parsed_rules

from deepae.config.outputs import FIGURES, TABLES

# Imports go from a later layer to an earlier one only; within a layer they are free.
LAYERS = [
    {"errors", "io"},
    {"config"},
    {"data"},
    {"fetch", "methods"},
    {"benchmark"},
    {"analysis", "interpretation", "enrichment"},
    {"tables", "audit"},
    {"figures"},
    {"report"},
    {"rehearsal"},
]
LIGHT = ["deepae", "deepae.report.terminal"]
LIGHT += [f"deepae.config.{name}" for name in ("grid", "fingerprint", "catalogue", "genesets", "plan", "shapes")]
JOBS = ["deepae.benchmark.factorise", "deepae.benchmark.evaluate", "deepae.methods.svd", "deepae.methods.controls"]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(name):
    found = [number for number, names in enumerate(LAYERS) if name in names]
    assert found, f"deepae.{name} is in no layer: give it one"
    return found[0]


def test_imports_point_one_way_and_never_at_snakemake(root):
    top = root / "workflow" / "deepae"
    for path in sorted(top.rglob("*.py")):
        own = path.relative_to(top).with_suffix("").parts[0]
        for name in imports(path):
            parts = name.split(".")
            assert parts[0] != "snakemake", path
            if own != "__init__" and parts[0] == "deepae" and parts[1:2] not in ([], ["__version__"], ["load"]):
                assert layer(parts[1]) <= layer(own), f"{path.relative_to(top)} imports {name}"


def modules_after(*names):
    code = f"import sys; {'; '.join(f'import {name}' for name in names)}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_light_modules_are_light():
    assert not modules_after(*LIGHT) & {"torch", "pandas", "anndata", "numpy", "scipy", "matplotlib"}


def test_cpu_jobs_import_no_torch():
    assert not modules_after(*JOBS) & {"torch", "pandas", "anndata", "sklearn", "matplotlib"}


def test_rules_name_their_scripts():
    """Rule name = script name, so that one search finds both; several figures or tables may share a script."""
    rules = parsed_rules.rules()
    entries = {re.sub(r"\W|-", "_", name) for name in [*FIGURES, *TABLES]} | {
        "figure_stability",
        "train_model",
        "train_shared",
    }
    others = {name: rule["script"] for name, rule in rules.items() if rule["script"] != name}
    assert set(others) <= entries
    scripts = {path.stem for path in (parsed_rules.ROOT / "workflow/scripts").glob("*.py")}
    assert scripts - {"recommend"} == {rule["script"] for rule in rules.values()}  # a target with a grid of its own
