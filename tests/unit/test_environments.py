"""The conda environments and the lock say the same versions."""

import re
from importlib.metadata import packages_distributions

import parsed_rules
import yaml

from deepae.config.fingerprint import packages


def lock(root):
    lines = (root / "requirements.lock").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def dependencies(path):
    """What an environment installs, by conda or pip: names and versions."""
    for item in yaml.safe_load(path.read_text())["dependencies"]:
        for name in item["pip"] if isinstance(item, dict) else [item]:
            yield re.sub("=+", "=", name).partition("=")[::2]


def test_environments_equal_the_lock(root):
    pinned = lock(root)
    files = sorted((root / "envs").glob("*.yaml"))
    assert files
    for path in files:
        for package, version in dependencies(path):
            key = re.sub(r"[-_.]+", "-", package).lower()
            if key not in ("python", "pip", "scvi-tools"):  # an optional extra, which the lock leaves out
                assert pinned.get(key) == version, f"{path.name}: {package}, the lock says {pinned.get(key)}"


def test_torch_is_pinned_exactly_and_without_hash(root):
    text = (root / "requirements.lock").read_text()
    assert re.search(r"^torch==\d+\.\d+\.\d+$", text, re.M)
    assert "--hash" not in text


def test_every_environment_is_used(root):
    rules = "".join(path.read_text() for path in (root / "workflow" / "rules").glob("*.smk"))
    for path in {*(root / "envs").glob("*.yaml")} - {root / "envs/scvi.yaml"}:  # an environment of the user's
        assert f"envs/{path.name}" in rules, f"no rule uses envs/{path.name}"


def normalised(name):
    name = re.sub(r"[-_.]+", "-", name).lower()
    return {"matplotlib-base": "matplotlib", "pytorch": "torch", "python-spams": "spams-bin"}.get(name, name)


def implementations(root, script):
    """The classes that a script may load: `train` computes networks, `factorise` and `evaluate` the others."""
    methods = yaml.safe_load((root / "config" / "methods.yaml").read_text()).values()
    needs = {"train": ["gpu"], "factorise": ["cpu"], "evaluate": ["cpu"]}.get(script, ["cpu", "gpu"])
    return [entry["implementation"] for entry in methods if entry["needs"] in needs]


def test_each_script_finds_what_it_imports_in_its_environment(root):
    """Without conda nobody notices that an environment lacks a package: the caller's Python has them all."""
    distributions = packages_distributions()
    gaps = {}
    for rule in parsed_rules.rules().values():
        imported = packages(rule["script"], methods=implementations(root, rule["script"]))
        wanted = {normalised(distributions[package][0]) for package in imported}
        environment = (root / "workflow" / "rules" / rule["environment"]).resolve()
        gaps.setdefault(environment.name, set()).update(
            wanted - {normalised(name) for name, _ in dependencies(environment)}
        )
    missing = [f"envs/{name} lacks {', '.join(sorted(names))}" for name, names in sorted(gaps.items()) if names]
    assert not missing, "; ".join(missing)
