"""The comparison of two results folders finds what was changed, and nothing else."""

import shutil

import pandas as pd
import pytest

from benchmarks import compare
from deepae.figures import style

METRICS = pd.DataFrame(
    {"dataset": ["A", "A"], "method": ["svd", "pca"], "seed": [1, 1], "pcc": [0.5, 0.25], "fit_seconds": [1.0, 2.0]}
)


def bars(path, heights):
    figure = style.new(3, 2)
    axes = figure.add_axes([0.1, 0.1, 0.8, 0.8])
    for name, bar in zip("ab", axes.bar([0, 1], heights), strict=True):
        bar.set_gid(f"bar:{name}:10")
    axes.set_ylim(0, 1)
    style.save(figure, [path])


@pytest.fixture
def folders(tmp_path):
    for name in ("tables", "figures"):
        (tmp_path / "before" / name).mkdir(parents=True)
    METRICS.to_csv(tmp_path / "before/tables/metrics.tsv", sep="\t", index=False)
    bars(tmp_path / "before/figures/figure-2.svg", [0.5, 0.25])
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    return tmp_path / "before", tmp_path / "after"


def test_equal_folders_are_equal_whatever_the_times_and_the_order(folders, capsys):
    METRICS.assign(fit_seconds=9.0)[::-1].to_csv(folders[1] / "tables/metrics.tsv", sep="\t", index=False)
    assert compare.main([*map(str, folders)]) == 0
    assert "2 files, 0 with differences" in capsys.readouterr().out


def test_a_changed_digit_a_lost_row_and_a_moved_bar_are_found(folders):
    METRICS.assign(pcc=[0.5, 0.2500001])[1:].to_csv(folders[1] / "tables/metrics.tsv", sep="\t", index=False)
    bars(folders[1] / "figures/figure-2.svg", [0.5, 0.26])
    found = compare.compare(*folders)
    digit = "column pcc: 1 of 1 rows differ, by up to 4.0e-07 of the value"
    assert found["tables/metrics.tsv"] == ["1 rows only before", digit]
    assert found["figures/figure-2.svg"] == ["1 of 2 drawings differ, first bar:b:10"]
    (folders[1] / "figures/figure-2.svg").unlink()
    assert compare.compare(*folders)["figures/figure-2.svg"] == ["only before"]
