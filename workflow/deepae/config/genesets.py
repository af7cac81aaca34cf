"""Gene sets: the catalogue (config/genesets.yaml), and Enrichr libraries by name when online."""

from deepae.config.schema import check
from deepae.errors import ConfigError, DownloadError
from deepae.io.files import write_text
from deepae.io.yaml_files import read_yaml

ORGANISMS = {
    "human": "Homo sapiens",
    "mouse": "Mus musculus",
    "yeast": "Saccharomyces cerevisiae",
    "maize": "Zea mays",
}
"""The short name of an organism in the catalogues, and the name it has in pathway files."""

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


def fetch_enrichr(name, organism, path):
    """Fetch an Enrichr library by its name and write it as GMT.

    Parameters
    ----------
    name : str
        As on https://maayanlab.cloud/Enrichr/#libraries, e.g. ``WikiPathways_2024_Mouse``.
    organism : str
        ``human``, ``mouse`` or ``yeast``.
    path : path

    Raises
    ------
    DownloadError
        Without a network, or if there is no such library.
    """
    import gseapy

    try:
        sets = gseapy.get_library(name=name, organism=organism.capitalize())
    except Exception as error:  # gseapy raises bare exceptions and whatever requests raises
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise DownloadError(
            f"Enrichr library {name!r} could not be fetched ({reason}); put its GMT at {path}, or name another library"
        ) from error
    lines = ["\t".join([term, "", *genes]) for term, genes in sorted(sets.items()) if genes]
    if not lines:
        raise DownloadError(f"Enrichr library {name!r}: found no gene sets, expected some; see maayanlab.cloud/Enrichr")
    write_text(path, "\n".join(lines) + "\n")
