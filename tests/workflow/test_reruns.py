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


def change(project, module):
    """Put a statement at the end of a module of the package."""
    file = project.root / "workflow/deepae" / module
    file.write_text(file.read_text() + "\n\nANSWER = 42\n")


def test_comments_docstrings_and_readers_of_other_files_rerun_nothing(copied):
    for path in (copied.root / "workflow/deepae").rglob("*.py"):
        text = path.read_text()
        if text.startswith('"""'):
            text = '"""Another docstring. ' + text[3:]
        path.write_text(text + "\n# a comment\n")
    change(copied, "data/readers/fcs.py")  # readers are loaded by name: both data sets are tables, none is an FCS file
    assert planned(copied) == {}


def test_an_edit_of_a_method_reruns_it_and_what_follows(copied):
    change(copied, "methods/nmf.py")
    jobs = planned(copied)
    assert {re.search(r"method=([\w-]+)", text)[1] for text in jobs["factorise"]} == {"snmf"}
    assert {re.search(r"method=([\w-]+)", text)[1] for text in jobs["evaluate"]} == {"snmf", "snmf-corrected"}
    assert not {"train", "train_shared", "train_model", "ingest"} & set(jobs)
    assert {"merge", "merge_block", "statistics", "figure_2"} <= set(jobs)


def test_an_edit_of_the_split_reruns_the_whole_grid(copied):
    change(copied, "data/split.py")
    jobs = planned(copied)
    grid = {name: len(jobs.get(name, [])) for name in ("factorise", "evaluate", "train", "train_shared", "train_model")}
    trained = {"train": 7, "train_shared": 1, "train_model": 1}
    assert grid == {"factorise": 5 * 2 + 1, "evaluate": 12 * 2 + 3 + 6} | trained
    assert "ingest" not in jobs


def test_a_new_seed_reruns_only_cells_that_gain_it(copied):
    edit(
        copied, "tests/data/tiny.yaml", "measurements: [10, 400]\n    seeds: 2", "measurements: [10, 400]\n    seeds: 3"
    )
    jobs = planned(copied)
    assert len(jobs["evaluate"]) == 3
    assert not {"train", "train_shared", "train_model"} & set(jobs)


def test_a_row_is_tried_again_by_its_file(copied):
    jobs = planned(copied, "--forcerun", "results/metrics/tiny-mouse/zscore/svd.tsv")
    assert len(jobs["evaluate"]) == len(jobs["merge"]) == 1
    assert not {"ingest", "factorise", "train", "train_shared", "train_model"} & set(jobs)
    jobs = planned(copied, "--forcerun", "results/metrics/tiny-mouse/zscore/deepae.snr2/h10.tsv")  # its network is gone
    assert len(jobs["train"]) == len(jobs["train_shared"]) == len(jobs["merge"]) == 1
    assert not {"ingest", "evaluate", "train_model"} & set(jobs)


def test_labels_and_how_gene_sets_are_read_rerun_what_shows_them_and_nothing_upstream(copied):
    edit(copied, "config/methods.yaml", "label: SVD\n", "label: Singular value decomposition\n")
    change(copied, "enrichment/library.py")
    jobs = planned(copied)
    assert {"figure_2", "enrichment", "enrichment_control"} <= set(jobs)
    unchanged = {
        "ingest",
        "factorise",
        "evaluate",
        "train",
        "train_shared",
        "train_model",
        "merge",
        "codes",
        "key_genes",
    }
    assert not unchanged & set(jobs)


def test_an_edit_of_a_reader_reruns_the_data_sets_that_it_reads(copied):
    change(copied, "data/readers/delimited.py")
    assert len(planned(copied)["ingest"]) == 2
