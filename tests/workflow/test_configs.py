"""Configurations changed at random: a valid plan or one clear line, in process and on the command line alike."""

from pathlib import Path

from tests.fuzz import fuzz_configs


def test_random_configurations(tmp_path, monkeypatch):
    monkeypatch.chdir(Path.cwd())  # the run changes the directory
    assert fuzz_configs.run(count=300, real=4, seed=2, folder=tmp_path) == []


def test_the_changes_reach_plans_and_refusals():
    kinds = [fuzz_configs.verdict(fuzz_configs.mutated(2, number))[0] for number in range(60)]
    assert {"plan", "refused", "not read"} == set(kinds)


def test_figures_ask_for_what_they_read(root, monkeypatch):
    monkeypatch.chdir(root)
    config = fuzz_configs.parsed("tests/data/smallest.yaml")
    both, more = ("grid", "models"), {"measurements": [20]}

    def of(name, dataset):
        return {"name": name, "datasets": [dataset]}

    cases = {
        "figures[0]: figure-2: key 'block' is missing": {"figures": [{"name": "figure-2"}]},
        "tables[0]: table-3: key 'block' is missing": {"tables": [{"name": "table-3"}]},
        "unknown dataset 'tiny-yaest', did you mean 'tiny-yeast'?": {"figures": [of("figure-9", "tiny-yaest")]},
        "models[0]: measurements: found 20, models are saved up to 10": {key: [config[key][0] | more] for key in both},
        "figure-8: no saved model of tiny-mouse": {"figures": [of("figure-8", "tiny-mouse")]},
        "figure-5: no saved model of tiny-yeast": {"figures": [{"name": "figure-5", "block": "main"}], "models": []},
    }
    for message, change in cases.items():
        kind, found = fuzz_configs.verdict(fuzz_configs.yaml.safe_dump(config | change))
        assert kind == "refused"
        assert message in found
