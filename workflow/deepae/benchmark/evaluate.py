"""Evaluate: all numbers of measurements and seeds of a method that runs on the CPU."""

from deepae.benchmark.scoring import all_seeds, cells_arrays, make_scorer, score
from deepae.errors import DataError, MethodError
from deepae.io.files import load_npz


def evaluate(job, runs, dictionary=None):
    """Evaluate a CPU method for all numbers of measurements and seeds.

    Parameters
    ----------
    job : Job
    runs : dict of int to list of int
        Seeds for each h.
    dictionary : path, optional
        What `factorise` wrote; without it the method is fitted here.

    Returns
    -------
    rows : list of dict
    cells : dict of str to numpy.ndarray
        Arrays of the ``.cells.npz``.
    """
    stored = load_npz(dictionary) if dictionary else None
    rows, scores = [], {}
    for seed in all_seeds(runs):
        wanted = [h for h in runs if seed in runs[h]]
        split = job.split(seed)
        try:
            cells = job.method.scored_against(job.cells(split.test, seed), job.run(seed))
        except MethodError as error:
            rows += [job.failed(h, seed, error) for h in wanted]
            continue
        if job.method.fit_depends_on_h:
            models = [(job.tune(job.fit(seed, h), seed, [h]), [h]) for h in wanted]
        else:
            fitted = job.fit(seed) if stored is None else stored_model(stored, seed, dictionary)
            models = [(job.tune(fitted, seed, wanted), wanted)]
        scorer = make_scorer(job, cells)
        for (model, seconds, reason), hs in models:
            rows += score(job, cells, scorer, scores, seed, hs, model, seconds, reason)
        job.log(f"seed {seed}: evaluated h = {', '.join(map(str, wanted))}")
    return rows, cells_arrays(job, runs, scores)


def stored_model(stored, seed, path):
    """Return ``(model, seconds, reason)`` of one seed's factorisation, as a fit does; `DataError` without this seed."""
    prefix = f"{seed}/model/"
    if f"{seed}/reason" not in stored:
        raise DataError(f"{path}: no factorisation of seed {seed}; remove the file and run again")
    model = {name.removeprefix(prefix): array for name, array in stored.items() if name.startswith(prefix)}
    return model, float(stored[f"{seed}/seconds"]), str(stored[f"{seed}/reason"])
