"""Killed: the main process, all processes at once, a job, and a time limit's SIGTERM during training."""

import os
import random
import signal
import time

import harness


def kill_main(place, trials, seed=1):
    """Kill -9 the main process at random moments, in every second trial with all that it started; resume."""
    return killed(place, trials, seed, strike_main)


def kill_job(place, trials, seed=2):
    """Kill -9 one job at random moments; the run goes on and fails at its end; run again."""
    return killed(place, trials, seed, strike_job)


def killed(place, trials, seed, strike):
    """Disturb runs until `trials` strikes hit; at most three fall on one workflow, then it is run to its end."""
    chance = random.Random(seed)
    calm = harness.Workflow(place / "calm")
    length = float((place / "seconds.txt").read_text())  # of the undisturbed run
    struck, workflows, bad, left = 0, 0, [], 0
    while struck < trials:
        workflow = harness.Workflow(place / f"{strike.__name__}-{workflows}")
        workflows += 1
        hits = 0
        for _ in range(3):
            if struck + hits == trials:
                break
            process = workflow.start("--rerun-incomplete") if not hits else resumed(workflow)
            hit = strike(workflow, process, chance, length, struck + hits)
            harness.stop(process) if strike is strike_main and process.poll() is None else process.wait()
            if not hit:
                break
            hits += 1
        status, output = workflow.resume()
        wait_for_orphans(workflow)
        struck += hits
        left += len(workflow.leftovers())
        wrong = harness.differences(calm, workflow) if status == 0 else [output[-1500:]]
        if wrong:
            bad.append((str(workflow.directory), wrong))
        print(f"{strike.__name__}: {struck} strikes, {workflows} workflows, {len(bad)} wrong", flush=True)
    return f"{struck} kills in {workflows} workflows; {left} temporary files left behind", bad


def resumed(workflow):
    """Unlock and start again."""
    status, output = workflow.run("--unlock")
    assert status == 0, output[-2000:]
    return workflow.start("--rerun-incomplete")


def strike_main(workflow, process, chance, length, number):
    """Kill the main process: alone, its jobs live on as orphans, or with its whole group, as when the power goes."""
    end = time.monotonic() + chance.uniform(0.0, length)
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    if process.poll() is not None:
        return False
    if number % 2:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return True


def strike_job(workflow, process, chance, length, number):
    """Kill one job, some time after it started."""
    wanted = chance.randrange(5)  # which of the jobs, in the order in which they start
    seen = set()
    while process.poll() is None:
        for job in workflow.jobs(process):
            seen.add(job.pid)
            if len(seen) > wanted:
                time.sleep(chance.uniform(0.0, 3.0))
                try:
                    job.kill()
                    return True
                except Exception:  # it ended by itself: take the next
                    wanted += 1
        time.sleep(0.02)
    return False


def wait_for_orphans(workflow):
    """Let the jobs of a killed snakemake end: they must not spoil what the next run made."""
    for _ in range(600):
        if not workflow.orphans():
            return
        time.sleep(0.1)


def sigterm_in_training(place, trials=3):
    """SIGTERM to the main process while a network is trained, as a time limit sends it; run again."""
    calm, bad = harness.Workflow(place / "calm"), []
    for number in range(trials):
        workflow = harness.Workflow(place / f"sigterm-{number}")
        process = workflow.start()
        while process.poll() is None and not (workflow.results / "logs" / "train").exists():
            time.sleep(0.02)
        time.sleep(0.5 * number)
        os.killpg(process.pid, signal.SIGTERM)
        status = process.wait(timeout=300)
        wait_for_orphans(workflow)
        half = list(workflow.results.glob("metrics/*/*/deepae/*"))
        status_after, output = workflow.resume()
        wrong = [] if status != 0 and status_after == 0 else [f"exit {status}, then {status_after}: {output[-1000:]}"]
        wrong += harness.differences(calm, workflow)
        if wrong:
            bad.append((str(workflow.directory), wrong, half))
    return f"{trials} times", bad
