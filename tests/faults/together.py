"""Two at once, a job killed for memory, no GPU where one is asked for."""

import os
import re
import time
from pathlib import Path

import harness

MEMORY = Path("/sys/fs/cgroup/memory")


def two_at_once(place):
    """A second snakemake in the same directory is refused in clear words and spoils nothing."""
    calm, workflow = harness.Workflow(place / "calm"), harness.Workflow(place / "two")
    first = workflow.start()
    while not any((workflow.directory / ".snakemake" / "locks").glob("*")):
        time.sleep(0.05)
    log = first.log.rename(first.log.with_suffix(".first"))
    status, output = workflow.run()
    wrong = [] if status and "cannot be locked" in output and "--unlock" in output else [f"{status}: {output[-1500:]}"]
    if first.wait(timeout=600):
        wrong.append(log.read_text()[-1500:])
    wrong += harness.differences(calm, workflow)
    return "1 pair", [("two", wrong)] if wrong else []


def killed_for_memory(place, megabytes=(350, 330, 310, 290)):
    """The kernel kills a job for memory (a cgroup's limit): the rest goes on, the last lines say what is missing.

    `partial` draws what exists, and the named command, with more memory, completes the run.
    """
    calm, bad, hits, mains = harness.Workflow(place / "calm"), [], 0, 0
    for limit in megabytes:
        workflow = harness.Workflow(place / f"memory-{limit}")
        group = MEMORY / f"deepae-fault-{os.getpid()}"
        group.mkdir()
        try:
            (group / "memory.limit_in_bytes").write_text(str(limit * 2**20))
            (group / "cgroup.procs").write_text(str(os.getpid()))  # what starts from here is inside
            status, output = workflow.run(targets=("all",), config=())
        finally:
            (MEMORY / "cgroup.procs").write_text(str(os.getpid()))
            killed = int(re.search(r"oom_kill (\d+)", (group / "memory.oom_control").read_text())[1])
            leave(group)
        if not killed:
            print(f"{limit} MB were enough", flush=True)
            continue
        if status < 0:  # the kernel chose the main process: as in kill-main
            status, output = workflow.resume()
            wrong = harness.differences(calm, workflow) if status == 0 else [output[-1500:]]
            mains += 1
            if wrong:
                bad.append((limit, wrong))
            continue
        hits += 1
        missing = [line.split()[0] for line in output.splitlines() if re.match(r"  results/metrics/.*\.tsv", line)]
        there = [path for path in workflow.results.glob("metrics/**/*.tsv")]
        tail = output.splitlines()[-12:]
        wrong = []
        if not status or len(missing) + len(there) != harness.CELLS or not missing:
            wrong.append(f"missing {missing}, there {there}: {output[-1500:]}")
        if not any("retry with: snakemake" in line for line in tail) or not any(" partial" in line for line in tail):
            wrong.append(f"last lines: {tail}")
        if there:
            status, output = workflow.run(targets=("partial",))
            if status or not (workflow.results / "partial/figures/figure-2.png").exists():
                wrong.append(f"partial: {output[-1500:]}")
        status, output = workflow.run()
        wrong += harness.differences(calm, workflow, extra=True) if status == 0 else [output[-1500:]]
        if wrong:
            bad.append((limit, wrong))
    return f"the kernel killed a job in {hits} runs, the main process in {mains}", bad if hits else [("never killed",)]


def leave(group):
    """Move what is still in a memory cgroup out of it, and remove it."""
    for _ in range(50):
        try:
            for process in (group / "cgroup.procs").read_text().split():
                (MEMORY / "cgroup.procs").write_text(process)
            group.rmdir()
            return
        except OSError:
            time.sleep(0.2)


def no_gpu(place):
    """A GPU is asked for where none is: the CPU is used, and the log and the rows say so."""
    calm = harness.Workflow(place / "calm")
    workflow = harness.Workflow(place / "no-gpu")
    status, output = workflow.run("--resources", "gpu=1", CUDA_VISIBLE_DEVICES="")
    text = "\n".join(path.read_text() for path in workflow.results.glob("logs/train/**/*.log"))
    wrong = [] if status == 0 and "no GPU found: training on the CPU" in text else [output[-1500:], text]
    wrong += harness.differences(calm, workflow)
    devices = {row["device"] for row in harness.rows(workflow.directory / harness.TARGETS[0])}
    if devices != {"cpu"}:
        wrong.append(f"devices {devices}")
    return "1 run", [("no-gpu", wrong)] if wrong else []
