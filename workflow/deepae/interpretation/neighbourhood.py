"""Does a code keep who is near whom? Trustworthiness, recall of nearest neighbours, clusters, and t-SNE.

The paper only asserts of its t-SNE pictures that "the main topology is preserved". Here the cells' neighbours in the
original space (all genes, the normalisation of the run, Euclidean distance) are compared with those in a code.
"""

import numpy as np

from deepae.errors import DataError

COLUMNS = """
dataset normalization method representation measurements seed dimensions n_cells k trustworthiness recall
chance clusters ari ami reason
""".split()
MOST_NEIGHBOURS = 15
MOST_CELLS = 5000  # distances of all pairs are held: 200 MB of float64
COMPONENTS = 50  # principal components of the original on which k-means runs, as is usual
PERPLEXITY = 50
ITERATIONS = (250, 500)
MOST_GROUPS = range(2, 9)
"""Numbers of clusters that are tried where cells have no labels."""
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


def principal_coordinates(product, components):
    """Return the scores of the leading principal components of the centred cells, from their inner products.

    Parameters
    ----------
    product : array, shape (n, n)
    components : int

    Returns
    -------
    numpy.ndarray, float64, shape (n, min(components, n))
        Largest variance first.
    """
    from sklearn.decomposition import KernelPCA

    components = min(components, len(product))
    return KernelPCA(components, kernel="precomputed", eigen_solver="dense").fit_transform(product)


def nearest(distance, k):
    """Return the k nearest other cells of each cell, from all distances: int array (n, k), in no order."""
    others = np.array(distance, dtype=np.float64)
    np.fill_diagonal(others, np.inf)
    return np.argpartition(others, k - 1, axis=1)[:, :k]


def recall(original, code):
    """Return the share of the k nearest cells in the original that are among the k nearest in the code.

    By chance it is k / (n - 1).

    Parameters
    ----------
    original, code : array of int, shape (n, k)
        From `nearest`.
    """
    member = np.zeros((len(original), len(original)), dtype=bool)
    np.put_along_axis(member, original, True, axis=1)
    return float(np.take_along_axis(member, code, axis=1).mean())


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


def groups(scores, seed=SEED):
    """Group cells that have no labels by k-means: the number of clusters with the largest silhouette.

    Parameters
    ----------
    scores : array, shape (n, c)
        Principal component scores of the original.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``cluster 1`` is the largest; all the same where there are too few cells.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    best, found = -1.0, np.zeros(len(scores), dtype=np.int64)
    for count in MOST_GROUPS:
        if len(scores) <= count or len(np.unique(scores, axis=0)) < count:
            break
        members = KMeans(count, n_init=10, random_state=seed).fit_predict(scores)
        quality = silhouette_score(scores, members)
        if quality > best:
            best, found = quality, members
    by_size = np.argsort(-np.bincount(found), kind="stable")
    place = np.empty(len(by_size), dtype=np.int64)
    place[by_size] = np.arange(len(by_size))
    return np.array([f"cluster {place[member] + 1}" for member in found])


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
    scores = principal_coordinates(product, COMPONENTS)
    original = {
        "method": "original",
        "representation": "genes",
        "measurements": "",
        "dimensions": "",
        "n_cells": n,
        "k": k,
        "chance": k / (n - 1) if n > 1 else np.nan,
        "trustworthiness": 1.0 if k else np.nan,
        "recall": 1.0 if k else np.nan,
        **_cluster_columns(scores, labels),
        "reason": _reason(n, k, scores),
    }
    return [original, *kept(product, representations, labels)]


def kept(product, representations, labels=None):
    """Return the entries of `assess` without the original's."""
    from sklearn.manifold import trustworthiness
    from sklearn.metrics import pairwise_distances

    n = len(product)
    k = neighbourhood_size(n)
    base = {"n_cells": n, "k": k, "chance": k / (n - 1) if n > 1 else np.nan}
    apart, rows = distances(product), []
    original = nearest(apart, k) if k else None
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
            row["trustworthiness"] = float(trustworthiness(apart, item.values, n_neighbors=k, metric="precomputed"))
            row["recall"] = recall(original, nearest(pairwise_distances(item.values), k))
        rows.append(base | row)
    return rows


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
    return frame[COLUMNS]


def perplexity(n_cells):
    """Return the perplexity of t-SNE: 50, or (n - 1) / 3 if that is smaller."""
    return min(PERPLEXITY, (n_cells - 1) / 3)


def embed(distance, scores, seed=SEED, threads=1, iterations=ITERATIONS):
    """Embed cells in the plane by t-SNE with the Barnes-Hut gradient, starting from the first two principal components.

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
        negative_gradient_method="auto",  # Barnes-Hut, as in the released program, below 10 000 cells
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
    from sklearn.decomposition import PCA
    from sklearn.metrics import pairwise_distances

    values = np.asarray(values, dtype=np.float64)
    scores = PCA(min(2, *values.shape), svd_solver="full").fit_transform(values)
    return pairwise_distances(values), scores
