"""Change configurations at random: each must become a valid plan, or be refused in one clear line.

    python tests/fuzz/fuzz_configs.py [--count 10000] [--real 200] [--seed 1]

The shipped configurations and those of the tests are changed: values swapped for others that stand in them, for names
that exist elsewhere, for hostile text and for values of another type; keys removed, misspelt, added; and now and then
bytes of the file itself. All go through Snakemake's reading and merging of config files, then through validation and
expansion of the grid, in this process. `--real` of them, half of these valid plans, also go through
``snakemake --dry-run``, whose verdict must be the same. A failure is a traceback, any error but ours, or a message of
several or very long lines. A configuration depends on the seed and its number alone; failing ones are written to the
folder that is printed.
"""

import argparse
import copy
import functools
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow"))

from deepae.config import genesets, grid
from deepae.errors import DeepAEError

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("config/config.yaml", "config/bundled.yaml", "config/paper.yaml")
TESTS = ("tests/data/tiny.yaml", "tests/data/smallest.yaml")
HOSTILE = [
    *('"; rm -rf /tmp/deepae-fuzz; "', "$(touch /tmp/deepae-fuzz)", "`id`", "a\nb", "a\tb", "../../../etc/passwd", "/"),
    *("", " ", ".", "..", "-rf", "--config", "{wildcards.x}", "{", "}}", "%s", "x" * 500, "ä", "\u202e", "\x7f", "*"),
    *("null", "nan", "1e400", "0x10", "1_0", "true", "2020-01-01", "figure-2", "none", "zscore", "~", "CON"),
]
OTHER = [None, True, False, 0, 1, -1, 2, 10, 3.0, 10.5, 1e308, float("inf"), float("nan"), 2**31, 2**63, 10**30]
OTHER += [[], {}, [[]], [None], {"a": 1}, {1: 2}, [1, "1"], ["svd", "svd"], {"x": {"y": {"z": []}}}, "\u0000"[:0]]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=10000)
    options.add_argument("--real", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    failures = run(options.count, options.real, options.seed, say=lambda line: print(line, flush=True))
    sys.exit(1 if failures else 0)


def run(count, real, seed, folder=None, say=lambda line: None):
    """Check `count` configurations, `real` of them by the real command line too; return the failures as lines."""
    folder = Path(folder or tempfile.mkdtemp(prefix="fuzz-configs-"))
    os.chdir(ROOT)  # the paths of a configuration are relative to the project
    verdicts, failures, refusals, start = Counter(), [], set(), time.monotonic()
    left = {True: real - real // 2, False: real // 2}  # for the command line: valid plans, and others
    spread = max(1, count // (10 * real)) if real else 1
    for number in range(count):
        text = mutated(seed, number)
        kind, message = verdict(text)
        complaint = wrong(kind, message)
        if number % spread == 0 and left[kind == "plan"]:
            left[kind == "plan"] -= 1
            kind_real, message_real, output = real_verdict(text, folder)
            verdicts[f"command line: {kind_real}"] += 1
            complaint = complaint or wrong(kind_real, message_real)
            if not complaint and (kind_real != kind or (kind == "refused" and message_real != message)):
                complaint = f"in process {kind} ({message}), command line {kind_real} ({message_real})"
            if complaint:
                (folder / f"{number}.txt").write_text(output, encoding="utf-8")
        verdicts[kind] += 1
        if kind == "refused":
            refusals.add(re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", message))
        if complaint:
            (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
            failures.append(f"{folder}/{number}.yaml: {complaint}")
            say(failures[-1])
        if (number + 1) % 1000 == 0:
            say(f"{number + 1} in {time.monotonic() - start:.0f} s: {dict(verdicts)}, {len(failures)} failures")
    say(f"{count} configurations: {dict(verdicts)}; {len(refusals)} kinds of refusal; {len(failures)} failures")
    return failures


def wrong(kind, message):
    """What is wrong with a verdict, or None."""
    if kind == "defect":
        return message
    if kind == "refused" and ("\n" in message or not 20 <= len(message) <= 400 or "Traceback" in message):
        return f"no clear line: {message[:600]!r}"
    return None


def mutated(seed, number):
    """The text of configuration `number`."""
    random_ = random.Random(f"{seed}/{number}")
    # paper.yaml takes seconds to plan on the command line: it is drawn less often
    name = random_.choice([*SHIPPED, *TESTS * 3])
    config = copy.deepcopy(parsed(name))
    for _ in range(random_.choice([1, 1, 1, 2, 3, 8])):
        change(config, random_)
    if random_.random() < 0.1:
        return damaged(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), random_)
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True)


def change(config, random_):
    """Change one place of a configuration."""
    places = list(walk(config))
    if not places:
        return
    parent, key = random_.choice(places)
    value = parent[key]
    action = random_.choice(
        ["same-key", "name", "name", "hostile", "other", "delete", "misspell", "add", "repeat", "wrap"]
    )
    if action == "same-key":  # a value that stands under the same key elsewhere
        parent[key] = copy.deepcopy(random_.choice([p[k] for p, k in places if k == key]))
    elif action == "name":
        parent[key] = random_.choice(names()) if isinstance(value, str) else random_.choice([1, 2, 5, 10, 300, 20000])
    elif action == "hostile":
        parent[key] = random_.choice(HOSTILE)
    elif action == "other":
        parent[key] = copy.deepcopy(random_.choice(OTHER))
    elif action == "delete":
        del parent[key]
    elif action == "misspell" and isinstance(parent, dict):
        del parent[key]
        word = str(key)
        at = random_.randrange(len(word) + 1)
        parent[random_.choice([word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], word.upper(), 1, None])] = value
    elif action == "add" and isinstance(parent, dict):
        new = random_.choice(
            ["block", "variant", "datasets", "separate", "seeds", "data", "organism", "audit", "iterations", "x"]
        )
        parent[new] = copy.deepcopy(
            random_.choice([random_.choice(names()), random_.choice(OTHER), random_.choice(HOSTILE), 3])
        )
    elif action == "repeat" and isinstance(parent, list):
        parent.insert(random_.randrange(len(parent) + 1), copy.deepcopy(value))
    else:
        parent[key] = random_.choice([[value], {"name": value}, str(value)])


def walk(value):
    """Every place of a configuration, as (container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from walk(item)


def damaged(text, random_):
    """The text with a few characters removed, doubled or replaced."""
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(text))
        piece = random_.choice(
            ["", "\t", ":", "- ", "{", "]", '"', "'", "&a ", "*a", "!!python/object/apply:os.getcwd []", "%", "\n", "#"]
        )
        text = text[:at] + piece + text[at + random_.randint(0, 3) :]
    return text


@functools.cache
def parsed(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@functools.cache
def names():
    """Names that exist: of data sets, methods, blocks, figures, tables, files."""
    found = set(grid.NORMALIZATIONS) | {"tests/data/tiny-datasets.yaml", "config/ablation.yaml", "config/genesets.yaml"}
    for table in ("config/datasets.yaml", "config/methods.yaml", "config/ablation.yaml", "config/genesets.yaml"):
        found |= parsed(table).keys()
    for name in (*SHIPPED, *TESTS):
        for kind in ("grid", "figures", "tables"):
            found |= {entry["name"] for entry in parsed(name).get(kind, [])}
    return sorted(found)


def verdict(text):
    """``plan``, ``refused``, ``not read`` (by Snakemake itself) or ``defect``, and the message, in this process."""
    from snakemake.common.configfile import load_configfile
    from snakemake.exceptions import WorkflowError
    from snakemake.utils import update_config

    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        try:
            given = load_configfile(file.name)
        except (WorkflowError, yaml.YAMLError) as error:
            return "not read", str(error)
        except Exception as error:  # of Snakemake's own reading: the command line shows the same
            return "not read", f"{type(error).__name__}: {error}"
    config = copy.deepcopy(load_default())
    try:
        update_config(config, given)
    except Exception as error:
        return "not read", f"{type(error).__name__}: {error}"
    try:
        plan = grid.load(config, lambda path: path if Path(path).exists() else str(ROOT / path))  # as common.smk
        libraries = genesets.load_catalogue(*plan.config.get("genesets", ["config/genesets.yaml"]))
        genesets.choose(libraries, plan.config.get("enrichment", {}).get("libraries", list(libraries)), "", "")
    except DeepAEError as error:
        return "refused", str(error)
    except Exception as error:
        return "defect", f"{type(error).__name__}: {error}"
    if not plan.jobs:
        return "defect", "a plan without cells"
    return "plan", str(len(plan.jobs))


@functools.cache
def load_default():
    from snakemake.common.configfile import load_configfile

    return load_configfile(str(ROOT / SHIPPED[0]))


def real_verdict(text, folder):
    """The same from the command line: verdict, message, output."""
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "snakemake"),
        "--snakefile",
        "Snakefile",
        "--dry-run",
        "--quiet",
        "rules",
    ]
    done = subprocess.run(
        [*command, "--nolock", "--cores", "1", "--configfile", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("deepae: ")]
    if "Traceback" in done.stdout:
        return "defect", "traceback: " + done.stdout[-300:], done.stdout
    if done.returncode == 0:
        return "plan", "", done.stdout
    if lines:
        message = lines[0].removeprefix("deepae: ")
        rest = done.stdout.rpartition(lines[0])[2].strip().splitlines()
        return ("refused", message, done.stdout) if len(rest) < 3 else ("defect", "lines after ours", done.stdout)
    if re.search(r"Error", done.stdout):
        early = "Config file" in done.stdout[-1500:] or "yaml" in done.stdout[-1500:].lower()
        return ("not read" if early else "defect"), done.stdout[-300:], done.stdout
    return "defect", "no line: " + done.stdout[-300:], done.stdout


if __name__ == "__main__":
    main()
