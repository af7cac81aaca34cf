"""Train: a network for all seeds of one number of measurements."""

import math
from pathlib import Path

import numpy as np

from deepae.benchmark.scoring import cells_arrays, make_scorer, score
from deepae.config.vocabulary import KEY_DIMENSIONS
from deepae.errors import MethodError
from deepae.io.files import load_npz, save_npz
from deepae.methods.autoencoder import model as models


def best_device(log):
    """Return ``"cuda"`` if there is a GPU that torch can use, else ``"cpu"``, and say so."""
    import torch

    if torch.cuda.is_available():
        log(f"training on {torch.cuda.get_device_name()}")
        return "cuda"
    log("no GPU found: training on the CPU")
    return "cpu"


def train(job, h, seeds, keep=None, fits=None, keep_fits=None):
    """Train and evaluate a network for all seeds of one h.

    Parameters
    ----------
    job : Job
    h : int
    seeds : list of int
    keep : path, optional
        Where to save the model of the first seed that did not fail, as safetensors; if all failed, why there is none.
    fits : path, optional
        Folder of networks that another job has trained on the same cells: they are only evaluated. A method that
        measures with noise of its own (an attribute ``snr``) may train with it, and is trained here all the same.
    keep_fits : path, optional
        Where to leave the networks for other jobs.

    Returns
    -------
    rows, cells : as `evaluate`
    encoder : dict of str to numpy.ndarray
        ``seeds``, ``mae_train`` (S,), the mean absolute error on the training cells themselves, and for h up to
        `KEY_DIMENSIONS`: ``encoder`` (S, g, h), the product of the encoder's weights, ``test`` (S, n_test), the test
        cells of each seed, and ``codes`` (S, n_test, h), what the network makes of them; NaN where a seed failed, and
        for a network whose model has no array ``encoder``.
    """
    rows, scores, codes, saved = [], {}, {}, []
    errors = np.full(len(seeds), np.nan)
    n_genes = job.dataset.n_genes
    job.method.keep_weights = keep is not None
    encoder = np.full((len(seeds), n_genes, h), np.nan, dtype=np.float32) if h <= KEY_DIMENSIONS else None

    known = fits is not None and not hasattr(job.method, "snr")
    by_another = " by another job" if known else ""

    def use(position, model, seconds, reason, device=job.device):
        seed = seeds[position]
        if keep_fits is not None:
            _keep_fit(keep_fits, seed, job.device, model, seconds, reason)
        cells = job.cells(job.split(seed).test, seed)
        rows.extend(score(job, cells, make_scorer(job, cells), scores, seed, [h], model, seconds, reason, codes))
        rows[-1]["device"] = device
        if reason:
            job.log(f"seed {seed}: failed, {reason}")
            return
        errors[position] = _training_error(job, model, seed, h)
        if encoder is not None and "encoder" in model:
            encoder[position] = model["encoder"]
        if keep is not None and not saved:
            saved.append(seed)
            about = job.dataset, job.normalization, job.name, job.method, h, seed, job.model_precision
            models.save(keep, model, *about)
        job.log(
            f"seed {seed}: trained in {seconds:.1f} s{by_another}, pcc {rows[-1]['pcc']:.4f}, em {rows[-1]['em']:.6g}"
        )

    found = _kept_fits(fits, seeds) if known else _fit_many(job, seeds, h)
    for position in range(len(seeds)):
        use(position, *next(found))  # a model has no name here: it is gone before the next seed starts
    if keep is not None and not saved:
        models.save_none(keep, f"every seed failed ({rows[0]['reason']})")
    products = {"seeds": np.asarray(seeds, dtype=np.int64), "mae_train": errors}
    if encoder is not None:
        products |= {"encoder": encoder} | _codes(job, h, seeds, codes)
    return rows, cells_arrays(job, {h: seeds}, scores), products


def _training_error(job, model, seed, h):
    """Return the mean absolute error of a network on the cells it was trained on."""
    run, rows = job.run(seed), job.split(seed).train
    codes = job.method.encode(model, job.encoded(rows, seed), run, [h])[h]
    cells = job.cells(rows, seed)
    predict = job.predictor(job.method.decoder(model, run, h), codes, cells)
    return float(np.abs(predict(slice(None)) - cells.dense()).mean(dtype=np.float64))


def _codes(job, h, seeds, codes):
    """Return the test cells and codes of all seeds as arrays."""
    test = np.asarray([job.split(seed).test for seed in seeds], dtype=np.int32)
    stacked = np.full((*test.shape, h), np.nan, dtype=np.float32)
    for position, seed in enumerate(seeds):
        if (h, seed) in codes:
            stacked[position] = codes[h, seed]
    return {"test": test, "codes": stacked}


def _keep_fit(folder, seed, device, model, seconds, reason):
    """Write what `_fit_many` gave for a seed into a folder, large and not for long."""
    arrays = {f"model/{name}": array for name, array in model.items()}
    save_npz(Path(folder) / f"{seed}.npz", compress=False, device=device, seconds=seconds, reason=reason, **arrays)


def _kept_fits(folder, seeds):
    """Yield (model, seconds, reason, device) of each seed that `_keep_fit` wrote, one model in memory at a time."""

    def kept(path):
        arrays = load_npz(path)
        model = {name.removeprefix("model/"): array for name, array in arrays.items() if name.startswith("model/")}
        return model, float(arrays["seconds"]), str(arrays["reason"]), str(arrays["device"])

    for seed in seeds:
        yield kept(Path(folder) / f"{seed}.npz")


def _fit_many(job, seeds, h):
    """Yield (model, seconds, reason) for each seed; one that fails does not stop those after it."""
    waiting = list(seeds)
    while waiting:
        todo = tuple(waiting)  # `waiting` shrinks while the generator runs
        trains = (job.fitted_cells(job.split(seed).train, seed).dense() for seed in todo)  # one at a time on the CPU
        fits = job.method.fit_many(trains, [job.run(seed) for seed in todo], h)
        try:
            while waiting:
                with job.named(waiting[0], h):
                    job.check_measurements(h)
                    yield (*next(fits), "")  # no name: it would hold the model while others train
                waiting.pop(0)
        except MethodError as error:
            waiting.pop(0)
            yield {}, math.nan, str(error)
