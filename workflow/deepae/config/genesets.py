"""Gene sets: the catalogue (config/genesets.yaml), and Enrichr libraries by name when online."""

from deepae.config.schema import read_tables
from deepae.errors import ConfigError

KINDS = ("go", "wikipathways")


def load_catalogue(*paths):
    """Read and check one or more catalogues of gene sets; later ones add entries or replace them whole.

    Raises
    ------
    ConfigError
        One line: which file and key, what was found, what was expected.
    """
    return read_tables("genesets", *paths)


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
