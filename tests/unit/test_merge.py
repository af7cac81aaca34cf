"""Merging: text passes unchanged, a table that was changed by hand is refused."""

import pytest

from deepae.benchmark import merge
from deepae.benchmark.columns import COLUMNS
from deepae.benchmark.scoring import write_job
from deepae.errors import DataError


def cell(folder, method, seed, pcc, seconds=1.5):
    row = dict.fromkeys(COLUMNS) | {"dataset": "A", "method": method, "measurements": 10}
    row |= {"seed": seed, "pcc": pcc, "fit_seconds": seconds}
    write_job(folder / f"{method}.tsv", folder / f"{method}.cells.npz", [row], {})
    return folder / f"{method}.tsv"


@pytest.fixture
def tables(tmp_path):
    return [cell(tmp_path, "svd", 1, 0.1 + 0.2), cell(tmp_path, "v1.2", 2, float("nan"))]


def test_every_digit_passes(tables, tmp_path):
    merge.merge(tables, tmp_path / "all.tsv")
    rows = merge.read_rows(tmp_path / "all.tsv")
    assert [(row["method"], row["pcc"]) for row in rows] == [("svd", "0.30000000000000004"), ("v1.2", "NaN")]
    merge.check_table(tmp_path / "all.tsv", tables)


def test_a_block_keeps_its_rows(tables, tmp_path):
    merge.merge(tables, tmp_path / "block.tsv", keep=lambda row: merge.in_block(row, [10], {"A": [2]}))
    assert [row["seed"] for row in merge.read_rows(tmp_path / "block.tsv")] == ["2"]
    with pytest.raises(DataError, match=r"block\.tsv: not what merging"):
        merge.check_table(tmp_path / "block.tsv", tables)


def test_a_cell_that_was_edited_is_named(tables, tmp_path):
    tables[0].write_text(tables[0].read_text().replace("0.3", "0.9"))
    with pytest.raises(DataError, match=r"svd.tsv: not the table that its job wrote, was it edited\? Remove it"):
        merge.merge(tables, tmp_path / "all.tsv")
    assert not (tmp_path / "all.tsv").exists()


def test_the_errors_beside_a_table_do_not_depend_on_times(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = cell(tmp_path, "svd", 1, 0.5), cell(tmp_path / "other", "svd", 1, 0.5, seconds=2.5)
    assert one.read_bytes() != other.read_bytes()
    assert one.with_suffix(".cells.npz").read_bytes() == other.with_suffix(".cells.npz").read_bytes()


def test_a_merged_table_that_was_edited_is_named(tables, tmp_path):
    table = tmp_path / "all.tsv"
    merge.merge(tables, table)
    table.write_text(table.read_text().replace("0.3", "0.9"))
    with pytest.raises(DataError, match=r"all\.tsv: not what merging its jobs' tables makes"):
        merge.check_table(table, tables)
