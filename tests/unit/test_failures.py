"""Only what a method says of itself becomes a failed row; anything else ends the job, and says where it arose."""

import math
from pathlib import Path

import numpy as np
import pytest
import toys

import deepae.methods
from deepae.benchmark import job as jobs
from deepae.benchmark.evaluate import evaluate
from deepae.benchmark.factorise import factorise
from deepae.benchmark.scoring import rows_text
from deepae.benchmark.train import train
from deepae.errors import MethodError
from deepae.io.scripting import logged
from deepae.methods.controls import PCA
from deepae.report import ending

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A stored data set of 40 cells x 12 genes."""
    rng = np.random.default_rng(1)
    return toys.write(tmp_path_factory.mktemp("stored") / "toy.h5ad", rng.poisson(rng.gamma(1, 4, (40, 12))))


def make_job(stored, method, **entry):
    entry = {"protocol": "published", "implementation": "controls:PCA", "needs": "cpu"} | entry
    job = jobs.Job(stored, "mine", entry, "zscore", {"split": {"fraction": 0.5}}, log=lambda line: None)
    job.method = method or job.method
    return job


class Faulty(PCA):
    """Raises an error in one step, of seed 2 or of h = 4."""

    def __init__(self, step, error):
        super().__init__()
        self.step, self.error = step, error

    def fail(self, step):
        if step == self.step:
            raise self.error

    def fit(self, train, run, h=None):
        if run.seed == 2:
            self.fail("fit")
        return super().fit(train, run, h)

    def encode(self, model, cells, run, measurements):
        if run.seed == 2:
            self.fail("encode")
        return super().encode(model, cells, run, measurements)

    def decoder(self, model, run, h):
        if (run.seed, h) == (2, 4):
            self.fail("decoder")
        made = super().decoder(model, run, h)

        def decode(codes):
            if (run.seed, h) == (2, 4):
                self.fail("decode")
            return made(codes)

        decode.nonzeros, decode.rank = made.nonzeros, made.rank
        return decode


RUNS = {2: [1, 2], 4: [1, 2]}
STEPS = {"fit": 2, "encode": 2, "decoder": 1, "decode": 1}  # and how many rows they concern


@pytest.mark.parametrize("step", STEPS)
def test_a_method_that_says_it_cannot_gives_failed_rows(stored, step):
    rows, cells = evaluate(make_job(stored, Faulty(step, MethodError("no module was left"))), RUNS)
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(rows) == 4
    assert len(failed) == STEPS[step]
    assert {(row["seed"], row["reason"], math.isnan(row["em"])) for row in failed} == {(2, "no module was left", True)}
    assert np.isnan(cells["sse"]).all(axis=2).sum() == STEPS[step]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "error", [ValueError("a defect"), ModuleNotFoundError("No module named 'spams'"), MemoryError()]
)
def test_any_other_error_ends_the_job_and_is_said_with_its_place(stored, tmp_path, capsys, step, error):
    job = make_job(stored, Faulty(step, error))
    with pytest.raises(SystemExit) as end, logged(tmp_path / "job.log"):
        evaluate(job, RUNS)
    assert end.value.code == 1
    line = capsys.readouterr().err.strip()
    assert line.startswith(f"deepae: unexpected {type(error).__name__}: mine on toy (zscore), seed 2")
    assert str(error) in line
    assert (tmp_path / "job.log").read_text().splitlines()[-1] == line


def test_a_factorisation_that_is_broken_ends_the_job(stored):
    with pytest.raises(ValueError, match="a defect"):
        factorise(make_job(stored, Faulty("fit", ValueError("a defect"))), [1, 2])


def test_more_measurements_than_genes_are_failed_rows(stored):
    job = make_job(stored, None, implementation="svd:SVD")
    rows, _ = evaluate(job, {13: [1, 2]})
    assert {(row["status"], "13" in row["reason"]) for row in rows} == {("failed", True)}


class Diverging:
    """A network whose second seed cannot be trained."""

    uses_h, caps_h, reads_counts = True, False, False

    def __init__(self, error):
        self.error = error

    def fit_many(self, trains, runs, h=None):
        for _, run in zip(trains, runs, strict=True):
            if run.seed == 2:
                raise self.error
            yield {"encoder": np.ones((12, h), dtype=np.float32)}, 1.0

    def encode(self, model, cells, run, measurements):
        return {h: cells.dense() @ model["encoder"] for h in measurements}

    def decoder(self, model, run, h):
        decode = lambda codes: codes @ model["encoder"].T  # noqa: E731
        decode.nonzeros = decode.rank = None
        return decode


def test_a_training_that_diverges_is_a_failed_row_between_others(stored):
    rows, _, encoder = train(make_job(stored, Diverging(MethodError("training diverged"))), 3, [1, 2, 3])
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert np.isnan(encoder["encoder"]).all(axis=(1, 2)).tolist() == [False, True, False]


def test_a_training_that_breaks_ends_the_job(stored):
    with pytest.raises(RuntimeError, match="CUDA") as error:
        train(make_job(stored, Diverging(RuntimeError("CUDA error"))), 3, [1, 2, 3])
    assert error.value.__notes__ == ["mine on toy (zscore), seed 2, h = 3"]


@pytest.fixture
def plugins(monkeypatch):
    monkeypatch.setattr(deepae.methods, "__path__", [*deepae.methods.__path__, str(PLUGINS)])


def test_a_second_network_trains_and_learns(stored, plugins):
    entry = {"implementation": "linear_network:LinearNetwork", "needs": "gpu", "parameters": {"iterations": 300}}
    rows, _, encoder = train(make_job(stored, None, **entry), 3, [1, 2])
    assert [row["status"] for row in rows] == ["ok", "ok"]
    zero, _ = evaluate(make_job(stored, None, implementation="controls:Zero"), {3: [1, 2]})
    assert all(row["em"] < other["em"] for row, other in zip(rows, zero, strict=True))
    assert np.isnan(encoder["encoder"]).all(), "it has no encoder product, and nothing is made up"


# The last lines of a run.


def test_failed_rows_are_counted_by_reason(stored, tmp_path):
    assert ending.failed_rows([tmp_path / "none.tsv"]) == "no row was computed"
    rows, _ = evaluate(make_job(stored, Faulty("fit", MethodError("singular"))), RUNS)
    (tmp_path / "a.tsv").write_text(rows_text(rows))
    rows, _ = evaluate(make_job(stored, None), RUNS)
    (tmp_path / "b.tsv").write_text(rows_text(rows))
    assert ending.failed_rows([tmp_path / "b.tsv"]) == "4 rows, none failed"
    assert ending.failed_rows([tmp_path / "a.tsv", tmp_path / "b.tsv"]) == "2 of 8 rows failed: singular (2)"
    lines = ["status\treason"] + [f"failed\treason {k}" for k in range(6)]
    (tmp_path / "c.tsv").write_text("\n".join(lines) + "\n")
    assert ending.failed_rows([tmp_path / "c.tsv"]).endswith("reason 3 (1); 2 other reasons (2)")


def test_what_stopped_is_the_first_error_of_this_run(tmp_path):
    for name, text in (("a/one.log", "12:00:00 said\ndeepae: first\n"), ("two.log", "said\n")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert ending.what_stopped(tmp_path, 0) == "first"
    (tmp_path / "three.log").write_text("deepae: second\n")
    assert ending.what_stopped(tmp_path, 0) == "2 jobs failed, the first of them: first"
    assert "above" in ending.what_stopped(tmp_path, 1e12), "logs of an earlier run do not count"
    assert "'no_such_package'" in ending.what_stopped(tmp_path, 1e12, ["json", "no_such_package"])


def test_missing_packages_are_found_without_importing_them():
    assert ending.not_installed(["json", "no_such_package", "numpy"]) == ["no_such_package"]
