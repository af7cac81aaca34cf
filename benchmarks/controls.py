"""Mean profile and PCA encoder on the paper's complete bundled data sets, first seed: figures anyone can check.

    python -m benchmarks.controls        (workflow/ on PYTHONPATH; a minute)

Expected for GSE84133, seed 943, h = 10: z-scores, mean PCC 0.6265, EM 4024.7, MAE 0.1291, PCA 0.9165, 2065.9, 0.0942;
raw values, mean PCC 0.5456, EM 50717, PCA 0.9954, 5805. For GSE102475, seed 702: z-scores, mean 0.8073, 605.3, 0.2218,
PCA (7 components) 0.8812, 487.0, 0.1952.
"""

from benchmarks import data
from deepae.benchmark.metrics import Scorer
from deepae.methods.base import Run
from deepae.methods.controls import PCA, Mean

H = 10


def scores(method, train, test, run):
    """Return PCC, EM and MAE of a method on the test cells."""
    model = method.fit(train.dense(), run)
    decoder, codes = method.decoder(model, run, H), method.encode(model, test, run, [H])[H]
    values = Scorer(test, spearman_limit=1).score(lambda where: decoder(codes[where])).values
    return values["pcc"], values["em"], values["mae"]


def main():
    """Print the table."""
    print("dataset", "normalization", "seed", "method", "pcc", "em", "mae", sep="\t")
    for name in ("GSE102475", "GSE84133"):
        seed = data.entries()[name]["seeds"][0]
        for normalization in ("zscore", "none"):
            train, test = data.split(name, normalization, seed)
            for method in (Mean(), PCA()):
                pcc, em, mae = scores(method, train, test, Run(name, seed))
                label = type(method).__name__.lower()
                print(name, normalization, seed, label, f"{pcc:.4f}", f"{em:.1f}", f"{mae:.4f}", sep="\t", flush=True)


if __name__ == "__main__":
    main()
