"""Gene sets: the catalogue (config/genesets.yaml), and Enrichr libraries by name when online."""

from deepae.config.schema import check
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml

KINDS = ("go", "wikipathways")


def load_catalogue(*paths):
    """Read and check one or more catalogues of gene sets; later ones add entries or replace them whole.

    Raises
    ------
    ConfigError
        One line: which file and key, what was found, what was expected.
    """
    catalogue = {}
    for path in paths:
        table = read_yaml(path)
        check(table, "genesets", str(path))
        catalogue.update(table)
    return catalogue


def choose(catalogue, names, kind, organism):
    """Return the first of `names` that is a library of this kind and organism, or None if there is none.

    Raises
    ------
    ConfigError
        If a name is not in the catalogue.
    """
    unknown = [name for name in names if name not in catalogue]
    if unknown:
        raise ConfigError(
            f"enrichment.libraries: unknown library {unknown[0]!r}; known: {', '.join(sorted(catalogue))}"
        )
    for name in names:
        if catalogue[name]["kind"] == kind and catalogue[name]["organism"] == organism:
            return name
    return None
