"""YAML and schemas: every table and configuration is read without running anything in it, and checked key by key."""

import datetime
import difflib
import functools
import json
import re
from pathlib import Path

import yaml

from deepae.config.vocabulary import definitions
from deepae.errors import ConfigError
from deepae.io.yaml_files import read_yaml

MOST_VALUES = 500_000
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


@functools.cache
def load_schema(name):
    """Return a schema of ``workflow/schemas`` as a dictionary, with the vocabulary in its ``$defs``."""
    schema = yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))
    return schema | {"$defs": definitions() | schema.get("$defs", {})}


def check(instance, schema_name, where):
    """Raise `ConfigError` with one line if `instance` breaks a schema; unknown keys name the nearest valid one."""
    import jsonschema

    _check_size(instance, where)
    _check_keys(instance, where)
    validator = jsonschema.Draft202012Validator(load_schema(schema_name))
    errors = sorted(validator.iter_errors(instance), key=lambda error: (len(error.path), str(error.path)))
    if errors:
        raise ConfigError(f"{where}: {_describe(errors[0])}")


def read_tables(schema_name, *paths):
    """Read and check tables of entries by name, and return them as one; a later one's entry replaces an earlier one's.

    Raises
    ------
    ConfigError
        One line: which file and key, what was found, what was expected.
    """
    entries = {}
    for path in paths:
        table = read_yaml(path)
        check(table, schema_name, str(path))
        entries |= table
    return entries


def nearest(name, known):
    """Return ``", did you mean 'x'?"`` for the nearest known name, or what is known if none is near."""
    known = [str(item) for item in known]
    matches = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    if matches:
        return f", did you mean {matches[0]!r}?"
    shown = ", ".join(sorted(known)[:12])
    return f"; known: {shown}{', …' if len(known) > 12 else ''}"


def _describe(error):
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    path = path or "top level"
    found = _one_line(json.dumps(error.instance, default=str), 60)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        unknown = [
            key
            for key in error.instance
            if key not in known and not any(re.search(pattern, str(key)) for pattern in patterns)
        ]
        if not known and patterns:
            return f"{path}: {unknown[0]!r} is no safe name (letters, digits, '.', '_', '-')"
        return f"{path}: unknown key {unknown[0]!r}{nearest(unknown[0], known)}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"{path}: key {missing[0]!r} is missing"
    if error.validator == "enum":
        return f"{path}: found {found}{nearest(error.instance, error.validator_value)}"
    if error.validator == "pattern":
        return (
            f"{path}: found {found}, expected {error.schema.get('description', 'a match of ' + error.validator_value)}"
        )
    if error.validator in ("anyOf", "oneOf"):
        return f"{path}: found {found}, expected {error.schema.get('description', 'another form')}"
    return f"{path}: found {found}, expected {_expected(error)}"


def _expected(error):
    value = error.validator_value
    words = {
        "type": lambda: _expected_type(error.instance, [value] if isinstance(value, str) else value, error.schema),
        "minimum": lambda: f"at least {value}",
        "exclusiveMinimum": lambda: f"more than {value}",
        "maximum": lambda: f"at most {value}",
        "exclusiveMaximum": lambda: f"less than {value}",
        "minItems": lambda: f"at least {value} items",
        "maxItems": lambda: f"at most {value} items",
        "minProperties": lambda: f"at least {value} entries",
        "minLength": lambda: f"at least {value} characters",
        "maxLength": lambda: f"at most {value} characters",
        "uniqueItems": lambda: "each item once",
        "const": lambda: json.dumps(value),
    }
    return words[error.validator]() if error.validator in words else _one_line(error.message)


def _expected_type(found, types, schema):
    """Say what kind of value is expected, in YAML's words, and how the found one becomes it."""
    if "array" in types and schema.get("items", {}).get("type") == "object":
        return "a list of mappings (- key: value)"
    if "array" in types and not isinstance(found, (dict, list)):
        return f"a list such as [{_as_yaml(found)}]"
    if "string" in types and isinstance(found, bool):
        return "text; YAML reads on, off, yes and no as true or false: put it in quotes"
    if "string" in types and isinstance(found, (int, float, datetime.date)):
        return f"text: put it in quotes, '{found}'"
    words = {"array": "a list", "object": "a mapping (key: value)", "string": "text", "boolean": "true or false"}
    words |= {"integer": "a whole number", "number": "a number", "null": "nothing"}
    return " or ".join(words[name] for name in types)


def _as_yaml(value):
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _check_keys(instance, where):
    """Refuse keys that YAML has not read as text: a date, a number, or on, off, yes and no."""
    for value in _walk(instance):
        for key in value if isinstance(value, dict) else ():
            if not isinstance(key, str):
                raise ConfigError(f"{where}: the name {key} is read as {_kind(key)}, expected text: put it in quotes")


def _kind(key):
    if isinstance(key, bool):
        return "true or false (YAML reads on, off, yes and no so)"
    return "a date" if isinstance(key, datetime.date) else "a number" if isinstance(key, (int, float)) else "nothing"


def _check_size(instance, where):
    """Refuse nested YAML aliases that stand for billions of values: they would fill the memory in a message."""
    for number, _ in enumerate(_walk(instance)):
        if number == MOST_VALUES:
            raise ConfigError(f"{where}: more than {MOST_VALUES} values, expected fewer; are aliases nested in it?")


def _walk(instance):
    """Yield every value of nested mappings and lists, an aliased one as often as it stands there."""
    waiting = [instance]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)


def _one_line(text, most=160):
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
