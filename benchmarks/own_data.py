"""An h5ad of clustered counts with mouse symbols, for the whole own-data default on many cells (docs/speed.md).

python -m benchmarks.own_data cells.h5ad --cells 100000
snakemake --cores 2 --config data=cells.h5ad results=results/large organism=mouse
"""

import argparse

import anndata
import numpy as np
import pandas as pd
import scipy.sparse

from deepae.data import gene_ids

GENES, DENSITY, CLUSTERS, AT_ONCE = 20_000, 0.05, 12, 1_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--cells", type=int, default=100_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    genes = sorted(gene_ids.load_table("mouse", ".").symbols)[:GENES]
    rates = rng.gamma(0.3, 1.0, len(genes)) * np.exp(rng.normal(0, 0.7, (CLUSTERS, len(genes))))
    rates = np.minimum(rates * DENSITY * len(genes) / rates.sum(axis=1, keepdims=True), 0.95)
    labels = rng.integers(CLUSTERS, size=options.cells)
    parts = []
    for start in range(0, options.cells, AT_ONCE):
        chances = rates[labels[start : start + AT_ONCE]]
        rows, columns = np.nonzero(rng.random(chances.shape) < chances)
        values = 1 + rng.poisson(6 * chances[rows, columns])
        parts.append(scipy.sparse.csr_matrix((values.astype(np.float32), (rows, columns)), shape=chances.shape))
    obs = pd.DataFrame(
        {"cluster": pd.Categorical([f"cluster {label}" for label in labels])},
        index=[f"cell_{position}" for position in range(options.cells)],
    )
    cells = anndata.AnnData(scipy.sparse.vstack(parts, format="csr"), obs=obs, var=pd.DataFrame(index=genes))
    cells.write_h5ad(options.path)


if __name__ == "__main__":
    main()
