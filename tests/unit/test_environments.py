"""The conda environments and the lock say the same versions."""

import re

import yaml


def lock(root):
    lines = (root / "requirements.lock").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def test_environments_equal_the_lock(root):
    pinned = lock(root)
    files = sorted((root / "envs").glob("*.yaml"))
    assert files
    for path in files:
        for item in yaml.safe_load(path.read_text())["dependencies"]:
            names = item["pip"] if isinstance(item, dict) else [item]
            for name in names:
                package, _, version = re.sub("=+", "=", name).partition("=")
                key = re.sub(r"[-_.]+", "-", package).lower()
                if key not in ("python", "pip"):
                    assert pinned.get(key) == version, f"{path.name}: {name}, the lock says {pinned.get(key)}"


def test_torch_is_pinned_exactly_and_without_hash(root):
    text = (root / "requirements.lock").read_text()
    assert re.search(r"^torch==\d+\.\d+\.\d+$", text, re.M)
    assert "--hash" not in text


def test_every_environment_is_used(root):
    rules = "".join(path.read_text() for path in (root / "workflow" / "rules").glob("*.smk"))
    for path in (root / "envs").glob("*.yaml"):
        assert f"envs/{path.name}" in rules, f"no rule uses envs/{path.name}"
