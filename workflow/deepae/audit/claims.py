"""The claims and the printed numbers, from resources/paper."""

from dataclasses import dataclass, field
from pathlib import Path

from deepae.config.schema import check
from deepae.errors import ConfigError
from deepae.io.tables import read_tsv
from deepae.io.yaml_files import read_yaml


@dataclass(frozen=True)
class Claim:
    """A statement to be decided; the keys of claims.yaml (workflow/schemas/claims.schema.yaml describes them)."""

    id: str
    section: str
    location: str
    statement: str
    check: str
    expected: str
    parameters: dict = field(default_factory=dict)
    datasets: tuple = ()
    normalizations: tuple = ("none", "zscore", "log1p")
    measurements: tuple = ()
    protocols: tuple = ("paper",)
    stand_in: str = ""
    meaning: str = ""


def load_claims(path, known):
    """Read the claims; `known` are the names of the checks.

    Raises
    ------
    ConfigError
        One line: an unknown key or check, an id that stands twice.
    """
    table = read_yaml(path)
    check(table, "claims", str(path))
    claims, seen = [], set()
    for entry in table["claims"]:
        if entry["id"] in seen:
            raise ConfigError(f"{path}: {entry['id']}: a claim of this id stands above; ids must differ")
        if entry["check"] not in known:
            raise ConfigError(f"{path}: {entry['id']}: found check {entry['check']!r}, expected one of {sorted(known)}")
        seen.add(entry["id"])
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
        claims.append(Claim(**values))
    return claims


class Printed:
    """The paper's printed tables: each a frame of text, by file name without suffix.

    Parameters
    ----------
    directory : path
        resources/paper.
    """

    def __init__(self, directory):
        self.directory = Path(directory)
        self._frames = {}

    def __getitem__(self, name):
        if name not in self._frames:
            path = self.directory / f"{name}.tsv"
            try:
                self._frames[name] = read_tsv(path, empty_is_nan=False, dtype=str, quoting=3)
            except OSError as error:
                raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
        return self._frames[name]
