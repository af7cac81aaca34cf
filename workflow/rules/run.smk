# A run: what its jobs may use, what it will cost, and what it says meanwhile. Included before all rules.
import functools
import math
from types import SimpleNamespace

from snakemake.logging import logger

from deepae.config import plan as plans
from deepae.config.shapes import shape_of
from deepae.report.terminal import JobEvents, Status, Terminal


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
    TERMINAL.start()


def stop_to_say():
    """Leave the terminal to whoever prints next."""
    if TERMINAL is not None:
        TERMINAL.stop()
