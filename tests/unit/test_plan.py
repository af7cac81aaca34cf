"""The plan of a run: seconds, memory and disk before anything is computed."""

import bz2
import dataclasses
import gzip
import os
import re
import zipfile

import anndata
import h5py
import numpy as np
import pytest
import scipy.sparse

from deepae.config import grid, plan, shapes
from deepae.config.architectures import weights
from deepae.config.plan import Cost, Costs, Machine, Shape
from deepae.config.shapes import shape_of
from deepae.data.own_data import LIMITS, own_data
from deepae.io.yaml_files import read_yaml

# Genes, training cells and seconds of an update: DeepAE4, h = 50, one thread of an idle machine.
MEASURED = [
    ("GSE102475", 6789, 8, 0.025),
    ("GSE48968", 10972, 28, 0.070),
    ("GSE69405", 57820, 10, 0.201),
    ("GSE52529", 47192, 18, 0.211),
    ("GSE84133", 14878, 94, 0.218),
    ("GSE60361", 19972, 150, 0.437),
    ("GSE65525", 24175, 135, 0.488),
]
ON_H100 = [(19972, 150, 11.05), (24175, 135, 13.04), (10972, 28, 4.41), (47192, 18, 16.60)]  # five seeds, 1000 updates


@pytest.mark.parametrize(("name", "genes", "n_train", "seconds"), MEASURED)
def test_an_update_takes_what_was_measured(name, genes, n_train, seconds):
    assert plan.update_seconds(weights("DeepAE4", genes, 50), n_train, Machine()) == pytest.approx(seconds, rel=0.08)


@pytest.mark.parametrize(("genes", "n_train", "seconds"), ON_H100)
def test_an_update_on_a_gpu_takes_what_was_measured(genes, n_train, seconds):
    size = weights("DeepAE4", genes, 50)
    assert 5000 * plan.update_seconds(size, n_train, Machine(), gpu=True) == pytest.approx(seconds, rel=0.15)


@pytest.fixture(scope="module")
def paper(root):
    config = read_yaml(root / "config/config.yaml") | read_yaml(root / "config/paper.yaml")
    return grid.load(config, lambda path: root / path)


def jobs_of(planned):
    """The grid's jobs as (rule, wildcards)."""
    jobs = [("ingest", {"dataset": name}) for name in planned.datasets()]
    for job in planned.jobs.values():
        wildcards = {"dataset": job.dataset, "normalization": job.normalization, "method": job.method}
        jobs.append(
            ("evaluate", wildcards) if job.measurements is None else ("train", wildcards | {"h": job.measurements})
        )
    return jobs


def shapes_of(planned, root):
    return lambda name: shape_of(planned.catalogue[name], "nowhere.h5ad", [])


def test_the_papers_plan_is_that_of_the_rehearsal(paper, root):
    """Measured: 48 to 51 core-hours, 44 to 47 of them training."""
    costs = Costs(paper, shapes_of(paper, root))
    found = [(rule, costs.of(rule, wildcards)) for rule, wildcards in jobs_of(paper)]
    training = sum(cost.seconds for rule, cost in found if rule == "train") / 3600
    assert 44 / 1.5 < training < 47 * 1.5
    assert 48 / 1.5 < sum(cost.seconds for _, cost in found) / 3600 < 51 * 1.5
    machine = Machine(cores=16, memory=64_000)
    hours = plan.finish([(plan.STAGES[rule], cost) for rule, cost in found], 16, machine.memory)[0] / 3600
    assert 2 < hours < 6
    said = plan.describe(jobs_of(paper), costs, Machine(cores=1, memory=1000, disk=10))
    assert any("longest" in line for line in said)
    assert any("largest arrays: weights and their moments" in line for line in said)
    assert any(re.search(r"disk    \d\.\d GB of results, \d\.\d GB of it saved models", line) for line in said)
    assert sum("note" in line for line in said) == 3, "too little memory, too little disk, and too long"


@pytest.mark.parametrize(("name", "measured"), [("GSE69405", 2228), ("GSE65525", 1489)])
def test_memory_of_a_training_is_what_was_measured(paper, root, name, measured):
    """benchmarks/memory.py --seeds: five seeds at h = 50."""
    wildcards = {"dataset": name, "normalization": "zscore", "method": "deepae", "h": 50}
    cost = Costs(paper, shapes_of(paper, root)).of("train", wildcards)
    assert measured * 0.95 < cost.memory < measured * 1.5


def test_a_network_of_another_job_costs_only_its_scores(root):
    config = read_yaml(root / "config/config.yaml") | read_yaml(root / "config/contest.yaml")
    contest = grid.load(config, lambda path: root / path)
    costs = Costs(contest, lambda name: Shape(163, 6789))
    source, scored, alone = (
        costs.of("train", {"job": f"GSE102475/zscore/{name}/h10"}) for name in ("deepae", "deepae.snr2", "linear-ae")
    )
    assert scored.seconds < 0.1 * source.seconds
    assert scored.memory < source.memory
    assert source.disk - alone.disk == pytest.approx(3 * 4e-6 * weights("DeepAE4", 6789, 10), rel=0.01)


def test_jobs_run_side_by_side_as_far_as_cores_and_memory_allow():
    jobs = [(1, Cost(100, 1000))] * 8
    assert plan.finish(jobs, 1) == (800, 1)
    assert plan.finish(jobs, 4) == (pytest.approx(200 * plan.TOGETHER), 4)
    assert plan.finish(jobs, 8, memory=2500)[1] == 2
    assert plan.finish(jobs, 8, memory=10)[1] == 1, "a job that needs more than there is runs alone"
    assert plan.finish([(0, Cost(50, 1)), *jobs], 8)[0] == pytest.approx(150 * plan.TOGETHER)


def test_memory_that_is_free_and_speed_are_sane():
    machine = Machine.here(2, "results/that/does/not/exist")
    assert 500 <= machine.memory < 1e7
    assert machine.disk > 0
    assert 0.25 <= machine.memory_speed <= 4
    assert 0.25 <= machine.product_speed <= 4


def test_the_size_of_a_file_is_seen_at_a_glance(tmp_path):
    table = tmp_path / "cells.tsv"
    rows = ["gene\t" + "\t".join(f"c{i}" for i in range(40))]
    rows += [f"g{i}\t" + "\t".join("0" if j % 3 else "12" for j in range(40)) for i in range(900)]
    table.write_text("\n".join(rows) + "\n")
    by_genes = {"kind": "single-cell", "reader": {"layout": "genes-by-cells"}}
    found = shape_of(by_genes, tmp_path / "no.h5ad", [table])
    assert (found.cells, found.genes) == (40, pytest.approx(900, rel=0.05))
    folder = tmp_path / "10x"
    folder.mkdir()
    with gzip.open(folder / "matrix.mtx.gz", "wt") as file:
        file.write("%%MatrixMarket matrix coordinate integer general\n% made by hand\n300 50 1500\n1 1 1\n")
    found = shape_of({"kind": "single-cell", "reader": {"layout": "matrix-market"}}, tmp_path / "no.h5ad", [folder])
    assert found == Shape(50, 300, 0.1)
    sparse = scipy.sparse.random(20, 30, 0.5, "csr", np.float32, 0)
    anndata.AnnData(sparse).write_h5ad(tmp_path / "cells.h5ad")
    assert shape_of({"reader": {"layout": "h5ad"}}, "no.h5ad", [tmp_path / "cells.h5ad"]) == Shape(20, 30, 0.5)
    assert shape_of(by_genes, tmp_path / "cells.h5ad", [table]) == Shape(20, 30, 0.5), "what was ingested is known"
    with zipfile.ZipFile(tmp_path / "cells.csv.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.write(table, "cells.tsv")
    assert shape_of(by_genes, "no.h5ad", [tmp_path / "cells.csv.zip"]) is None, "unknown, not a guess"
    with h5py.File(tmp_path / "10x.h5", "w") as file:
        file["matrix/shape"], file["matrix/data"] = [300, 50], np.zeros(1500)
    assert shape_of({"reader": {"layout": "10x-h5"}}, "no.h5ad", [tmp_path / "10x.h5"]) == Shape(50, 300, 0.1)
    series = tmp_path / "series_matrix.txt"
    for long in (1, 20_000):  # the table may begin beyond the first megabyte
        notes = "".join(f'!Sample_note_{i}\t"{"x" * long}"\n' for i in range(90))
        series.write_text(f"{notes}!series_matrix_table_begin\n" + table.read_text() + "!series_matrix_table_end\n")
        found = shape_of({"reader": {"layout": "series-matrix"}}, "no.h5ad", [series])
        assert (found.cells, found.genes) == (40, pytest.approx(900, rel=0.05))
    (tmp_path / "noise.fcs").write_bytes(bytes(range(256)))
    assert shape_of({"reader": {"layout": "fcs"}}, "no.h5ad", [tmp_path / "noise.fcs"]) is None
    assert shape_of(by_genes, "no.h5ad", [tmp_path / "absent.tsv"]) is None
    os.mkfifo(tmp_path / "pipe")  # nobody writes into it: to open it is to wait for ever
    with h5py.File(tmp_path / "linked.h5ad", "w") as file:
        file["X"] = file["matrix"] = h5py.ExternalLink(str(tmp_path / "pipe"), "/X")
    for layout in ("h5ad", "10x-h5"):
        assert shape_of({"reader": {"layout": layout}}, "no.h5ad", [tmp_path / "linked.h5ad"]) is None
    for number, (names, size) in enumerate(
        [(("matrix.mtx", "barcodes.tsv"), "50 300"), (("cells_x_genes.mtx", "cells_x_genes.barcodes.txt"), "50 300")]
    ):
        folder = tmp_path / f"cells-in-rows-{number}"
        folder.mkdir()
        (folder / names[0]).write_text(f"%%MatrixMarket matrix coordinate integer general\n{size} 1500\n")
        (folder / f"._{names[0]}").write_bytes(b"\0\5\x16\7")
        (folder / names[1]).write_text("".join(f"cell{i}\n" for i in range(50)))
        assert shape_of({"reader": {"layout": "matrix-market"}}, "no.h5ad", [folder]) == Shape(50, 300, 0.1)


@pytest.mark.parametrize("density", [0.01, 0.5])
@pytest.mark.parametrize("pack", [gzip, bz2])
def test_the_cells_of_a_packed_table_are_counted_whatever_its_zeros(tmp_path, monkeypatch, density, pack):
    monkeypatch.setattr(shapes, "SAMPLE", 1 << 15)
    random = np.random.default_rng(1)
    counts = (random.random((3000, 800)) < density) * random.integers(1, 40, (3000, 800))
    rows = ["cell\t" + "\t".join(f"g{i}" for i in range(800))]
    rows += [f"c{i}\t" + "\t".join(map(str, row)) for i, row in enumerate(counts)]
    path = tmp_path / f"cells.tsv.{'gz' if pack is gzip else 'bz2'}"
    path.write_bytes(pack.compress("\n".join(rows).encode()))
    assert path.stat().st_size > 2 * shapes.SAMPLE, "only a part is looked at"
    found = shape_of({"reader": {"layout": "cells-by-genes"}}, "no.h5ad", [path])
    assert (found.cells, found.genes) == (pytest.approx(3000, rel=0.25), 800)


def test_own_data_of_many_cells_has_a_default_that_ends(tmp_path, root):
    """100 000 x 20 000, 5 % dense: within the two hours on two cores that the default promises, and 6 GB."""
    path = tmp_path / "many.h5ad"
    with h5py.File(path, "w") as file:  # what a plan looks at: the shape, and how many values are stored
        file.create_group("X").attrs["shape"] = (100_000, 20_000)
        file["X"].create_dataset("data", 100_000 * 1000, np.float32, chunks=True)
    config = read_yaml(root / "config/config.yaml")

    def load(**more):
        planned = grid.load(config | {"data": str(path)} | more, lambda name: root / name, own_data)
        (dataset,) = planned.datasets()
        shape = shape_of(planned.catalogue[dataset], "", [path])
        assert shape == Shape(100_000, 20_000, 0.05)
        return planned, Costs(planned, lambda name: shape)

    planned, costs = load()
    block = next(iter(planned.blocks.values()))
    assert {"snmf-short", "snmf-short-corrected"} < set(block.methods)
    assert not {"snmf", "snmf-corrected"} & set(block.methods)
    assert costs.n_train(Shape(100_000, 20_000)) == 200
    assert len(planned.said) == 1
    assert "split={fraction: 0.05}" in planned.said[0]
    found = [(plan.STAGES[rule], costs.of(rule, wildcards)) for rule, wildcards in jobs_of(planned)]
    assert plan.finish(found, 2, 6000)[0] < 2 * 3600
    assert max(cost.memory for _, cost in found) < 6000
    planned, costs = load(split={"fraction": 0.05})
    assert costs.n_train(Shape(100_000, 20_000)) == 5000
    found = [(plan.STAGES[rule], costs.of(rule, wildcards)) for rule, wildcards in jobs_of(planned)]
    assert plan.finish(found, 2)[0] > 24 * 3600, "the paper's share takes days, and the plan says what to change"
    lines = plan.describe(jobs_of(planned), costs, Machine(cores=2))
    assert any("`split`" in line for line in lines)


def test_a_matrix_that_stays_on_disk_takes_no_memory(paper):
    """A million cells x 20 000 genes, 5 % dense: 8 GB on disk."""
    limited = dataclasses.replace(paper, config=paper.config | {"split": LIMITS})
    costs = Costs(limited, lambda name: Shape(1_000_000, 20_000, 0.05))
    wildcards = {"dataset": "GSE60361", "normalization": "zscore", "method": "mean"}
    assert costs.of("evaluate", wildcards).memory < 4000
    assert costs.of("ingest", wildcards).disk == pytest.approx(8000)
