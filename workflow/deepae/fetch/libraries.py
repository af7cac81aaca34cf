"""Gene sets of Enrichr and pathways of WikiPathways, by name."""

from deepae.errors import DownloadError, one_line
from deepae.fetch import web
from deepae.io.files import atomic, write_text


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
        reason = one_line(error)[:160]
        raise DownloadError(
            f"Enrichr library {name!r} could not be fetched ({reason}); put its GMT at {path}, or name another library"
        ) from error
    lines = ["\t".join([term, "", *genes]) for term, genes in sorted(sets.items()) if genes]
    if not lines:
        raise DownloadError(f"Enrichr library {name!r}: found no gene sets, expected some; see maayanlab.cloud/Enrichr")
    write_text(path, "\n".join(lines) + "\n")


def fetch_pathway(address, path, check, policy=None):
    """Fetch a pathway's GPML and write it, if it can be read.

    Parameters
    ----------
    address : str
    path : path
    check : callable
        Reads a GPML file; raises `DataError` if it is none that can be drawn.
    policy : web.Policy, optional

    Raises
    ------
    DeepAEError
        Without a network, if there is no such pathway, or if what came is no GPML.
    """
    with atomic(path) as temporary:
        try:
            web.bring(address, temporary, policy or web.Policy(attempts=3))
        except DownloadError as error:
            raise DownloadError(f"{address}: not fetched ({error}); save it as {path} by hand") from error
        check(temporary)
