"""Write requirements.lock and the versions in envs/*.yaml from what is installed in this environment.

    .venv/bin/python envs/update.py [--check]

Start from the packages that the project names itself (DIRECT), follow what they require on this platform, pin all of
it. `--check` writes nothing and says what would change. How to update: docs/environment.md.
"""

import argparse
import importlib.metadata
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
DIRECT = [
    *(
        "snakemake",
        "snakemake-executor-plugin-slurm",
        "snakemake-executor-plugin-cluster-generic",
        "snakemake-logger-plugin-rich",
        "pygments",
        "jsonschema",
        "PyYAML",
        "psutil",
    ),
    *(
        "numpy",
        "scipy",
        "pandas",
        "scikit-learn",
        "torch",
        "safetensors",
        "spams-bin",
        "h5py",
        "anndata",
        "FlowIO",
        "GEOparse",
        "pooch",
        "filelock",
        "tenacity",
        "tqdm",
        "six",  # GEOparse imports it and does not say so
    ),
    *("matplotlib", "seaborn", "openTSNE", "gseapy", "lxml", "jinja2"),
    *("pytest", "pytest-xdist", "playwright", "axe-playwright-python", "hypothesis", "ruff", "snakefmt"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    versions = walk(DIRECT)
    lock = ROOT / "requirements.lock"
    comments = [line for line in lock.read_text().splitlines() if line.startswith("#")]
    pins = [f"{name}=={version}" for name, version in sorted(versions.values(), key=lambda pin: pin[0].lower())]
    changed = replace(lock, "\n".join([*comments, *pins]) + "\n", check)
    for path in sorted((ROOT / "envs").glob("*.yaml")):
        changed |= replace(path, repinned(path.read_text(), versions), check)
    sys.exit(changed if check else 0)


def normal(name):
    """A package's name in the form by which two spellings are the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def walk(names):
    """Return normal name -> (name, version) of installed packages and all that they require here."""
    found, waiting = {}, [(name, frozenset()) for name in names]
    done = set()
    while waiting:
        name, extras = waiting.pop()
        if (normal(name), extras) in done:
            continue
        done.add((normal(name), extras))
        distribution = importlib.metadata.distribution(name)
        version = distribution.version.partition("+")[0]  # torch's build, such as +cpu, is not part of the pin
        found[normal(name)] = (distribution.metadata["Name"], version)
        for text in distribution.requires or []:
            requirement = Requirement(text)
            wanted = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if requirement.marker is None or any(requirement.marker.evaluate(extra) for extra in wanted):
                if is_installed(requirement.name):
                    waiting.append((requirement.name, frozenset(requirement.extras)))
    return found


def is_installed(name):
    """Whether a package is here: torch's CUDA packages are not where a CPU build is installed."""
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def repinned(text, versions):
    """The text of a conda environment with each pin's version replaced."""

    def pin(match):
        known = versions.get(normal(match[2]))
        return match[0] if known is None else f"{match[1]}{match[2]}{match[3]}{known[1]}"

    return re.sub(r"(?m)^(\s*- )([A-Za-z0-9._-]+?)(==?)([0-9][^\s]*)$", pin, text)


def replace(path, text, check):
    """Write a changed file, or only say that it would change; return whether it does."""
    if path.read_text() == text:
        return False
    old, new = set(path.read_text().splitlines()), set(text.splitlines())
    for line in sorted(old - new):
        print(f"{path.relative_to(ROOT)}: - {line}")
    for line in sorted(new - old):
        print(f"{path.relative_to(ROOT)}: + {line}")
    if not check:
        path.write_text(text)
    return True


if __name__ == "__main__":
    main()
