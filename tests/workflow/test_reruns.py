"""Reruns follow meaning: comments rerun nothing, an edited method its own cells, an edited split the whole grid."""

import re


def planned(project, *arguments):
    """Rule -> list of (wildcards as text) of the jobs a dry-run would run."""
    done = project.snakemake("--dry-run", *arguments)
    assert done.returncode == 0, done.stdout[-3000:]
    jobs = {}
    for block in re.split(r"\n(?=(?:local)?rule )", done.stdout):
        name = re.match(r"(?:local)?rule (\w+):", block)
        if name:
            wildcards = re.search(r"wildcards: (.*)", block)
            jobs.setdefault(name[1], []).append(wildcards[1] if wildcards else "")
    return jobs


def edit(project, path, old, new):
    file = project.root / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_comments_and_docstrings_rerun_nothing(copied):
    assert planned(copied) == {}
    package = copied.root / "workflow" / "deepae"
    for path in package.rglob("*.py"):
        text = path.read_text()
        if text.startswith('"""'):
            text = '"""Another docstring. ' + text[3:]
        path.write_text(text + "\n# a comment\n")
    assert planned(copied) == {}


def test_an_edit_of_a_method_reruns_it_and_what_follows(copied):
    file = copied.root / "workflow/deepae/methods/nmf.py"
    file.write_text(file.read_text() + "\n\nANSWER = 42\n")
    jobs = planned(copied)
    assert {re.search(r"method=([\w-]+)", text)[1] for text in jobs["factorise"]} == {"snmf"}
    assert {re.search(r"method=([\w-]+)", text)[1] for text in jobs["evaluate"]} == {"snmf", "snmf-corrected"}
    assert not {"train", "train_model", "ingest"} & set(jobs)
    assert {"merge", "merge_block", "statistics", "figure_2"} <= set(jobs)


def test_an_edit_of_the_split_reruns_the_whole_grid(copied):
    file = copied.root / "workflow/deepae/data/split.py"
    file.write_text(file.read_text() + "\n\nANSWER = 42\n")
    jobs = planned(copied)
    grid = {name: len(jobs.get(name, [])) for name in ("factorise", "evaluate", "train", "train_model")}
    assert grid == {"factorise": 5 * 2 + 1, "evaluate": 12 * 2 + 3 + 6, "train": 7, "train_model": 1}
    assert "ingest" not in jobs


def test_a_new_seed_reruns_only_cells_that_gain_it(copied):
    jobs = planned(copied)
    assert jobs == {}
    edit(
        copied, "tests/data/tiny.yaml", "measurements: [10, 400]\n    seeds: 2", "measurements: [10, 400]\n    seeds: 3"
    )
    jobs = planned(copied)
    assert len(jobs["evaluate"]) == 3
    assert "train" not in jobs


def test_labels_and_colours_rerun_no_grid_job(copied):
    edit(copied, "config/methods.yaml", "label: SVD\n", "label: Singular value decomposition\n")
    jobs = planned(copied)
    assert not {"factorise", "evaluate", "train", "ingest", "merge"} & set(jobs)
    assert "figure_2" in jobs


def test_an_edit_of_a_reader_reruns_its_data_sets_and_one_of_another_nothing(copied):
    """Readers are loaded by name: both data sets are tables, none is an FCS file."""
    readers = copied.root / "workflow/deepae/data/readers"
    (readers / "fcs.py").write_text((readers / "fcs.py").read_text() + "\n\nANSWER = 42\n")
    assert planned(copied) == {}
    (readers / "delimited.py").write_text((readers / "delimited.py").read_text() + "\n\nANSWER = 42\n")
    assert len(planned(copied)["ingest"]) == 2


def test_an_edit_of_how_gene_sets_are_read_reruns_enrichment_and_nothing_upstream(copied):
    file = copied.root / "workflow/deepae/enrichment/library.py"
    file.write_text(file.read_text() + "\n\nANSWER = 42\n")
    jobs = planned(copied)
    assert {"enrichment", "enrichment_control"} <= set(jobs)
    assert not {"ingest", "factorise", "evaluate", "train", "train_model", "codes", "key_genes"} & set(jobs)
