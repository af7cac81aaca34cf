"""Are the results of two folders equal? `python -m benchmarks.compare results/a results/b`.

Compared are metrics.tsv (without times), every other table column by column, and what figures draw: the places of bars,
marks, lines and points in the SVG files, which carry their names, and every text. What differs is listed; the exit
status is 1 if something does. Columns and files that only one side has are listed too: an intended change is read off
the list.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from deepae.benchmark.columns import TIMES

KEYS = ("dataset", "normalization", "method", "protocol", "measurements", "seed", "metric", "statistic", "reference")
KEYS += ("minus", "quantity", "control", "term_id", "dimension", "background", "kind", "ranking", "gene")
KEYS += ("representation",)
SKIPPED = ("resources.tsv", "benchmarks")  # times and memory
TOLERANCE = 1e-9
TEXT = re.compile(r"<text [^>]*>(.*?)</text>", re.S)
DRAWN = re.compile(r'<g id="((?:bar|runs|sd|reference|line|point|mean|joined|effect|layer):[^"]+)">(.*?)</g>', re.S)
PLACES = re.compile(r'(?:\bd="([^"]*)"|<use [^>]*x="([-\d.]+)" y="([-\d.]+)")')


def read(path):
    """Read a table: text as text, numbers as numbers, nothing as NaN."""
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["NaN", ""])


def compare_tables(before, after):
    """Return what differs between two tables: a line for each column."""
    keys = [name for name in KEYS if name in before and name in after]
    lines = [f"column {name} only before" for name in before.columns.difference(after.columns)]
    lines += [f"column {name} only after" for name in after.columns.difference(before.columns)]
    if keys and not before.duplicated(keys).any() and not after.duplicated(keys).any():
        both = before.merge(after, on=keys, how="outer", suffixes=("", "\0"), indicator=True)
        lines += [
            f"{(both['_merge'] == side).sum()} rows {word}"
            for side, word in (("left_only", "only before"), ("right_only", "only after"))
            if (both["_merge"] == side).any()
        ]
        both = both[both["_merge"] == "both"]
    elif len(before) == len(after):
        both = pd.concat([before, after.add_suffix("\0")], axis=1)
        keys = []
    else:
        return [*lines, f"{len(before)} rows before, {len(after)} after"]
    for name in before.columns:
        if name in keys or name in TIMES or f"{name}\0" not in both:
            continue
        different = ~equal(both[name], both[f"{name}\0"])
        if different.any():
            lines.append(
                f"column {name}: {int(different.sum())} of {len(both)} rows differ{largest(both, name, different)}"
            )
    return lines


def equal(one, other):
    """Return for each row whether two columns agree, numbers to a relative `TOLERANCE`."""
    missing = one.isna() & other.isna()
    if one.dtype.kind in "if" and other.dtype.kind in "if":
        return missing | np.isclose(one.astype(float), other.astype(float), rtol=TOLERANCE, atol=1e-12)
    return missing | (one.astype(str) == other.astype(str))


def largest(both, name, different):
    """Return the largest relative difference of a column of numbers, in words."""
    one, other = both.loc[different, name], both.loc[different, f"{name}\0"]
    if one.dtype.kind not in "if" or other.dtype.kind not in "if":
        return f", first {one.iloc[0]!r} and {other.iloc[0]!r}"
    share = ((one - other).abs() / one.abs().clip(lower=1e-300)).max()
    return f", by up to {share:.1e} of the value"


def drawn(path):
    """Return what an SVG file draws under a name: name -> its numbers."""
    found = {}
    for name, body in DRAWN.findall(Path(path).read_text(encoding="utf-8")):
        numbers = [
            part for match in PLACES.findall(body) for text in match for part in re.findall(r"-?\d+\.?\d*", text)
        ]
        found[name] = np.array(numbers, dtype=float)
    return found


def compare_figures(before, after):
    """Return what differs between the named drawings of two SVG files, up to where the page puts them.

    A panel may move or be scaled as a whole; what is compared is then only which names are drawn.
    """
    one, other = drawn(before), drawn(after)
    lines = [f"{name} only before" for name in sorted(one.keys() - other.keys())]
    lines += [f"{name} only after" for name in sorted(other.keys() - one.keys())]
    texts = [Counter(TEXT.findall(path.read_text(encoding="utf-8"))) for path in (before, after)]
    lines += [f"text {text!r} only before" for text in texts[0] - texts[1]]
    lines += [f"text {text!r} only after" for text in texts[1] - texts[0]]
    moved = [
        name
        for name in one.keys() & other.keys()
        if one[name].shape != other[name].shape or not np.allclose(one[name], other[name], atol=1e-3)
    ]
    return lines + ([f"{len(moved)} of {len(one)} drawings differ, first {min(moved)}"] if moved else [])


def compare(before, after):
    """Return all differences: file -> lines."""
    found = {}
    for pattern, function in (
        ("**/*.tsv", lambda a, b: compare_tables(read(a), read(b))),
        ("figures/*.svg", compare_figures),
    ):
        files = [
            {
                path.relative_to(side): path
                for path in side.glob(pattern)
                if not {path.name, path.relative_to(side).parts[0]} & {*SKIPPED}
            }
            for side in (before, after)
        ]
        for name in sorted(files[0].keys() | files[1].keys()):
            if name not in files[0] or name not in files[1]:
                found[str(name)] = [f"only {'before' if name in files[0] else 'after'}"]
            else:
                found[str(name)] = function(files[0][name], files[1][name])
    return found


def main(arguments=None):
    """Print what differs; return 1 if something does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    found = compare(options.before, options.after)
    for name, lines in found.items():
        print(f"{name}: {'equal' if not lines else ''}")
        for line in lines[:12]:
            print(f"    {line}")
        if len(lines) > 12:
            print(f"    … and {len(lines) - 12} more")
    different = sum(map(bool, found.values()))
    print(f"{len(found)} files, {different} with differences")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
