"""Does a code keep who is near whom? Trustworthiness, recall of nearest neighbours, clusters, and t-SNE.

The paper only asserts of its t-SNE pictures that "the main topology is preserved". Here the cells' neighbours in the
original space (all genes, the normalisation of the run, Euclidean distance) are compared with those in a code.
"""

import numpy as np

from deepae.errors import DataError

COLUMNS = (
    "dataset",
    "normalization",
    "method",
    "representation",
    "measurements",
    "seed",
    "dimensions",
    "n_cells",
    "k",
    "trustworthiness",
    "recall",
    "chance",
    "clusters",
    "ari",
    "ami",
    "reason",
)
MOST_NEIGHBOURS = 15
MOST_CELLS = 5000  # distances of all pairs are held: 200 MB of float64
COMPONENTS = 50  # principal components of the original on which k-means runs, as is usual
PERPLEXITY = 50
ITERATIONS = (250, 500)
SEED = 42  # of t-SNE and k-means; the released program's


def neighbourhood_size(n_cells):
    """Return k = min(15, (n - 1) // 5): how many neighbours of each cell are looked at."""
    return min(MOST_NEIGHBOURS, (n_cells - 1) // 5)


def gram(cells):
    """Return the inner products of all pairs of cells, float64 (n, n), block by block.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
        At most `MOST_CELLS`.
    """
    product = np.empty((len(cells), len(cells)))
    slices = list(cells.slices())
    for position, rows in enumerate(slices):
        left = cells.block(rows).astype(np.float64)
        product[rows, rows] = left @ left.T
        for columns in slices[:position]:
            product[rows, columns] = left @ cells.block(columns).T.astype(np.float64)
            product[columns, rows] = product[rows, columns].T
    return product


def distances(product):
    """Return the Euclidean distances that belong to inner products (n, n); the diagonal is exactly 0."""
    norms = np.diag(product)
    squared = norms[:, None] + norms[None, :] - 2 * product
    np.fill_diagonal(squared, 0)
    return np.sqrt(np.maximum(squared, 0))


def code_distances(code):
    """Return the Euclidean distances of all pairs of rows of a code (n, k), float64 (n, n)."""
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(np.asarray(code, dtype=np.float64)))


def principal_coordinates(product, components):
    """Return the scores of the leading principal components of the centred cells, from their inner products.

    Parameters
    ----------
    product : array, shape (n, n)
    components : int

    Returns
    -------
    numpy.ndarray, float64, shape (n, min(components, n))
        Largest variance first; each component's largest entry in absolute value is positive.
    """
    from scipy.linalg import eigh

    n = len(product)
    components = min(components, n)
    means = product.mean(axis=0)
    centred = product - means[:, None] - means[None, :] + means.mean()
    values, vectors = eigh(centred, subset_by_index=[n - components, n - 1])
    scores = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    return scores * _signs(scores)


def _signs(scores):
    largest = np.argmax(np.abs(scores), axis=0)
    return np.where(scores[largest, np.arange(scores.shape[1])] < 0, -1.0, 1.0)


def ranking(distance):
    """Return for each cell all others by distance, nearest first, ties in the cells' order: int (n, n - 1)."""
    n = len(distance)
    others = np.array(distance, dtype=np.float64)
    np.fill_diagonal(others, -1)  # itself first, then cut off
    return np.argsort(others, axis=1, kind="stable")[:, 1:].astype(np.int32).reshape(n, n - 1)


def trustworthiness(original, code, k):
    """Return how far the k nearest in the code are among the nearest in the original: 1 if all of them are.

    Parameters
    ----------
    original, code : array of int, shape (n, n - 1)
        From `ranking`.
    k : int
        Less than n / 2.

    Notes
    -----
    ``1 - 2 / (n k (2n - 3k - 1)) * sum of max(rank in the original - k, 0)`` (Venna and Kaski, 2001).
    """
    n = len(original)
    rank = np.zeros((n, n), dtype=np.int64)
    np.put_along_axis(rank, original, np.arange(1, n)[None, :].repeat(n, axis=0), axis=1)
    excess = np.maximum(np.take_along_axis(rank, code[:, :k], axis=1) - k, 0).sum()
    return float(1 - 2 * excess / (n * k * (2 * n - 3 * k - 1)))


def recall(original, code, k):
    """Return the share of the k nearest cells in the original that are among the k nearest in the code.

    By chance it is k / (n - 1).
    """
    n = len(original)
    member = np.zeros((n, n), dtype=bool)
    np.put_along_axis(member, original[:, :k], True, axis=1)
    return float(np.take_along_axis(member, code[:, :k], axis=1).mean())


def clusters(values, labels, seed=SEED):
    """Return number of clusters, ARI and AMI of k-means against labels, with as many clusters as there are labels.

    Cells with an empty label are clustered with the others and not scored. NaN if fewer than two labels occur.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    labels = np.asarray(labels).astype(str)
    known = labels != ""
    count = len(np.unique(labels[known]))
    if count < 2:
        return count, np.nan, np.nan
    found = KMeans(count, n_init=10, random_state=seed).fit_predict(np.asarray(values, dtype=np.float64))
    truth, found = labels[known], found[known]
    return count, float(adjusted_rand_score(truth, found)), float(adjusted_mutual_info_score(truth, found))


def assess(product, representations, labels=None):
    """Compare each representation of some cells with the original.

    Parameters
    ----------
    product : array, shape (n, n)
        Inner products of the original cells, from `gram`.
    representations : sequence of deepae.interpretation.codes.Representation
        Values of shape (n, k) for the same cells.
    labels : array of str, optional

    Returns
    -------
    list of dict
        The columns that do not name the run; the first entry is the original itself. A representation that is constant
        or has no dimensions, and cells too few for a neighbourhood, give NaN and a reason.
    """
    n = len(product)
    k = neighbourhood_size(n)
    base = {"n_cells": n, "k": k, "chance": k / (n - 1) if n > 1 else np.nan}
    scores = principal_coordinates(product, COMPONENTS)
    original = ranking(distances(product)) if k else None
    rows = [
        {
            "method": "original",
            "representation": "genes",
            "measurements": "",
            "dimensions": "",
            "trustworthiness": 1.0 if k else np.nan,
            "recall": 1.0 if k else np.nan,
            **_cluster_columns(scores, labels),
            "reason": _reason(n, k, scores),
        }
    ]
    for item in representations:
        reason = _reason(n, k, item.values)
        row = {
            "method": item.method,
            "representation": item.kind,
            "measurements": item.measurements,
            "dimensions": item.values.shape[1],
            "trustworthiness": np.nan,
            "recall": np.nan,
            **_cluster_columns(item.values, None if reason else labels),
            "reason": reason,
        }
        if not reason:
            code = ranking(code_distances(item.values))
            row |= {"trustworthiness": trustworthiness(original, code, k), "recall": recall(original, code, k)}
        rows.append(row)
    return [base | row for row in rows]


def _reason(n, k, values):
    if not k:
        return f"{n} test cells are too few, expected 6 or more"
    if not values.shape[1]:
        return "no dimensions"
    if not np.isfinite(values).all():
        return "values are not finite"
    if (values == values[0]).all():
        return "constant"
    return ""


def _cluster_columns(values, labels):
    usable = labels is not None and len(values) and values.shape[1]
    count, ari, ami = clusters(values, labels) if usable else ("", np.nan, np.nan)
    return {"clusters": count, "ari": ari, "ami": ami}


def table(rows, *, dataset, normalization, seed):
    """Return the entries of `assess` as a frame with `COLUMNS`."""
    import pandas as pd

    frame = pd.DataFrame(rows).assign(dataset=dataset, normalization=normalization, seed=int(seed))
    return frame[list(COLUMNS)]


def perplexity(n_cells):
    """Return the perplexity of t-SNE: 50, or (n - 1) / 3 if that is smaller."""
    return min(PERPLEXITY, (n_cells - 1) / 3)


def embed(distance, scores, seed=SEED, threads=1, iterations=ITERATIONS):
    """Embed cells in the plane by t-SNE with the FIt-SNE gradient, starting from the first two principal components.

    Parameters
    ----------
    distance : array, shape (n, n)
        Euclidean distances.
    scores : array, shape (n, c)
        Principal component scores; a second one that is missing starts as jitter.
    seed, threads : int
        The result depends on the seed alone.
    iterations : pair of int
        With early exaggeration, and after it.

    Returns
    -------
    numpy.ndarray, float32, shape (n, 2)

    Raises
    ------
    DataError
        With fewer than 6 cells, or if all cells are at one point.
    """
    import openTSNE
    from openTSNE import affinity, initialization

    n = len(distance)
    if n < 6:
        raise DataError(f"t-SNE: {n} cells are too few, expected 6 or more")
    if not np.asarray(scores).shape[1] or not np.any(distance):
        raise DataError(f"t-SNE: all {n} cells are at one point")
    start = np.zeros((n, 2))
    start[:, : min(2, scores.shape[1])] = scores[:, :2]
    start = initialization.jitter(initialization.rescale(start), random_state=seed)
    neighbours = affinity.PerplexityBasedNN(
        np.asarray(distance, dtype=np.float64), perplexity=perplexity(n), metric="precomputed", n_jobs=threads
    )
    tsne = openTSNE.TSNE(
        negative_gradient_method="fft",
        early_exaggeration_iter=iterations[0],
        n_iter=iterations[1],
        n_jobs=threads,
        random_state=seed,
    )
    return np.asarray(tsne.fit(affinities=neighbours, initialization=start), dtype=np.float32)


def embeddings(product, representations, threads=1):
    """Embed the original cells and the codes of the largest h by t-SNE.

    Parameters
    ----------
    product : array, shape (n, n)
        From `gram`.
    representations : sequence of deepae.interpretation.codes.Representation

    Returns
    -------
    dict of str to numpy.ndarray
        ``original`` and ``<method>/<h>``, shape (n, 2) each; where one cannot be made, a text
        ``<name>/reason`` instead.
    """
    codes = [item for item in representations if item.kind == "code"]
    largest = max((item.measurements for item in codes), default=0)
    spaces = {"original": lambda: (distances(product), principal_coordinates(product, 2))}
    for item in codes:
        if item.measurements == largest:
            spaces[f"{item.method}/{item.measurements}"] = lambda item=item: _code_space(item.values)
    arrays = {}
    for name, space in spaces.items():
        try:
            arrays[name] = embed(*space(), threads=threads)
        except DataError as error:
            arrays[f"{name}/reason"] = np.str_(str(error))
    return arrays


def _code_space(values):
    centred = values - values.mean(axis=0, dtype=np.float64)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    scores = left[:, :2] * singular[:2]
    return code_distances(values), scores * _signs(scores)
