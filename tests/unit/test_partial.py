"""What `partial` draws of saved models when some data sets are not there yet."""

import numpy as np
import pytest

from deepae.report import partial


@pytest.fixture
def drawn(monkeypatch):
    """The data sets and titles of the figures that were asked for."""
    found = []
    monkeypatch.setattr(
        partial.embedding, "make", lambda models, *rest: found.append(("8", [m["dataset"] for m in models], rest))
    )
    monkeypatch.setattr(
        partial.figure_9, "make", lambda models, *rest: found.append(("9", [m["dataset"] for m in models], rest))
    )
    return found


def files(folder, name, *datasets):
    return [str(folder / dataset / name) for dataset in datasets]


def test_data_sets_whose_files_are_there_are_drawn(tmp_path, drawn):
    models = [{"dataset": name} for name in ("A", "B")]
    clouds = {"stem": "figure-8", "title": "Figure 8", "models": models}
    clouds |= {"embeddings": files(tmp_path, "e.npz", "A", "B"), "tables": files(tmp_path, "n.tsv", "A", "B")}
    pathways = {"stem": "figure-9", "title": "Figure 9", "models": models}
    pathways |= {key: files(tmp_path, f"{key}.tsv", "A", "B") for key in ("key_genes", "tested", "control")}
    for name in ("e.npz", "n.tsv"):
        (tmp_path / "B").mkdir(exist_ok=True)
        (tmp_path / "B" / name).write_bytes(np.zeros(1).tobytes())
    lines = partial.draw_models([clouds], [pathways], [], tmp_path / "out")
    assert [(figure, names) for figure, names, _ in drawn] == [("8", ["B"])]  # of Figure 9 nothing is there
    assert drawn[0][2][:2] == (files(tmp_path, "e.npz", "B"), files(tmp_path, "n.tsv", "B"))
    assert lines == [f"drawn: {tmp_path / 'out/figures/figure-8.svg'} without A"]
