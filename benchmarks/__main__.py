"""All benchmarks as one table: ``make bench`` (``python -m benchmarks``), about ten minutes on two cores.

``--only train`` and the like run one topic. The last needs a finished default run (``make``).
"""

import argparse
import time
from pathlib import Path

from benchmarks import decode, memory, metrics, startup, train
from deepae.io.files import write_text

COLUMNS = "what device n_genes n_train seconds ratio_to_plain ratio_to_fused ratio_to_bound peak_bytes".split()
ROOT = Path(__file__).resolve().parent.parent


def text(value):
    """Write a number with four digits, nothing where it does not apply."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main():
    """Run the topics, print their rows as they come and write results/bench/bench.tsv."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=["train", "decode", "metrics", "memory", "startup"])
    options = parser.parse_args()
    topics = {
        "train": lambda: train.rows(rounds=3),
        "decode": lambda: decode.rows(3),
        "metrics": lambda: metrics.rows(1),
        "memory": lambda: memory.rows(),
        "startup": startup.rows,
    }
    lines = ["\t".join(COLUMNS)]
    print(lines[0], flush=True)
    for name in options.only or topics:
        start = time.monotonic()
        for found in topics[name]():
            lines.append("\t".join(text(found.get(column)) for column in COLUMNS))
            print(lines[-1], flush=True)
        print(f"# {name}: {time.monotonic() - start:.0f} s", flush=True)
    write_text(ROOT / "results" / "bench" / "bench.tsv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
