"""What the training of a configuration costs, before it is run.

    python -m benchmarks.forecast [config/bundled.yaml]        (workflow/ on PYTHONPATH; a second)

Minutes of one thread, by block (a run that an earlier block has is not counted again). A step takes, on one idle thread
of the machine it was measured on, ``(0.887 + 0.0485 n_train)`` ms for a million weights: 25 ms for DeepAE on GSE102475
(8 training cells), 218 ms on GSE84133 (94). Two trainings at once take 7 % longer each: two cores need half of the sum.
"""

import argparse
import copy
import itertools
from pathlib import Path

from deepae.config import grid
from deepae.config.architectures import ARCHITECTURES
from deepae.config.vocabulary import TRAIN_FRACTION, TRAIN_MINIMUM
from deepae.io.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
TOGETHER = 1.07


def merged(*files):
    """Return configurations laid over one another: mappings united, lists replaced."""

    def unite(old, new):
        for key, value in new.items():
            if isinstance(value, dict) and isinstance(old.get(key), dict):
                unite(old[key], value)
            else:
                old[key] = copy.deepcopy(value)

    found = {}
    for file in files:
        unite(found, read_yaml(file))
    return found


def step(entry, n_genes, n_cells, h):
    """Return the seconds of one update."""
    hidden = ARCHITECTURES.get(entry["parameters"].get("architecture"), (128,))
    widths = (n_genes, *hidden, h)
    weights = 2 * sum(a * b for a, b in itertools.pairwise(widths)) / 1e6
    n_train = max(int(TRAIN_FRACTION * n_cells), TRAIN_MINIMUM)
    return weights * (0.887 + 0.0485 * n_train) / 1000


def main():
    """Print minutes by block, the sum, and what two cores need."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", default="config/config.yaml")
    options = parser.parse_args()
    files = dict.fromkeys([ROOT / "config/config.yaml", ROOT / options.config])
    plan = grid.load(merged(*files), lambda path: str(ROOT / path))
    seen, total = set(), 0.0
    print("block", "runs", "minutes", sep="\t")
    for name, block in plan.blocks.items():
        runs, seconds = 0, 0.0
        for dataset in block.datasets:
            shape = plan.catalogue[dataset]["expected"]
            for method in block.methods:
                entry = plan.methods[method]
                if not entry.get("trained"):
                    continue
                for h in block.measurements:
                    for seed in block.seeds[dataset]:
                        run = dataset, block.normalization, method, h, seed
                        if run in seen or h > shape["genes"]:
                            continue
                        seen.add(run)
                        runs += 1
                        updates = block.iterations.get(dataset) or entry["parameters"]["iterations"]
                        seconds += updates * step(entry, shape["genes"], shape["cells"], h)
        total += seconds
        print(name, runs, f"{seconds * TOGETHER / 60:.1f}", sep="\t")
    print("all", len(seen), f"{total * TOGETHER / 60:.1f}", sep="\t")
    print(f"# on two cores, two at a time: {total * TOGETHER / 120:.0f} minutes of training")


if __name__ == "__main__":
    main()
