"""Scoring one model for several numbers of measurements, and writing rows."""

import functools
import math
import time

import numpy as np

from deepae.benchmark.columns import COLUMNS, checksum
from deepae.benchmark.further import FurtherScorer
from deepae.benchmark.metrics import Scorer
from deepae.benchmark.noise import add_noise, noise_variance, quantise
from deepae.config.vocabulary import METRICS
from deepae.errors import MethodError
from deepae.io.files import save_npz, write_text
from deepae.methods.panels import GreedyPanel


def make_scorer(job, cells):
    """Return the scorer for the test cells of one seed, shared by all h."""
    allpairs = "em_allpairs" in job.entry.get("metrics", ())
    scorer = Scorer(cells, spearman_limit=job.spearman_limit, allpairs=allpairs)
    scorer.further = _further_scorer(job, cells) if job.further else None
    return scorer


def _further_scorer(job, cells):
    split, labels = job.split(cells.seed), job.dataset.labels
    train = job.cells(split.train, cells.seed).dense().astype(np.float64)
    profile = train.mean(axis=0)

    @functools.cache
    def panel(h):
        return GreedyPanel().choose(profile, train - profile, job.run(cells.seed), h)

    return FurtherScorer(cells, profile, None if labels is None else labels[split.test], panel)


def score(job, cells, scorer, scores, seed, hs, model, fit_seconds, reason, kept=None):
    """Return the rows of one model for several h; `scores` gets what the per-cell file holds, `kept` the codes."""
    failures = {h: reason for h in hs} if reason else {}
    decoders = {}
    run = job.run(seed)
    for h in hs if not reason else ():
        try:
            with job.named(seed, h):
                if job.method.uses_h and not job.method.caps_h:
                    job.check_measurements(h)
                decoders[h] = job.method.decoder(model, run, h)
        except MethodError as error:
            failures[h] = str(error)
    start = time.perf_counter()
    own = cells if job.trained_under == job.normalization else job.encoded(cells.rows, seed)
    todo = list(decoders) if job.method.uses_h else list(decoders)[:1]
    try:
        with job.named(seed):
            codes = job.method.encode(model, own, run, todo) if todo else {}
            codes, variances = _as_measured(job, model, codes, cells)
            decoders |= {h: decoders[h].told(variance) for h, variance in variances.items()}
    except MethodError as error:
        failures |= dict.fromkeys(decoders, str(error))
        todo, decoders = [], {}
    if kept is not None:
        kept |= {(h, seed): codes[h] for h in todo}
    encode_seconds = (time.perf_counter() - start) / max(1, len(todo))
    results = {}
    for h in todo:
        start = time.perf_counter()
        try:
            with job.named(seed, h):
                predict = job.predictor(decoders[h], codes[h], cells)
                result = scorer.score(predict)
                if scorer.further:
                    measured = getattr(decoders[h], "measured", None)
                    if measured is None and job.method.uses_h and h < cells.n_genes:
                        measured = scorer.further.panel(h)
                    values, arrays = scorer.further.score(predict, measured)
                    result = result._replace(further=values | arrays | {"floats": decoders[h].floats})
        except MethodError as error:
            failures[h] = str(error)
            continue
        results[h] = (result, encode_seconds + time.perf_counter() - start)
    if not job.method.uses_h and todo:  # computed once, repeated for every h
        once = todo[0]
        results = dict.fromkeys(decoders, results[once]) if once in results else {}
        failures |= dict.fromkeys(decoders, failures[once]) if once in failures else {}
    rows = [job.failed(h, seed, text) for h, text in failures.items()]
    for h, (result, seconds) in results.items():
        scores[h, seed] = result
        values = {name: result.values.get(name) for name in METRICS}
        times = {"fit_seconds": fit_seconds, "evaluate_seconds": seconds}
        extra = {"nonzeros": decoders[h].nonzeros, "rank": decoders[h].rank}
        rows.append(job.row(h, seed, **values, **times, **extra, status="ok", reason=result.reason))
    return rows


def _as_measured(job, model, codes, cells):
    """Return codes with the noise and the bits that the job asks for, and the variance of that noise for each h.

    Random measurements have their noise already.
    """
    if (job.noise is None and job.bits is None) or not job.method.uses_h or not codes:
        return codes, {}
    train = job.encoded(job.split(cells.seed).train, cells.seed)
    training = job.method.encode(model, train, job.run(cells.seed), list(codes))
    variances = {}
    if job.noise is not None:
        variances = {h: noise_variance(training[h], job.noise) for h in codes}
        codes = {h: add_noise(codes[h], variances[h], cells) for h in codes}
    if job.bits is not None:
        codes = {h: quantise(codes[h], training[h], job.bits) for h in codes}
    return codes, variances


def cells_arrays(job, runs, scores):
    """Return the arrays of a ``.cells.npz``: errors of each test cell, NaN where nothing was computed.

    With further metrics also ``further/<metric>``, (h, seed, …).
    """
    hs, seeds = sorted(runs), all_seeds(runs)
    tests = [job.split(seed).test for seed in seeds]
    shape = (len(hs), len(seeds), len(tests[0]))
    arrays = {name: np.full(shape, np.nan) for name in ("sse", "sae", "pcc")}
    for (h, seed), result in scores.items():
        for name in ("sse", "sae", "pcc"):
            array = arrays[name]
            array[hs.index(h), seeds.index(seed)] = getattr(result, name)
        for name, value in result.further.items():
            value = np.asarray(np.nan if value is None else value, dtype=np.float64)
            key = f"further/{name}"
            array = arrays.setdefault(key, np.full((*shape[:2], *value.shape), np.nan))
            array[hs.index(h), seeds.index(seed)] = value
    labels = {"measurements": np.asarray(hs), "seeds": np.asarray(seeds), "test": np.asarray(tests, dtype=np.int32)}
    return labels | arrays


def all_seeds(runs):
    """Return the seeds of all h, ascending."""
    return sorted({seed for seeds in runs.values() for seed in seeds})


def write_job(metrics, cells, rows, arrays):
    """Write a job's rows, and its errors with the checksum of the rows, by which a change by hand is noticed later."""
    text = rows_text(rows)
    save_npz(cells, **arrays, rows_sha256=np.array(checksum(text)))
    write_text(metrics, text)


def rows_text(rows):
    """Rows of the metrics table as text: every digit, `NaN` where undefined, empty where a column does not apply."""
    order = sorted(rows, key=lambda row: (row["measurements"], row["seed"]))
    lines = ["\t".join(COLUMNS)] + ["\t".join(_text(row.get(name)) for name in COLUMNS) for row in order]
    return "\n".join(lines) + "\n"


def _text(value):
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return "NaN" if math.isnan(value) else repr(float(value))
    return str(value)
