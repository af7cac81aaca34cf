"""Key genes of a key dimension (the paper: "top 10 % highest weights"): three rankings of all genes for a central unit.

`path` ranks by the product of the encoder's weight matrices, `released` walks the network as the authors' program does,
`decoder-impulse` looks at what a unit activation decodes to, as their program did before December 2019.
"""

import numpy as np

from deepae.errors import DataError

COLUMNS = """
ranking normalization method measurements seed dimension rank position gene_id symbol weight
""".split()


def tenth(size, up=False):
    """Return a tenth of `size`, rounded down or `up`, in whole numbers: ``ceil(0.1 * 30)`` is 4 in floating point."""
    return -(-size // 10) if up else size // 10


def strata_of(expression, count):
    """Return the stratum of each gene by rank of mean expression: `count` of nearly equal size, int array (g,)."""
    rank = np.empty(len(expression), dtype=np.int64)
    rank[np.argsort(expression, kind="stable")] = np.arange(len(expression))
    return rank * count // max(len(expression), 1)


def permutation(generator, strata):
    """Return a random permutation of the genes that leaves every gene in its stratum.

    Parameters
    ----------
    generator : numpy.random.Generator
    strata : int array, shape (g,)
        All the same: a free permutation.

    Returns
    -------
    numpy.ndarray of int64, shape (g,)
        The gene whose label each gene gets.
    """
    places = np.argsort(strata, kind="stable")
    result = np.empty(len(strata), dtype=np.int64)
    result[places] = np.lexsort((generator.random(len(strata)), strata))
    return result


def key_count(n_genes):
    """Return how many genes are key genes of a dimension: ``floor(0.1 * n_genes)``; `DataError` if that is none."""
    count = tenth(n_genes)
    if not count:
        raise DataError(
            f"{n_genes} genes are too few for key genes: the top 10 % of them is empty, expected 10 or more"
        )
    return count


def top(weights, count):
    """Return the positions of the `count` largest weights of each column, largest first; ties keep the genes' order.

    Parameters
    ----------
    weights : array, shape (g, h)
    count : int

    Returns
    -------
    numpy.ndarray of int64, shape (count, h)
    """
    return np.argsort(-np.asarray(weights), axis=0, kind="stable")[:count]


def path(encoder):
    """Rank by the product of the encoder's weights, descending (default).

    Parameters
    ----------
    encoder : array, shape (g, h)
        ``W1 @ W2 @ ...`` from the genes to the central layer.

    Returns
    -------
    positions : numpy.ndarray of int64, shape (floor(g / 10), h)
        Genes of each dimension, first rank first.
    weights : numpy.ndarray, same shape
        Their entries of the product.
    """
    positions = top(encoder, key_count(len(encoder)))
    return positions, np.take_along_axis(np.asarray(encoder), positions, axis=0)


def released(weights):
    """Rank as the authors' released program: from a central unit back to the genes along the largest signed weights.

    A central unit takes a tenth (floor) of the layer before it, and all of these are followed. Each followed unit takes
    a tenth of the layer before its own; the units taken are ranked by how often they were, ties by first appearance,
    and the first tenth (floor) of the distinct ones is followed. So on to the genes, which are ranked in the same
    way. The tenth is rounded down, but up in the second layer from the centre (DeepAE4: 25 of 256, 64 of 640, 128 of
    1280, floor(g / 10) genes). At least one unit is always taken and followed; the program needs no such guard at its
    own sizes.

    Parameters
    ----------
    weights : sequence of array
        The encoder's weight matrices in the order of the data, shapes (g, a), (a, b), ..., (z, h).

    Returns
    -------
    positions, counts : numpy.ndarray of int64, shape (floor(g / 10), h)
        Genes of each dimension, first rank first, and how many followed units took them.
    """
    layers = [np.asarray(matrix) for matrix in weights]
    n_genes, h = layers[0].shape[0], layers[-1].shape[1]
    count = key_count(n_genes)
    ranked = _ranked_inputs(layers)
    columns = [_walk(ranked, unit, count) for unit in range(h)]
    positions, counts = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    return positions, counts


def _ranked_inputs(layers):
    """Return, from the centre to the genes, the inputs that a unit of each layer takes, largest weight first."""
    ranked = []
    for depth, matrix in enumerate(reversed(layers)):
        reaches_genes = depth == len(layers) - 1
        taken = tenth(len(matrix), up=depth == 1 and not reaches_genes)
        ranked.append(top(matrix, max(1, taken)))
    return ranked


def _walk(ranked, unit, count):
    """Walk from one central unit to its genes; return their positions and counts, both of length `count`."""
    followed = np.array([unit])
    for depth, taken in enumerate(ranked):
        units, counts = by_count(taken[:, followed].T.ravel())
        reaches_genes = depth == len(ranked) - 1
        if reaches_genes:
            return units[:count], counts[:count]
        followed = units if depth == 0 else units[: max(1, tenth(len(units)))]
    raise AssertionError("a network has at least one layer")


def by_count(values):
    """Return the distinct values by how often they occur, ties by first appearance; and the counts."""
    distinct, first, counts = np.unique(values, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    return distinct[order], counts[order]


def decoder_impulse(decode, h):
    """Rank by what a unit activation of one dimension decodes to, biases kept (the program before December 2019).

    Parameters
    ----------
    decode : callable
        Codes of shape (n, h) to expression of shape (n, g).
    h : int

    Returns
    -------
    positions : numpy.ndarray of int64, shape (floor(g / 10), h)
    outputs : numpy.ndarray, same shape
        Decoded expression in the normalised unit.
    """
    output = np.asarray(decode(np.eye(h, dtype=np.float32))).T
    positions = top(output, key_count(len(output)))
    return positions, np.take_along_axis(output, positions, axis=0)


def table(ranking, positions, weights, genes, symbols, *, normalization, method, measurements, seed):
    """Return the key genes of one ranking as a frame with `COLUMNS`; dimensions and ranks count from 1.

    Parameters
    ----------
    positions, weights : array, shape (count, h)
    genes, symbols : array of str, shape (g,)
        In the data set's order.
    """
    import pandas as pd

    count, h = positions.shape
    flat = positions.T.ravel()
    frame = pd.DataFrame(
        {
            "dimension": np.repeat(np.arange(1, h + 1), count),
            "rank": np.tile(np.arange(1, count + 1), h),
            "position": flat,
            "gene_id": np.asarray(genes)[flat],
            "symbol": np.asarray(symbols)[flat],
            "weight": np.asarray(weights).T.ravel(),
        }
    )
    frame = frame.assign(
        ranking=ranking, normalization=normalization, method=method, measurements=int(measurements), seed=int(seed)
    )
    return frame[COLUMNS]


def first(key_genes):
    """Return the first tenth of the key genes of each dimension, ranking and seed, at least ten: for readers.

    Parameters
    ----------
    key_genes : pandas.DataFrame
        From `rank_all`.
    """
    by = ["ranking", "normalization", "method", "measurements", "seed", "dimension"]
    most = key_genes.groupby(by)["rank"].transform("max")
    return key_genes[key_genes["rank"] <= (most // 10).clip(lower=10)]


def rank_all(dataset, runs):
    """Return the key genes of a data set in all rankings, as one frame with `COLUMNS`.

    `path` is there for every seed of `runs`, the others for the seed of the kept model; that seed comes first.

    Parameters
    ----------
    dataset : deepae.data.store.Dataset
    runs : sequence of (str, str, int, dict, deepae.methods.autoencoder.model.Model)
        Normalisation, method, h, the arrays of ``encoder.npz`` and the kept model of each.

    Raises
    ------
    DataError
        If a file belongs to another number of genes, or the top 10 % of the genes are none.
    """
    import pandas as pd

    parts = []
    for normalization, method, h, arrays, model in runs:
        if arrays["encoder"].shape[1:] != (dataset.n_genes, h):
            raise DataError(
                f"{dataset.name}, {normalization}, {method}: the encoder is for {arrays['encoder'].shape[1:]} genes "
                f"and dimensions, expected {(dataset.n_genes, h)}; remove its file and run again"
            )
        names = {"normalization": normalization, "method": method, "measurements": h}
        found = [
            ("path", int(seed), path(encoder))
            for seed, encoder in zip(arrays["seeds"], arrays["encoder"], strict=True)
            if np.isfinite(encoder).all()  # a seed that failed is NaN
        ]
        found.sort(key=lambda item: item[1] != model.seed)
        found.append(("released", model.seed, released(model.encoder_weights)))
        found.append(("decoder-impulse", model.seed, decoder_impulse(model.decode, h)))
        for ranking, seed, (positions, weights) in found:
            parts.append(table(ranking, positions, weights, dataset.genes, dataset.symbols, seed=seed, **names))
    return pd.concat(parts, ignore_index=True)
