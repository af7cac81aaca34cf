"""What a failed run says in its last lines."""

import shlex
from pathlib import Path

LISTED = 20
ENDS_OTHERWISE = {"fetch", "fetch_check", "--mode"}
"""Words of a command line that ends with a table of its own, or that is a cluster's job."""


def lines(plan, words, targets):
    """Return the lines that say which jobs have no result, how to retry them and how to draw the rest.

    Parameters
    ----------
    plan : deepae.config.grid.Plan
    words : list of str
        The command line after its name.
    targets : set of str
        Those of the words that are targets.
    """
    jobs = [job for job in plan.jobs.values() if not Path(plan.metrics_file(job)).exists()]
    if not jobs or ENDS_OTHERWISE & set(words):
        return []
    again = " ".join(map(shlex.quote, words))
    others = " ".join(shlex.quote(word) for word in words if word not in targets)
    said = [f"deepae: {len(jobs)} of {len(plan.jobs)} jobs of the grid are missing:"]
    logs = f"{plan.results}/logs/ingest"
    unread = [name for name in plan.datasets() if not Path(f"{plan.results}/data/{name}.h5ad").exists()]
    said += [f"  all of {name}, whose data were not read  (log: {logs}/{name}.log)" for name in unread]
    missing = [plan.metrics_file(job) for job in jobs if job.dataset not in unread]
    said += [f"  {path}  (log: {plan.results}/logs/)" for path in missing[:LISTED]]
    if len(missing) > LISTED:
        said.append(f"  … and {len(missing) - LISTED} more")
    said.append(f"deepae: retry with: snakemake {again}".rstrip())
    # A target stands first: behind an option that takes several values it would be one of these.
    said.append(f"deepae: draw what exists with: snakemake partial {others}".rstrip())
    return said
