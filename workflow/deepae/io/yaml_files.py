"""Reading YAML: nothing in it runs, no key is given twice, and what is wrong is one line."""

from pathlib import Path

import yaml

from deepae.errors import ConfigError


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML without repeated keys: of two entries with one name, the first would vanish without a word."""


def _mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        value = "<<" if key.tag.endswith(":merge") else loader.construct_object(key, deep=True)
        if value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {value!r} is given twice", key.start_mark)
        seen.add(value)
    return loader.construct_mapping(node, deep=deep)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path, expected=""):
    """Read a YAML file.

    Parameters
    ----------
    path : path
    expected : str, optional
        What the file should be, for the message if there is none.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not YAML, or repeats a key; the line is named.
    """
    try:
        return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except OSError as error:
        wanted = f"; expected {expected}" if expected else ""
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error}){wanted}") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        text = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ConfigError(f"{path}{line}: not valid YAML ({text[:160]})") from error


def typed(value):
    """Return a value of ``--config key={…}`` with its numbers and truth values, which Snakemake takes for text."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    try:
        found = yaml.safe_load(value) if isinstance(value, str) else value
    except (yaml.YAMLError, ValueError):
        return value
    return found if isinstance(found, (bool, int, float)) else value
