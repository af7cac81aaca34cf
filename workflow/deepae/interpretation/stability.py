"""Do the key dimensions return under another seed? Matched overlap of key genes and subspace angles, against nulls.

The units of a code are identifiable only up to mixing and sign. So dimensions are matched before they are compared,
the lowest genes are compared beside the highest, and the spans of the encoders and of the codes beside their columns.
Pairs of seeds share seeds and are not independent: intervals of simulated nulls are given, no p-value.
"""

from functools import reduce
from itertools import combinations, pairwise

import numpy as np

from deepae.data.randomness import stream
from deepae.interpretation.key_genes import key_count, permutation, strata_of, top
from deepae.methods.autoencoder.network import apply_layers, encoder_product

COLUMNS = """
normalization method measurements quantity source seed_a seed_b pairs value low high
""".split()
QUANTITIES = {
    "jaccard-top": "top with top",
    "jaccard-top-bottom": "top with bottom",
    "jaccard-either-sign": "the sign that fits better",
    "angles-encoder": "spans of the encoders",
    "angles-codes": "spans of the codes, cosine",
    "cka-codes": "linear CKA",
    "cka-codes-without-1": "CKA without the leading axis",
    "cka-codes-without-2": "CKA without two leading axes",
}
"""What is compared: Jaccard indices of key genes, mean cosines of principal angles, and similarity of codes."""
LEFT_OUT = {"cka-codes": 0, "cka-codes-without-1": 1, "cka-codes-without-2": 2}
"""Leading principal axes that are taken out of both codes: the first is often most of the variance."""
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
    for signed in (weights, -weights):
        chosen = top(signed, count)
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


def matched_ends(rng, masks, labels):
    """Exchange genes at random within bins of expression, for each dimension anew.

    The top and bottom sets of a dimension move together and keep their size and their number of genes in each bin.

    Parameters
    ----------
    masks : pair of bool array, shape (h, g)
    labels : int array, shape (g,)
        From `deepae.interpretation.key_genes.strata_of`.
    """
    h, n_genes = masks[0].shape
    top, bottom = np.zeros((2, h, n_genes), dtype=bool)
    for unit in range(h):
        moved = permutation(rng, labels)
        top[unit, moved], bottom[unit, moved] = masks[0][unit], masks[1][unit]
    return top, bottom


def untrained(rng, network, cells):
    """Draw an untrained encoder: Glorot uniform weights, no biases.

    Parameters
    ----------
    rng : numpy.random.Generator
    network : deepae.methods.autoencoder.network.Network
    cells : deepae.data.cells.Cells or None

    Returns
    -------
    encoder : numpy.ndarray, float32, shape (g, h)
        The product of its weights.
    codes : numpy.ndarray, float32, shape (n_cells, h), or None
    """
    import torch

    weights = []
    for inputs, outputs in pairwise(network.widths[: network.centre + 2]):
        limit = np.float32(np.sqrt(6 / (inputs + outputs)))
        weights.append((2 * rng.random((inputs, outputs), dtype=np.float32) - 1) * limit)
    encoder = encoder_product(network, weights)
    if cells is None:
        return encoder, None
    layers = [torch.from_numpy(weight) for weight in weights]
    biases = [torch.zeros(weight.shape[1]) for weight in weights]
    codes = np.empty((len(cells), network.h), dtype=np.float32)
    for where, block in cells.blocks():
        values = torch.from_numpy(np.array(block, dtype=np.float32))
        codes[where] = apply_layers(network, layers, biases, values, 0, len(layers)).numpy()
    return encoder, codes


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


def without_leading(code, count):
    """Return a code (n, h) centred and without its `count` leading principal axes; zero where none is left."""
    centred = np.asarray(code, dtype=np.float64) - np.mean(code, axis=0, dtype=np.float64)
    left, singular, right = np.linalg.svd(centred, full_matrices=False)
    return (left[:, count:] * singular[count:]) @ right[count:]


def subspaces(encoder_a, encoder_b, codes_a, codes_b):
    """Return the similarity of the spans of two encoders (g, h), and of their codes of the same cells (n, h) if any."""
    values = {"angles-encoder": _mean(principal_cosines(encoder_a, encoder_b))}
    if codes_a is None:
        return values
    values["angles-codes"] = _mean(principal_cosines(codes_a - codes_a.mean(axis=0), codes_b - codes_b.mean(axis=0)))
    return values | codes_cka(codes_a, codes_b)


def codes_cka(codes_a, codes_b):
    """Return the linear CKA of two codes of the same cells, whole and without leading axes (`LEFT_OUT`).

    NaN where h leaves no axis over.
    """
    values = {}
    for quantity, count in LEFT_OUT.items():
        enough = min(codes_a.shape[1], codes_b.shape[1]) > count
        pair = (without_leading(codes, count) for codes in (codes_a, codes_b))
        values[quantity] = linear_cka(*pair) if enough else np.nan
    return values


def indicators(labels):
    """Return labels as 0 and 1, shape (n, labels); None with fewer than two. Cells without a label are zero."""
    labels = np.asarray(labels).astype(str)
    names = [name for name in np.unique(labels) if name]
    return np.stack([labels == name for name in names], axis=1).astype(np.float64) if len(names) > 1 else None


def _mean(values):
    return float(np.mean(values)) if len(values) else np.nan


# --- the table ------------------------------------------------------------------------------------------------------
def assess(encoder, seeds, codes, expression, draw_untrained, rng, labels=None, draws=DRAWS, networks=NETWORKS):
    """Compare the encoders of all pairs of seeds with each other and with nulls under the same matching.

    Parameters
    ----------
    encoder : array, shape (S, g, h)
        From ``encoder.npz``.
    seeds : sequence of int
    codes : array, shape (S, n_cells, h), or None
        The networks' codes of cells that are test cells of every seed.
    expression : array, shape (g,)
        Mean expression, for the matched null.
    draw_untrained : callable
        Takes a random generator; returns encoder (g, h) and codes (n_cells, h) or None, as `untrained` does.
    rng : numpy.random.Generator
    labels : array, shape (n_cells, labels), optional
        From `indicators`, of the same cells.
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
    codes = [None] * count_runs if codes is None else codes
    masks = [ends(weights, count) for weights in encoder]
    rows = []
    for a, b in combinations(range(count_runs), 2):
        values = overlap(masks[a], masks[b]) | subspaces(encoder[a], encoder[b], codes[a], codes[b])
        for quantity, value in values.items():
            rows.append(_row(quantity, "observed", [value], int(seeds[a]), int(seeds[b])))

    null = [overlap(random_ends(rng, n_genes, h, count), random_ends(rng, n_genes, h, count)) for _ in range(draws)]
    rows += _null_rows("random", null)

    bins = strata_of(expression, BINS)
    pairs = list(combinations(range(count_runs), 2))
    null = []
    for draw in range(draws):
        a, b = pairs[draw % len(pairs)]
        null.append(overlap(matched_ends(rng, masks[a], bins), matched_ends(rng, masks[b], bins)))
    rows += _null_rows("expression-matched", null)

    drawn = [draw_untrained(rng) for _ in range(networks)]
    masks = [ends(weights, count) for weights, _ in drawn]
    null = [
        overlap(masks[a], masks[b]) | subspaces(drawn[a][0], drawn[b][0], drawn[a][1], drawn[b][1])
        for a, b in combinations(range(networks), 2)
    ]
    rows += _null_rows("untrained", null)
    if labels is not None and codes[0] is not None:
        whole = [{"cka-codes": linear_cka(code, labels)} for code in codes]
        rows += _null_rows("labels", whole)
    return rows


def compare_seeds(job, arrays, network):
    """Assess the encoders of one trained job of the grid, and the codes of the test cells that all its seeds share.

    Parameters
    ----------
    job : deepae.benchmark.job.Job
    arrays : dict
        Of ``encoder.npz``: ``seeds``, ``encoder`` (S, g, h), ``test`` (S, n_test) and ``codes`` (S, n_test, h); a seed
        that failed is NaN and left out.
    network : deepae.methods.autoencoder.network.Network
        For the untrained null.
    """
    finite = np.isfinite(arrays["encoder"]).all(axis=(1, 2))
    encoder, seeds, tests = (arrays[name][finite] for name in ("encoder", "seeds", "test"))
    if len(seeds) < 2:
        return []
    shared = reduce(np.intersect1d, tests)
    cells = codes = labels = None
    if len(shared) > network.h:  # fewer are shared only where most cells train
        pairs = zip(arrays["codes"][finite], tests, strict=True)
        codes = np.stack([code[np.searchsorted(test, shared)] for code, test in pairs])
        cells = job.cells(shared, int(seeds[0]))
        labels = None if job.dataset.labels is None else indicators(job.dataset.labels[shared])
    expression = np.asarray(job.dataset.matrix.mean(axis=0), dtype=np.float64).ravel()
    rng = stream("stability", job.dataset.name, 0)
    return assess(encoder, seeds, codes, expression, lambda rng: untrained(rng, network, cells), rng, labels)


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
    return frame.reindex(columns=COLUMNS)
