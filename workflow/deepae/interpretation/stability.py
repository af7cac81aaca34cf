"""Do the key dimensions return under another seed? Matched overlap of key genes and subspace angles, against nulls.

The units of a code are identifiable only up to mixing and sign. So dimensions are matched before they are compared,
the lowest genes are compared beside the highest, and the spans of the encoders and of the codes beside their columns.
Pairs of seeds share seeds and are not independent: intervals of simulated nulls are given, no p-value.
"""

from functools import reduce
from itertools import combinations, pairwise

import numpy as np

from deepae.data.randomness import stream
from deepae.interpretation.key_genes import key_count

COLUMNS = (
    "normalization",
    "method",
    "measurements",
    "quantity",
    "source",
    "seed_a",
    "seed_b",
    "pairs",
    "value",
    "low",
    "high",
)
QUANTITIES = {
    "jaccard-top": "key genes: top with top",
    "jaccard-top-bottom": "key genes: top with bottom",
    "jaccard-either-sign": "key genes: either sign",
    "angles-encoder": "encoder: mean cosine of principal angles",
    "angles-codes": "codes: mean cosine of principal angles",
    "cka-codes": "codes: linear CKA",
}
SOURCES = ("observed", "random", "expression-matched", "untrained")
BINS = 20
DRAWS = 100  # pairs drawn for each null of sets of genes
NETWORKS = 10  # untrained networks drawn: 45 pairs


# --- overlap of sets of genes ---------------------------------------------------------------------------------------
def ends(weights, count):
    """Return which genes are the `count` highest and lowest of each dimension: two bool arrays, shape (h, g).

    Ties keep the genes' order, as in the ranking of the key genes.
    """
    weights = np.asarray(weights)
    masks = []
    for signed in (-weights, weights):
        chosen = np.argsort(signed, axis=0, kind="stable")[:count]
        mask = np.zeros(weights.shape[::-1], dtype=bool)
        np.put_along_axis(mask, chosen.T, True, axis=1)
        masks.append(mask)
    return tuple(masks)


def jaccard(a, b):
    """Return the Jaccard index of each set of `a` with each of `b`: bool masks (h, g) and (k, g) to float (h, k)."""
    shared = a.astype(np.float32) @ b.astype(np.float32).T  # exact below 2**24 genes
    union = a.sum(axis=1)[:, None] + b.sum(axis=1)[None, :] - shared
    return np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)


def matched(similarity):
    """Return the mean similarity of optimally matched dimensions (Hungarian algorithm): each is used once."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return float(similarity[rows, columns].mean())


def overlap(a, b):
    """Return the matched overlaps of two runs.

    Parameters
    ----------
    a, b : pair of bool array, shape (h, g)
        Highest and lowest genes, from `ends`.

    Returns
    -------
    dict of str to float
        ``jaccard-top``: top with top; ``jaccard-top-bottom``: the top of `a` with the bottom of `b`, as for units of
        opposite sign; ``jaccard-either-sign``: each pair of units in the sign that fits both ends better.
    """
    (top_a, bottom_a), (top_b, bottom_b) = a, b
    same = jaccard(top_a, top_b)
    opposite = jaccard(top_a, bottom_b)
    either = np.maximum(same + jaccard(bottom_a, bottom_b), opposite + jaccard(bottom_a, top_b)) / 2
    return {
        "jaccard-top": matched(same),
        "jaccard-top-bottom": matched(opposite),
        "jaccard-either-sign": matched(either),
    }


def random_ends(rng, n_genes, h, count):
    """Draw disjoint random top and bottom sets for h dimensions: two bool arrays, shape (h, g)."""
    order = np.argsort(rng.random((h, n_genes)), axis=1)
    top, bottom = np.zeros((2, h, n_genes), dtype=bool)
    np.put_along_axis(top, order[:, :count], True, axis=1)
    np.put_along_axis(bottom, order[:, n_genes - count :], True, axis=1)
    return top, bottom


def expression_bins(expression, bins=BINS):
    """Return the genes' bin by rank of mean expression: `bins` bins of nearly equal size, int array (g,)."""
    n_genes = len(expression)
    order = np.argsort(expression, kind="stable")
    labels = np.empty(n_genes, dtype=np.int64)
    labels[order] = np.arange(n_genes) * bins // n_genes
    return labels


def matched_ends(rng, masks, labels):
    """Exchange genes at random within bins of expression, for each dimension anew.

    The top and bottom sets of a dimension move together and keep their size and their number of genes in each bin.

    Parameters
    ----------
    masks : pair of bool array, shape (h, g)
    labels : int array, shape (g,)
        From `expression_bins`.
    """
    h, n_genes = masks[0].shape
    home = np.argsort(labels, kind="stable")
    top, bottom = np.zeros((2, h, n_genes), dtype=bool)
    for unit in range(h):
        shuffled = np.lexsort((rng.random(n_genes), labels))
        top[unit, shuffled] = masks[0][unit, home]
        bottom[unit, shuffled] = masks[1][unit, home]
    return top, bottom


def untrained_encoder(rng, layers):
    """Draw Glorot uniform weights for the encoder's layer sizes and return their product, float32 (layers[0], h)."""
    product = None
    for rows, columns in reversed(list(pairwise(layers))):
        limit = np.float32(np.sqrt(6 / (rows + columns)))
        weights = (2 * rng.random((rows, columns), dtype=np.float32) - 1) * limit
        product = weights if product is None else weights @ product
    return product


# --- subspaces ------------------------------------------------------------------------------------------------------
def principal_cosines(a, b):
    """Return the cosines of the principal angles between the column spans of `a` (n, h) and `b` (n, k), descending.

    A direction without length (a dead unit) counts as missing: its angles are left out.
    """
    bases = [_basis(np.asarray(matrix, dtype=np.float64)) for matrix in (a, b)]
    if not bases[0].shape[1] or not bases[1].shape[1]:
        return np.zeros(0)
    return np.clip(np.linalg.svd(bases[0].T @ bases[1], compute_uv=False), 0, 1)


def _basis(matrix):
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    return left[:, singular > singular.max(initial=0) * max(matrix.shape) * np.finfo(np.float32).eps]


def linear_cka(a, b):
    """Return the linear centred kernel alignment of two codes of the same cells, (n, h) and (n, k): 0 to 1.

    1 up to rotation and one common scale; NaN if a code is constant. Kornblith et al., ICML 2019.
    """
    a, b = (np.asarray(code, dtype=np.float64) - np.mean(code, axis=0, dtype=np.float64) for code in (a, b))
    norms = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(np.linalg.norm(a.T @ b) ** 2 / norms) if norms > 0 else np.nan


def subspaces(encoder_a, encoder_b, codes_a, codes_b):
    """Return the similarity of the spans of two encoders (g, h) and of their codes of the same cells (n, h)."""
    return {
        "angles-encoder": _mean(principal_cosines(encoder_a, encoder_b)),
        "angles-codes": _mean(principal_cosines(codes_a - codes_a.mean(axis=0), codes_b - codes_b.mean(axis=0))),
        "cka-codes": linear_cka(codes_a, codes_b),
    }


def _mean(values):
    return float(np.mean(values)) if len(values) else np.nan


def linear_codes(cells, encoders):
    """Return the linear part of the codes, cells x encoder, without biases and leaky ReLU: one pass over the cells.

    Only the product of the weights is kept for every seed, so this is what can be compared between seeds.

    Parameters
    ----------
    cells : deepae.data.cells.Cells
    encoders : array, shape (S, g, h)

    Returns
    -------
    numpy.ndarray, float64, shape (S, n_cells, h)
    """
    count, n_genes, h = encoders.shape
    side_by_side = np.moveaxis(encoders, 0, 1).reshape(n_genes, count * h).astype(np.float64)
    codes = np.empty((len(cells), count * h))
    for where, block in cells.blocks():
        codes[where] = block @ side_by_side
    return np.moveaxis(codes.reshape(len(cells), count, h), 1, 0)


# --- the table ------------------------------------------------------------------------------------------------------
def assess(encoder, seeds, cells, expression, layers, rng, draws=DRAWS, networks=NETWORKS):
    """Compare the encoders of all pairs of seeds with each other and with nulls under the same matching.

    Parameters
    ----------
    encoder : array, shape (S, g, h)
        From ``encoder.npz``.
    seeds : sequence of int
    cells : deepae.data.cells.Cells
        Cells whose codes are compared; for example the test cells that all seeds share.
    expression : array, shape (g,)
        Mean expression, for the matched null.
    layers : sequence of int
        Sizes of the encoder's layers from g to h, for the untrained null.
    rng : numpy.random.Generator
    draws, networks : int
        Pairs of random sets drawn for each null, and untrained networks.

    Returns
    -------
    list of dict
        `quantity`, `source`, `seed_a`, `seed_b`, `pairs`, `value`, `low`, `high`: one entry for each pair of seeds, and
        for each null the median and the central 95 % of its draws. Empty with fewer than two seeds.
    """
    encoder = np.asarray(encoder)
    count_runs, n_genes, h = encoder.shape
    count = key_count(n_genes)
    if count_runs < 2:
        return []
    masks = [ends(weights, count) for weights in encoder]
    codes = linear_codes(cells, encoder)
    rows = []
    for a, b in combinations(range(count_runs), 2):
        values = overlap(masks[a], masks[b]) | subspaces(encoder[a], encoder[b], codes[a], codes[b])
        for quantity, value in values.items():
            rows.append(_row(quantity, "observed", [value], int(seeds[a]), int(seeds[b])))

    null = [overlap(random_ends(rng, n_genes, h, count), random_ends(rng, n_genes, h, count)) for _ in range(draws)]
    rows += _null_rows("random", null)

    labels = expression_bins(expression)
    pairs = list(combinations(range(count_runs), 2))
    null = []
    for draw in range(draws):
        a, b = pairs[draw % len(pairs)]
        null.append(overlap(matched_ends(rng, masks[a], labels), matched_ends(rng, masks[b], labels)))
    rows += _null_rows("expression-matched", null)

    untrained = np.stack([untrained_encoder(rng, layers) for _ in range(networks)])
    codes = linear_codes(cells, untrained)
    masks = [ends(weights, count) for weights in untrained]
    null = [
        overlap(masks[a], masks[b]) | subspaces(untrained[a], untrained[b], codes[a], codes[b])
        for a, b in combinations(range(networks), 2)
    ]
    rows += _null_rows("untrained", null)
    return rows


def compare_seeds(job, arrays, layers):
    """Assess the encoders of one training job of the grid on the test cells that all its seeds share.

    Parameters
    ----------
    job : deepae.benchmark.job.Job
    arrays : dict
        ``seeds`` and ``encoder`` (S, g, h) of ``encoder.npz``; a seed that failed is NaN and left out.
    layers : sequence of int
        Sizes of the encoder's layers from g to h.
    """
    finite = np.isfinite(arrays["encoder"]).all(axis=(1, 2))
    encoder, seeds = arrays["encoder"][finite], arrays["seeds"][finite]
    if len(seeds) < 2:
        return []
    splits = [job.split(int(seed)).test for seed in seeds]
    shared = reduce(np.intersect1d, splits)
    # where the training sets together are all cells, none is left to share: then all are looked at
    rows = shared if len(shared) > encoder.shape[2] else np.arange(job.dataset.n_cells)
    cells = job.cells(rows, int(seeds[0]))
    expression = np.asarray(job.dataset.matrix.mean(axis=0), dtype=np.float64).ravel()
    rng = stream("stability", job.dataset.name, 0)
    return assess(encoder, seeds, cells, expression, layers, rng)


def _row(quantity, source, values, seed_a="", seed_b=""):
    values = np.asarray(values, dtype=float)
    low, middle, high = np.nanpercentile(values, [2.5, 50, 97.5]) if np.isfinite(values).any() else [np.nan] * 3
    interval = (low, high) if source != "observed" else (np.nan, np.nan)
    return {
        "quantity": quantity,
        "source": source,
        "seed_a": seed_a,
        "seed_b": seed_b,
        "pairs": len(values),
        "value": middle,
        "low": interval[0],
        "high": interval[1],
    }


def _null_rows(source, draws):
    return [_row(quantity, source, [draw[quantity] for draw in draws]) for quantity in draws[0]]


def table(rows, *, normalization, method, measurements):
    """Return the entries of `assess` as a frame with `COLUMNS`."""
    import pandas as pd

    frame = pd.DataFrame(rows).assign(normalization=normalization, method=method, measurements=int(measurements))
    return frame.reindex(columns=list(COLUMNS))
