"""Storage: a full disk, read-only results, damaged files, a result edited by hand, clocks that disagree. Needs root."""

import contextlib
import os
import shutil
import subprocess
import time

import harness


@contextlib.contextmanager
def mounted(path, *words):
    """Mount something at `path` for a while."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *words, str(path)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def full_disk(place):
    """Results on a disk of 16, 64, 150 and 300 kB: the run fails; given room, it goes on."""
    calm, bad, sizes = harness.Workflow(place / "calm"), [], (16, 64, 150, 300)
    for size in sizes:
        workflow = harness.Workflow(place / f"full-{size}")
        with mounted(workflow.results, "-t", "tmpfs", "-o", f"size={size}k", "tmpfs"):
            status, output = workflow.run()
            wrong = [] if status else [f"{size} kB: succeeded, or was not full"]
            if "No space left" not in output + logs(workflow):
                wrong.append(f"{size} kB: no word of the full disk: {output[-1500:]}")
            subprocess.run(["mount", "-o", "remount,size=100m", str(workflow.results)], check=True)
            status, output = workflow.run()
            wrong += harness.differences(calm, workflow) if status == 0 else [output[-1500:]]
        if wrong:
            bad.append((size, wrong))
    return f"{len(sizes)} sizes", bad


def read_only(place):
    """Results on a read-only mount, before the first and after some jobs; then writable again."""
    calm, bad = harness.Workflow(place / "calm"), []
    for done in ("nothing", "ingest"):
        workflow = harness.Workflow(place / f"read-only-{done}")
        workflow.results.mkdir(exist_ok=True)
        if done == "ingest":
            workflow.run(targets=("results/data/tiny-yeast.h5ad",))
        before = harness.results_of(workflow)
        with mounted(workflow.results, "--bind", str(workflow.results)):
            subprocess.run(["mount", "-o", "remount,ro,bind", str(workflow.results)], check=True)
            status, output = workflow.run()
        wrong = [] if status and "Read-only file system" in output else [f"exit {status}: {output[-1500:]}"]
        if harness.results_of(workflow) != before:
            wrong.append("something was written")
        status, output = workflow.run()
        wrong += harness.differences(calm, workflow) if status == 0 else [output[-1500:]]
        if wrong:
            bad.append((done, wrong))
    return "2 moments", bad


DAMAGED = {
    "results/data/tiny-yeast.h5ad": "results/metrics/tiny-yeast/zscore/mean.tsv",
    "results/dictionaries/tiny-yeast/zscore/svd.npz": "results/metrics/tiny-yeast/zscore/svd.tsv",
    "results/models/tiny-yeast/zscore/deepae/h10.safetensors": "results/interpretation/tiny-yeast/key-genes.tsv",
    "results/metrics/tiny-yeast/zscore/deepae/h10.encoder.npz": "results/interpretation/tiny-yeast/key-genes.tsv",
    "results/metrics/tiny-yeast/zscore/svd.tsv": "results/tables/metrics.tsv",
}


def damaged_files(place):
    """Each kind of file cut in half, emptied, or with bytes in the middle changed; then removed, as is said."""
    calm, bad, trials, unharmed = harness.Workflow(place / "calm"), [], 0, 0
    wanted = {consumer for consumer in DAMAGED.values()}
    reference = {
        consumer: harness.rows(calm.directory / consumer) for consumer in wanted if (calm.directory / consumer).exists()
    }
    for name, consumer in DAMAGED.items():
        for damage in (halve, empty, scramble, scramble_first, scramble_last):
            trials += 1
            workflow = harness.Workflow(place / f"damaged-{trials}")
            shutil.copytree(calm.directory, workflow.directory, dirs_exist_ok=True, symlinks=True)
            damage(workflow.directory / name)
            (workflow.directory / consumer).unlink(missing_ok=True)
            status, output = workflow.run("--rerun-triggers", "mtime", targets=(consumer,))
            lines = [line for line in output.splitlines() if line.startswith("deepae: ") and name in line]
            wrong = []
            if status == 0:  # the bytes had no meaning, or it is wrong
                made = workflow.directory / consumer
                if consumer not in reference:
                    wrong.append("accepted")
                elif harness.rows(made) != reference[consumer]:
                    wrong.append("accepted, and another result")
                unharmed += 1
            elif not lines or "Traceback" in output:
                wrong.append(output[-1500:])
            (workflow.directory / name).unlink()
            if damage is not halve:  # what follows is the same for all
                bad += [(name, damage.__name__, wrong)] if wrong else []
                continue
            status, output = workflow.run(targets=(name, consumer, *harness.TARGETS))
            wrong += harness.differences(calm, workflow, extra=True) if status == 0 else [output[-1500:]]
            if wrong:
                bad.append((name, damage.__name__, wrong))
            shutil.rmtree(workflow.directory)
    return f"{trials} damaged files, {unharmed} where the bytes had no meaning", bad


def halve(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def scramble_first(path):
    scramble(path, 0.25)


def scramble_last(path):
    scramble(path, 0.75)


def scramble(path, where=0.5):
    content = bytearray(path.read_bytes())
    start = int(where * len(content))
    for position in range(start, min(start + 64, len(content))):
        content[position] ^= 0x5A
    path.write_bytes(content)


def edited_by_hand(place):
    """A digit of a cell's table, of the merged table and of a block's table is changed by hand."""
    calm, bad = harness.Workflow(place / "calm"), []
    names = ("results/metrics/tiny-yeast/zscore/svd.tsv", *harness.TARGETS)
    for number, name in enumerate(names):
        workflow = harness.Workflow(place / f"edited-{number}")
        shutil.copytree(calm.directory, workflow.directory, dirs_exist_ok=True, symlinks=True)
        time.sleep(1.1)
        path = workflow.directory / name
        text = path.read_text()
        path.write_text(text.replace("\tsvd\tpaper\t10\t", "\tsvd\tpaper\t11\t", 1).replace("0.4", "0.9", 2))
        status, output = workflow.run(targets=("results/provenance.json",))
        lines = [line for line in output.splitlines() if line.startswith("deepae: ") and name in line]
        wrong = [] if status and lines else [f"exit {status}: {output[-1500:]}"]
        path.unlink()
        status, output = workflow.run()
        wrong += harness.differences(calm, workflow, extra=True) if status == 0 else [output[-1500:]]
        if wrong:
            bad.append((name, wrong))
    return f"{len(names)} tables", bad


def clock_skew(place):
    """Results of a clock a day ahead or behind: nothing is lost; at worst a job is done again with the same result."""
    calm, bad, trials = harness.Workflow(place / "calm"), [], 0
    for shift in (-86400, 86400):
        for pattern in ("results/data/*", "results/metrics/**/*.tsv", "results/tables/**/*.tsv"):
            trials += 1
            workflow = harness.Workflow(place / f"clock-{trials}")
            shutil.copytree(calm.directory, workflow.directory, dirs_exist_ok=True, symlinks=True)
            for path in workflow.directory.glob(pattern):
                stamp = path.stat().st_mtime + shift
                os.utime(path, (stamp, stamp))
            status, output = workflow.run()
            wrong = harness.differences(calm, workflow) if status == 0 else [output[-1500:]]
            if wrong:
                bad.append((shift, pattern, wrong))
    return f"{trials} shifts by a day", bad


def logs(workflow):
    """All logs of a run as one text."""
    return "\n".join(path.read_text(errors="replace") for path in workflow.results.rglob("logs/**/*.log"))
