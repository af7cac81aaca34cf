"""Feed each reader damaged files: it must return the matrix that the bytes hold, or refuse them in one line.

    python tests/fuzz/fuzz_readers.py [--count 10000] [--seed 1] [--limit 10] [--reader genes-by-cells …]

A failure is an error other than `DataError`, a message of several lines, a crash of the interpreter, more than
`--limit` seconds, a matrix whose shape disagrees with its names or that holds NaN, and, for text, a matrix that
differs from what an independent parser reads in the same bytes. Each reader runs in a process of its own. An input
depends on the seed, the reader and the number of the input alone; a failing one is written to the folder that is
printed.
"""

import argparse
import bz2
import collections
import csv
import gzip
import io
import multiprocessing
import shutil
import signal
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import inputs
import layouts

from deepae.data import readers
from deepae.data.readers import hdf5
from deepae.errors import DataError

TOKENS = [b"NaN", b"", b"1e999", b"-", b'"', b"\t", b",", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"0x1", b"1_0", b" "]
TOKENS += [b"inf", b"99999999999999999999", b"!series_matrix_table_end\n", b"%%", b"<html>", "é".encode(), b"1" * 500]


def seeds(folder):
    """Return reader -> (file name, bytes, member, options, plain): `plain` tells that the bytes are text."""
    rows = [["gene", *layouts.CELLS]]
    rows += [[f"g{i}", *row] for i, row in enumerate(layouts.numbers(layouts.DECIMALS))]
    table = layouts.text(rows)
    columns = [["cell", "type", *(f"g{i}" for i in range(5))]]
    columns += [[cell, "x", *row] for cell, row in zip(layouts.CELLS, layouts.numbers(layouts.COUNTS.T), strict=True)]
    series = gzip.decompress(layouts.build("metabolic-mouse", folder).files[0].read_bytes())
    fcs = layouts.build("CyTOF-MDA-MB-231", folder).files[0].read_bytes()
    market = "%%MatrixMarket matrix coordinate integer general\n%\n5 8 19\n"
    genes, cells = np.nonzero(layouts.COUNTS)
    market += "".join(f"{g + 1} {c + 1} {layouts.COUNTS[g, c]:g}\n" for g, c in zip(genes, cells, strict=True))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.tsv", table)
    return {
        "genes-by-cells": ("x.tsv", table, None, {"separator": "tab", "header": "full"}, True),
        "genes-by-cells, auto": ("x.txt", table, None, {}, True),
        "genes-by-cells, short": ("x.tsv", table.removeprefix(b"gene\t"), None, {"header": "short"}, True),
        "genes-by-cells, none": ("x.tsv", table.partition(b"\n")[2], None, {"header": "none"}, True),
        "cells-by-genes": ("x.csv", layouts.text(columns, ","), None, {"annotations": 2}, True),
        "series-matrix": ("x.txt", series, None, {}, False),
        "fcs": ("x.fcs", fcs, None, {}, False),
        "fcs, 24 bits": ("x.fcs", inputs.fcs_bytes(kind="I", bits=24), None, {}, False),
        "matrix-market": ("matrix.mtx", market.encode(), None, {}, False),
        "h5ad": ("x.h5ad", _h5ad(folder), None, {}, False),
        "h5ad, old": ("x.h5ad", inputs.containers.old_sparse(folder).read_bytes(), None, {}, False),
        "10x-h5": ("x.h5", inputs.tenx(folder).read_bytes(), None, {}, False),
        "gct": ("x.gct", inputs.text.gct(folder).read_bytes(), None, {"layout": "genes-by-cells"}, False),
        "featureCounts": (
            "x.txt",
            inputs.text.feature_counts(folder).read_bytes(),
            None,
            {"layout": "genes-by-cells"},
            False,
        ),
        "gz": ("x.tsv.gz", gzip.compress(table, mtime=0), None, {"layout": "genes-by-cells"}, False),
        "bz2": ("x.tsv.bz2", bz2.compress(table), None, {"layout": "genes-by-cells"}, False),
        "tar": ("x.tar", layouts.tar({"o.tsv": b"o", "x.tsv": table}), "x.tsv", {"layout": "genes-by-cells"}, False),
        "zip": ("x.zip", stream.getvalue(), "x.tsv", {"layout": "genes-by-cells"}, False),
    }


def _h5ad(folder):
    import anndata
    import pandas as pd
    import scipy.sparse

    container = anndata.AnnData(
        scipy.sparse.csr_matrix(layouts.COUNTS.T.astype(np.float32)),
        obs=pd.DataFrame({"kind": list("xyxyxyxy")}, index=layouts.CELLS),
        var=pd.DataFrame(index=[f"g{i}" for i in range(5)]),
    )
    container.write_h5ad(folder / "seed.h5ad")
    return (folder / "seed.h5ad").read_bytes()


def mutate(content, rng, plain):
    """Return the bytes with one to four random damages."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        if not data:
            break
        kind, at = rng.integers(0, 8), int(rng.integers(0, len(data)))
        length = int(rng.integers(1, 40))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            data[at] = int(rng.integers(0, 256))
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif kind == 4:
            data[at:at] = TOKENS[rng.integers(0, len(TOKENS))]
        elif kind == 5 and rng.random() < 0.3:
            del data[at:]
        elif kind == 6 and plain:
            lines = bytes(data).split(b"\n")
            first, second = rng.integers(0, len(lines), 2)
            lines[first], lines[second] = lines[second], lines[first]
            data = bytearray(b"\n".join(lines))
        elif kind == 7 and plain:
            lines = bytes(data).split(b"\n")
            line = int(rng.integers(0, len(lines)))
            fields = lines[line].replace(b",", b"\t").split(b"\t")
            fields[int(rng.integers(0, len(fields)))] = TOKENS[rng.integers(0, len(TOKENS))]
            lines[line] = (b"," if b"," in lines[line] else b"\t").join(fields)
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def naive(content, layout, options, mark):
    """Read accepted text another way, with one separator; return cells x genes, genes, cells."""
    rows = [row for row in csv.reader(_below_comments(content, mark), delimiter=mark)]
    annotations = options.get("annotations", 1)
    header = options.get("header", "auto")
    names = None
    if header != "none":
        names = rows.pop(0)
        names = names[annotations - (len(names) < len(rows[0])) :]
    ids = [row[0].strip() for row in rows]
    values = np.array([[float(value) for value in row[annotations:]] for row in rows])
    names = [name.strip() for name in names] if names else [f"x_{i + 1}" for i in range(values.shape[1])]
    return (values, names, ids) if layout == "cells-by-genes" else (values.T, ids, names)


def _below_comments(content, mark):
    """Return the lines of the table; of the comment lines above it the last may be the header."""
    lines = content.decode("utf-8-sig").rstrip().splitlines()
    comments = 0
    while comments < len(lines) and lines[comments].startswith(("#", '"#')):
        comments += 1
    if comments and lines[comments - 1].count(mark) == lines[comments].count(mark) > 0:
        return [lines[comments - 1].removeprefix("#"), *lines[comments:]]
    return lines[comments:]


def agrees(table, content, layout, options):
    """Tell whether some separator gives the table's names and numbers."""
    for mark in "\t,; ":
        try:
            values, genes, cells = naive(content, layout, options, mark)
        except (ValueError, IndexError, csv.Error):
            continue
        same = (table.genes, table.cells) == (genes, cells)
        if same and np.array_equal(table.matrix.toarray(), values.astype(np.float32)):
            return True
    return False


def judge(name, path, content, member, options, plain):
    """Return what became of one input; raises AssertionError or anything else for a failure."""
    layout = options.get("layout") or name.partition(",")[0]
    options = {key: value for key, value in options.items() if key != "layout"}
    source = path.parent if layout == "matrix-market" else path
    try:
        table = readers.read([readers.Source(source, member)], layout, **options)
    except DataError as error:
        message = str(error)
        assert "\n" not in message, f"several lines: {message[:200]!r}"
        assert len(message) < 1000, f"message of {len(message)} characters"
        return "refused"
    assert table.matrix.shape == (len(table.cells), len(table.genes)), "shape and names disagree"
    assert np.isfinite(table.matrix.data).all(), "values that are no numbers"
    assert len(set(table.cells)) == len(table.cells), "cell names twice"
    if plain:
        assert agrees(table, content, layout, options), "names or numbers differ from the independent parser's"
    whole = table.matrix.shape in ((8, 6), (40, 5), (8, 5), (inputs.N_CELLS, inputs.N_GENES))
    return "read" if whole else "read, another shape (the catalogue's expected shape refuses it)"


def _work(name, start, count, seed, limit, folder, queue):
    """Run inputs start … count of one reader; report each before it begins, so that a crash is known by its number."""

    def late(*_):
        raise TimeoutError(f"more than {limit} seconds")

    signal.signal(signal.SIGALRM, late)
    hdf5.PATIENCE = limit / 2  # it may use up its patience and say so
    sys.stderr = io.StringIO()
    file, content, member, options, plain = seeds(folder)[name]
    inside = folder / "in"
    inside.mkdir(exist_ok=True)
    if name == "matrix-market":
        (inside / "features.tsv").write_text("".join(f"g{i}\n" for i in range(5)))
        (inside / "barcodes.tsv").write_text("\n".join(layouts.CELLS) + "\n")
    for number in range(start, count):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        damaged = mutate(content, rng, plain)
        path = inside / file
        path.write_bytes(damaged)
        queue.put((number, "begin", ""))
        signal.alarm(limit)
        try:
            outcome, detail = judge(name, path, damaged, member, options, plain), ""
        except BaseException as error:
            outcome, detail = "FAILED", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        signal.alarm(0)
        queue.put((number, outcome, detail))
    queue.put((count, "end", ""))


def fuzz(name, count, seed, limit, folder, keep):
    """Return the counts of the outcomes of one reader; failing inputs are copied to `keep`."""
    counts, start, messages = collections.Counter(), 0, []
    while start < count:
        queue = multiprocessing.Queue()
        process = multiprocessing.Process(target=_work, args=(name, start, count, seed, limit, folder, queue))
        process.start()
        current = start
        while True:
            try:
                number, outcome, detail = queue.get(timeout=limit + 60 if process.is_alive() else 1)
            except Exception:  # the process died, or hangs where no alarm reaches it
                process.kill()
                outcome, detail = "FAILED", f"crash or hang, exit code {process.exitcode}"
                counts[outcome] += 1
                messages.append((current, detail))
                _keep(name, current, folder, keep)
                start = current + 1
                break
            if outcome == "end":
                start = count
                break
            if outcome == "begin":
                current = number
                continue
            counts[outcome] += 1
            if outcome == "FAILED":
                messages.append((number, detail))
                _save(name, number, seed, folder, keep)
        process.join()
    for number, detail in messages[:10]:
        print(f"  {name} input {number}: {detail}", flush=True)
    return counts


def _save(name, number, seed, folder, keep):
    file, content, _, _, plain = seeds(folder)[name]
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{name.replace(', ', '-')}-{number}-{file}").write_bytes(mutate(content, rng, plain))


def _keep(name, number, folder, keep):
    keep.mkdir(parents=True, exist_ok=True)
    file = seeds(folder)[name][0]
    shutil.copy(folder / "in" / file, keep / f"{name.replace(', ', '-')}-{number}-{file}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="inputs for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=10, help="seconds for one input")
    parser.add_argument("--reader", nargs="*", help="of these readers only")
    arguments = parser.parse_args()
    failed = 0
    keep = Path(tempfile.gettempdir()) / "fuzz-readers-failures"
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.reader or seeds(Path(folder)):
            counts = fuzz(name, arguments.count, arguments.seed, arguments.limit, Path(folder), keep)
            failed += counts["FAILED"]
            shown = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
            print(f"{name}: {sum(counts.values())} inputs: {shown}", flush=True)
    print(f"{failed} failures" + (f", inputs in {keep}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
