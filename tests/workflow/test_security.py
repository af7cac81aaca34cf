"""Hostile inputs: nothing that is read runs code, nothing of a configuration reaches a shell, a refusal is one line."""

import os
import pickle
import zipfile

import numpy as np
import pytest
import toys
import yaml

from deepae.config import catalogue, genesets, grid, schema
from deepae.data import store
from deepae.enrichment.library import read_gmt
from deepae.errors import ConfigError, DataError
from deepae.io.files import load_npz
from deepae.methods.autoencoder import model as models


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def trap(tmp_path):
    """A path that code in a hostile file would make; checked at the end."""
    path = tmp_path / "hacked"
    yield path
    assert not path.exists()


def test_a_pickle_in_an_npz_is_refused(tmp_path, trap):
    array = np.empty(1, dtype=object)
    array[0] = Bomb(trap)
    np.savez(tmp_path / "x.npz", dictionary=array, sound=np.ones(3))
    with pytest.raises(DataError, match=r"x\.npz: not a readable npz") as refused:
        load_npz(tmp_path / "x.npz")
    assert "\n" not in str(refused.value)
    (tmp_path / "y.npz").write_bytes(pickle.dumps(Bomb(trap)))
    with pytest.raises(DataError, match=r"y\.npz: not a readable npz"):
        load_npz(tmp_path / "y.npz")
    with zipfile.ZipFile(tmp_path / "z.npz", "w") as archive:
        archive.writestr("seeds.npy", pickle.dumps(Bomb(trap)))
    with pytest.raises(DataError, match=r"z\.npz: not a readable npz"):
        load_npz(tmp_path / "z.npz")


def test_a_pickle_in_a_model_is_refused(tmp_path, trap):
    import torch

    torch.save({"weight_0": Bomb(trap)}, tmp_path / "torch.safetensors")
    (tmp_path / "plain.safetensors").write_bytes(pickle.dumps(Bomb(trap)))
    for name in ("torch", "plain"):
        with pytest.raises(DataError, match=rf"{name}\.safetensors: not a readable model") as refused:
            models.load(tmp_path / f"{name}.safetensors")
        assert "\n" not in str(refused.value)


def test_a_pickle_in_a_data_set_is_refused(tmp_path, trap):
    (tmp_path / "x.h5ad").write_bytes(pickle.dumps(Bomb(trap)))
    with pytest.raises(DataError, match=r"x\.h5ad: not a readable data set"):
        store.read(tmp_path / "x.h5ad")


@pytest.mark.parametrize("read", [grid.load_methods, catalogue.load, genesets.load_catalogue])
@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.mkdir [{path}]", "!!python/name:os.system", "!!python/object/new:os.mkdir [{path}]"],
)
def test_yaml_tags_make_nothing(tmp_path, trap, read, tag):
    file = tmp_path / "x.yaml"
    file.write_text(f"entry: {tag.format(path=trap)}\n")
    with pytest.raises(ConfigError, match=r"x\.yaml") as refused:
        read(file)
    assert "\n" not in str(refused.value)


def test_nested_aliases_do_not_fill_the_memory():
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    laughs = yaml.safe_load(text)["a11"]
    with pytest.raises(ConfigError, match="nested") as refused:
        schema.check({"results": laughs, "grid": []}, "config", "config")
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "content", [b"a\tb", b"\x00\x01\x02", b"x" * 100, b"\xff\xfe\t\t", b"t\t\t \t\n", b"t\td\tA\nt\td\tB\n"]
)
def test_a_hostile_gmt_is_refused(tmp_path, content):
    (tmp_path / "x.gmt").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.gmt") as refused:
        read_gmt(tmp_path / "x.gmt")
    assert "\n" not in str(refused.value)


def test_names_in_a_gmt_are_only_text(tmp_path, trap):
    names = [f'"; touch {trap}; "', f"$(touch {trap})", "<script>alert(1)</script>", "=CALL(1)", "../../x", "%s{0}"]
    (tmp_path / "x.gmt").write_text("".join(f"{name}\tdescription\tSox17\t{name}\n" for name in names))
    rows = read_gmt(tmp_path / "x.gmt")
    assert [row[3][1] for row in rows] == names


HOSTILE = ['x"; touch {trap}; "', "$(touch {trap})", "`touch {trap}`", "x\ntouch {trap}"]
HOSTILE += ["../{{x}}|", "-rf", "x'y", "ä"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_restricted(root, trap, name):
    name = name.format(trap=trap)
    config = yaml.safe_load((root / "tests/data/smallest.yaml").read_text()) | {"results": "results"}
    block = config["grid"][0]
    changes = [{"results": f"{name};" if name == "-rf" else name}, {"data": f"/{name};"}]
    changes += [
        {"grid": [block | {key: value}]} for key, value in (("name", name), ("datasets", [name]), ("methods", [name]))
    ]
    changes += [{"figures": [{"name": "figure-2", "block": "main", "variant": name}]}]
    changes += [{"models": [config["models"][0] | {"method": name}]}]
    for change in changes:
        with pytest.raises(ConfigError) as refused:
            grid.plan(config | change, {"tiny-yeast": {"seeds": [1, 2]}}, {"svd": {"needs": "cpu"}})
        assert "\n" not in str(refused.value)
    entry = catalogue.load(root / "tests/data/tiny-datasets.yaml")["tiny-yeast"]
    for table in ({name: entry}, {"x": entry | {"files": [{"name": name}]}}):
        with pytest.raises(ConfigError):
            schema.check(table, "datasets", "datasets.yaml")


def test_a_directory_of_any_name(project_at, tmp_path, trap):
    project = project_at(tmp_path / "a b; touch $(touch hacked) 'c' \"d\" & e")
    project.directory.mkdir()
    project.make("results/metrics/tiny-yeast/zscore/mean.tsv", config=("tests/data/smallest.yaml",))
    assert (project.results / "metrics/tiny-yeast/zscore/mean.tsv").exists()
    assert not list(tmp_path.rglob("hacked"))


def test_changed_values_of_a_data_set_are_noticed(tmp_path):
    import h5py

    values = np.arange(1.0, 4001.0).reshape(40, 100)
    toys.write(tmp_path / "x.h5ad", values)
    assert np.array_equal(store.read(tmp_path / "x.h5ad").matrix.toarray(), values)
    with h5py.File(tmp_path / "x.h5ad", "r+") as file:
        values = file["X/data"]
        values[2000] += 1
    with pytest.raises(DataError, match=r"x\.h5ad: .* do not have their checksum"):
        store.read(tmp_path / "x.h5ad")


def test_changed_weights_of_a_model_are_noticed(tmp_path):

    class Method:
        def parameters(self):
            return {"slope": 0.2, "linear_centre": False}

    weights = {"weight_0": np.ones((3, 2), np.float32), "bias_0": np.ones(2, np.float32)}
    weights |= {"weight_1": np.ones((2, 3), np.float32), "bias_1": np.ones(3, np.float32), "iterations": 1}
    path = tmp_path / "x.safetensors"
    models.save(path, weights, toys.dataset(np.ones((2, 3))), "none", "x", Method(), 2, 1)
    assert models.load(path).h == 2
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.safetensors: .* do not have their checksum"):
        models.load(path)
