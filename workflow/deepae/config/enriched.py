"""What the tests of gene sets and the pathway figures need: libraries by data set, pathways at hand, models."""

import re
from pathlib import Path

from deepae.config import captions, genesets, saved
from deepae.config.vocabulary import KEY_DIMENSIONS, ORGANISMS

FIGURES = ("figure-9", "figure-s3", "figure-s4")
"""Figures that show what is enriched."""


class Enrichment:
    """The gene sets and pathways of a configuration.

    Parameters
    ----------
    plan : deepae.config.grid.Plan
    find : callable
        Takes a path of the project and returns where the file lies.

    Raises
    ------
    ConfigError
        One line, for a catalogue that is not valid or a library that is not in it.
    """

    def __init__(self, plan, find):
        self.plan, self.find = plan, find
        tables = plan.config.get("genesets", ["config/genesets.yaml"])
        self.entries = genesets.load_catalogue(*map(find, tables))
        self.names = plan.config.get("enrichment", {}).get("libraries", list(self.entries))
        genesets.choose(self.entries, self.names, "", "")

    def file(self, name):
        """Return the GMT of a library: a file, or where the one of Enrichr is put."""
        entry = self.entries[name]
        return self.find(entry["file"]) if "file" in entry else f"resources/genesets/enrichr/{entry['enrichr']}.gmt"

    def libraries(self, dataset):
        """Return the library of each kind that a data set is tested against, or None: by name."""
        organism = self.plan.catalogue[dataset].get("organism", "")
        return {kind: genesets.choose(self.entries, self.names, kind, organism) for kind in genesets.KINDS}

    def files(self, *datasets):
        """Return the GMT files that data sets are tested against, each once."""
        names = [name for dataset in datasets for name in self.libraries(dataset).values() if name]
        return list(dict.fromkeys(map(self.file, names)))

    def described(self, dataset):
        """Return what the tests of a data set depend on, as plain data for params."""
        keys = ("kind", "organism", "ids", "version", "sha256")
        found = {}
        for kind, name in self.libraries(dataset).items():
            known = self.entries[name] if name else {}
            given = {key: known[key] for key in keys if key in known}
            found[kind] = {"name": name, "file": self.file(name)} | given if name else None
        return found

    def shown(self, item):
        """Return the data sets of a configured figure: by default all with a saved model."""
        return item.get("datasets", self.plan.keyed_datasets())

    def datasets(self):
        """Return the data sets of all figures of enrichment."""
        items = [item for item in self.plan.config.get("figures", []) if item["name"] in FIGURES]
        return list(dict.fromkeys(dataset for item in items for dataset in self.shown(item)))

    def key_models(self, datasets):
        """Return the models whose key genes are tested, for some data sets."""
        return [(name, *saved.key_models(self.plan, name)[0]) for name in datasets]

    def models(self, datasets):
        """Return what the figures say of these models, and how ids are matched, as plain data for params."""
        entries = []
        for model in self.key_models(datasets):
            library = self.libraries(model[0])["wikipathways"]
            organism = self.plan.catalogue[model[0]].get("organism")
            table = self.find(f"resources/gene_ids/{organism}.tsv.gz") if library else ""
            ids = self.entries[library]["ids"] if library else "symbol"
            entries.append(captions.model(self.plan, *model) | {"gene_table": table, "ids": ids})
        return entries

    def gene_tables(self, *datasets):
        """Return the tables of genes by which the ids of data sets are mapped, each once."""
        organisms = dict.fromkeys(self.plan.catalogue[name].get("organism") for name in datasets)
        mapped = [name for name in organisms if name in ORGANISMS and ORGANISMS[name].gene_table]
        return [self.find(f"resources/gene_ids/{name}.tsv.gz") for name in mapped]

    def pathway_files(self):
        """Return the GPML files at hand: the user's, those fetched by id, the bundled."""
        named = [
            f"resources/wikipathways/fetched/{name}.gpml" if re.fullmatch(r"WP[0-9]+", name) else self.find(name)
            for name in self.plan.config.get("pathways", [])
        ]
        bundled = sorted(Path(self.find("resources/wikipathways")).glob("**/*.gpml"))
        return list(dict.fromkeys([*named, *map(str, bundled)]))

    def supplement_files(self, dataset):
        """Return a data set, its key genes, its pathway tests and the table of each dimension."""
        folder = f"{self.plan.results}/enrichment/{dataset}"
        return [
            dataset,
            f"{self.plan.results}/interpretation/{dataset}/key-genes.tsv",
            f"{folder}/tested.wikipathways.tsv.gz",
            *(f"{folder}/dimension-{k}.wikipathways.tsv" for k in range(1, KEY_DIMENSIONS + 1)),
        ]
