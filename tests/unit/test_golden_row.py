"""One row of the table for DeepAE, to every digit that a machine may promise.

GSE102475, z-scores, h = 10, seed 702, the published architecture and loss, 8 updates instead of 1000. The golden
values come from a loop of 15 lines in plain torch (`plain_torch`), which knows nothing of ours but the initial weights.
Tolerance: 1e-4 relative. Plain torch, which adds in another order, agrees to 3e-7; another slope, loss, centre layer or
form of Adam moves PCC by 7 % or more.
"""

import numpy as np
import pytest
import torch
import yaml

from deepae.benchmark.job import Job
from deepae.benchmark.metrics import Scorer
from deepae.benchmark.train import train
from deepae.config import catalogue
from deepae.data import store
from deepae.data.ingest import ingest

UPDATES, H, SEED = 8, 10, 702
GOLDEN = {
    "pcc": 0.22227829,
    "spearman": 0.1913909,
    "em": 1024.797,
    "mae": 0.34246106,
    "mse": 0.99801762,
    "pcc_cell": 0.22209941,
    "pcc_gene": 0.031811009,
}


@pytest.fixture(scope="module")
def job(root, tmp_path_factory):
    """The training job, as the rule makes it."""
    path = tmp_path_factory.mktemp("data") / "GSE102475.h5ad"
    entry = catalogue.load(root / "config/datasets.yaml")["GSE102475"]
    store.write(path, ingest(entry, name="GSE102475", root=root))
    deepae = yaml.safe_load((root / "config/methods.yaml").read_text())["deepae"]
    return Job(path, "deepae", deepae, "zscore", iterations=UPDATES, log=lambda line: None)


def plain_torch(job):
    """Return the metrics of the same run, trained by autograd and `torch.optim.Adam`."""
    split = job.split(SEED)
    cells, test = job.cells(split.train, SEED).dense(), job.cells(split.test, SEED)
    network = job.method.network(cells.shape[1], H)
    weights = [
        torch.tensor(weight, requires_grad=True) for weight in job.method.initial_weights(network, job.run(SEED))
    ]
    biases = [torch.zeros(weight.shape[1], requires_grad=True) for weight in weights]
    adam = torch.optim.Adam([*weights, *biases], lr=1e-4, betas=(0.9, 0.999), eps=1e-8)

    def forward(values):
        for weight, bias in zip(weights, biases, strict=True):
            values = torch.nn.functional.leaky_relu(values @ weight + bias, 0.2)
        return values

    inputs = torch.tensor(cells)
    for _ in range(UPDATES):
        adam.zero_grad()
        (forward(inputs) - inputs).abs().mean().backward()
        adam.step()
    with torch.no_grad():
        found = forward(torch.tensor(test.dense())).numpy()
    return Scorer(test).score(lambda where: found[where]).values


def test_the_row_of_deepae_is_golden(job):
    rows, cells, encoder = train(job, H, [SEED])
    (row,) = rows
    assert (row["n_train"], row["n_test"], row["n_genes"], row["status"]) == (8, 155, 6789, "ok")
    assert {name: row[name] for name in GOLDEN} == pytest.approx(GOLDEN, rel=1e-4)
    assert np.sqrt(cells["sse"].sum()) == pytest.approx(GOLDEN["em"], rel=1e-4)
    assert encoder["encoder"].shape == (1, 6789, H)


def test_the_golden_values_are_those_of_plain_torch(job):
    found = plain_torch(job)
    assert {name: found[name] for name in GOLDEN} == pytest.approx(GOLDEN, rel=1e-4)
