"""Disturb the small workflow in every way of docs/faults.md and compare with an undisturbed run.

    python tests/faults/run.py [NAME …] [--trials 30] [--place DIR]

Needs minutes to an hour, and root for the mounts. Exit status 1 if a result was lost or wrong.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import harness
import kills
import storage
import together

FAULTS = {
    "kill-main": lambda place, trials: kills.kill_main(place, trials),
    "kill-job": lambda place, trials: kills.kill_job(place, trials),
    "sigterm": lambda place, trials: kills.sigterm_in_training(place),
    "full-disk": lambda place, trials: storage.full_disk(place),
    "read-only": lambda place, trials: storage.read_only(place),
    "damaged": lambda place, trials: storage.damaged_files(place),
    "edited": lambda place, trials: storage.edited_by_hand(place),
    "clock": lambda place, trials: storage.clock_skew(place),
    "two-at-once": lambda place, trials: together.two_at_once(place),
    "memory": lambda place, trials: together.killed_for_memory(place),
    "no-gpu": lambda place, trials: together.no_gpu(place),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []], metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--trials", type=int, default=30, help="of the random kills")
    parser.add_argument("--place", type=Path, help="an empty directory; by default a temporary one")
    options = parser.parse_args()
    place = (options.place or Path(tempfile.mkdtemp(prefix="deepae-faults-"))).resolve()
    calm = harness.Workflow(place / "calm")
    if not calm.results.exists():
        start = time.monotonic()
        status, output = calm.run()
        assert status == 0, output[-3000:]
        (place / "seconds.txt").write_text(f"{time.monotonic() - start}")
    failed = False
    for name in options.names or FAULTS:
        start = time.monotonic()
        said, bad = FAULTS[name](place, options.trials)
        failed |= bool(bad)
        print(f"{name}: {said}, {len(bad)} wrong ({time.monotonic() - start:.0f} s)", flush=True)
        for item in bad:
            print("   ", *item, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
