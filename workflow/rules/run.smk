# A run: what its jobs may use, what it will cost, and what it says meanwhile. Included before all rules.
import atexit
import functools
import math
import time
from types import SimpleNamespace

from snakemake.logging import logger

from deepae.config import absent, missing
from deepae.config import plan as plans
from deepae.config.fingerprint import all_packages
from deepae.config.shapes import shape_of
from deepae.report import ending
from deepae.report.terminal import JobEvents, Status, Terminal

STARTED = time.time()


@functools.cache
def shape(dataset):
    """Cells and genes of a data set, as far as they are known before it is read."""
    files = dataset_files(SimpleNamespace(dataset=dataset))
    return shape_of(CATALOGUE[dataset], f"{RESULTS}/data/{dataset}.h5ad", files)


GPU = int(plans.has_gpu())  # what a training asks for on this machine; profiles of clusters say so themselves
COSTS = plans.Costs(PLAN, shape, bool(GPU))


def memory_of(rule):
    """Memory (MB) of a job, as planned, and as much again with each further attempt."""
    return lambda wildcards, attempt: math.ceil(attempt * (200 + COSTS.of(rule, dict(wildcards.items())).memory))


def minutes_of(rule):
    """Limit of a job's time: four times what is planned, for slower and busier machines, and more with each attempt."""
    return lambda wildcards, attempt: math.ceil(attempt * (20 + COSTS.of(rule, dict(wildcards.items())).seconds / 15))


# On one machine as many jobs run at once as its cores and its free memory allow. (Jobs sent to a cluster are not counted.)
if workflow.is_main_process and workflow.resource_settings.nodes is None and "mem_mb" not in workflow.global_resources:
    workflow.register_resource("mem_mb", int(plans.free_memory()))


def expected(rule, wildcards):
    """Seconds that a job should take, and the seeds that it trains."""
    seeds = len(PLAN.stems[wildcards["job"]].run["seeds"]) if rule in plans.TRAINING else 0
    return COSTS.of(rule, wildcards).seconds, seeds


TERMINAL = None


def start_to_say():
    """Print the plan of what will run, then say how it goes instead of Snakemake's block of text for each job."""
    global TERMINAL
    jobs = [(job.rule.name, dict(job.wildcards_dict)) for job in workflow.dag.needrun_jobs()]
    cores = workflow.cores or workflow.nodes or 1
    COSTS.machine = plans.Machine.here(cores, RESULTS)
    for line in plans.describe(jobs, COSTS, COSTS.machine):
        print(line if line.startswith(" ") else f"deepae: {line}", file=sys.stderr, flush=True)
    settings = workflow.output_settings
    quiet = {word.name for word in settings.quiet or ()}
    if settings.verbose or settings.printshellcmds or quiet & {"ALL", "PROGRESS", "RULES"}:
        return  # Snakemake's own way was asked for
    found = [(rule, COSTS.of(rule, wildcards)) for rule, wildcards in jobs]
    work = sum(cost.seconds for _, cost in found)
    seconds, _ = plans.finish([(plans.STAGES.get(rule, 2), cost) for rule, cost in found], cores, COSTS.machine.memory)
    TERMINAL = Terminal(Status(len(jobs), work, seconds))
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(JobEvents.passes)
    logger.addHandler(JobEvents(TERMINAL, expected))
    atexit.register(stop_to_say)  # also after an interruption
    TERMINAL.start()


def stop_to_say():
    """Leave the terminal to whoever prints next."""
    if TERMINAL is not None:
        TERMINAL.stop()


def needed_packages():
    """The packages that the scripts of this run import; those of rules that fetch are left out."""
    scripts = {Path(rule.script).stem for rule in workflow.rules if rule.script and not rule.name.startswith("fetch")}
    methods = {implementation(job.method) for job in PLAN.jobs.values()}
    return all_packages(
        scripts, methods=methods, readers={CATALOGUE[name]["reader"]["layout"] for name in PLAN.datasets()}
    )


def refuse_without_packages():
    """End before anything starts if a package is not installed; jobs have environments of their own with conda."""
    if IS_A_JOB or any("conda" in str(method).lower() for method in workflow.deployment_settings.deployment_method):
        return
    if lacking := ending.not_installed(needed_packages()):
        what = f"package {lacking[0]!r} is" if len(lacking) == 1 else f"packages {', '.join(lacking)} are"
        how = "`pip install '.[scvi]'` installs it" if lacking == ["scvi"] else "`make environment` installs all"
        print(f"deepae: {what} not installed in {sys.prefix}; {how}", file=sys.stderr)
        raise SystemExit(1)


def say_what_is_absent():
    """At the end of a run: the data sets that it went without."""
    if PLAN.absent and not IS_A_JOB:
        print(f"deepae: {absent.said(PLAN.absent, len(PLAN.absent) + len(PLAN.datasets()))}", file=sys.stderr)


def say_what_was_fetched():
    """At the end of `fetch` and `fetch_check`: what to do about what is not there, last of all, and a failed status."""
    targets = {str(target) for target in workflow.dag_settings.targets}
    endings = (("fetch", absent.after_fetch), ("fetch_check", absent.after_fetch_check))
    lines = [line for name, ending in endings if name in targets for line in ending(f"{RESULTS}/tables/{name}.tsv")]
    for line in lines:
        print(f"deepae: {line}", file=sys.stderr)
    if lines and not IS_A_JOB:
        raise SystemExit(1)


def only_encodes():
    """Whether the run was asked for codes of a user's cells alone: it has no jobs of the grid."""
    return {str(target) for target in workflow.dag_settings.targets} == {"encode"}


def say_what_failed():
    """At the end of a run: how many rows failed, by reason."""
    if not IS_A_JOB and not only_encodes():
        print(f"deepae: {ending.failed_rows(map(PLAN.metrics_file, PLAN.jobs.values()))}", file=sys.stderr)


def say_what_stopped():
    """After a failed run: as the very last line, when Snakemake has said its own, the first error."""
    if not IS_A_JOB:
        line = ending.what_stopped(f"{RESULTS}/logs", STARTED, needed_packages())
        atexit.register(print, f"deepae: {line}", file=sys.stderr, flush=True)


def say_what_is_missing():
    """After a failed run: which jobs of the grid are missing, how to retry them and how to draw the rest."""
    targets = {str(target) for target in workflow.dag_settings.targets}
    if only_encodes():
        return
    for line in missing.lines(PLAN, sys.argv[1:], targets):
        print(line, file=sys.stderr)
