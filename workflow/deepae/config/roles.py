"""Who is who in a comparison: read from the keys `role`, `base`, `switch` of methods.yaml, never from a name.

Functions take `methods`: name -> entry with at least ``role`` and ``protocol``, in the order of the table.
"""

from deepae.config.vocabulary import ROLES

PUBLISHED = "published"
CORRECTED = "corrected"
VARIANTS = {PUBLISHED: "baselines as published", CORRECTED: "baselines with unit-norm decoding"}
"""The two variants of a comparison and what a heading says of them."""


def having(methods, *roles):
    """Return the names of the methods with one of some roles, in order."""
    return [name for name, entry in methods.items() if entry["role"] in roles]


def is_line(entry):
    """Return whether a method is drawn as a line that others are read against: a control or a ceiling."""
    return ROLES[entry["role"]].line


def bounds(methods):
    """Return the names of the ceilings that bound what can be reached; one that is a mark says ``bounds: false``."""
    return [name for name in having(methods, "ceiling") if methods[name].get("bounds", True)]


def is_ranked(entry):
    """Return whether a method may be called best."""
    return ROLES[entry["role"]].ranked


def competes(entry):
    """Return whether a method may be called best and is more than a floor."""
    return is_ranked(entry) and not entry.get("floor")


def references(methods):
    """Return the names of the controls and ceilings, in order."""
    return [name for name, entry in methods.items() if is_line(entry)]


def compared(methods, variant=None):
    """Return the names of the methods drawn as bars, lines or rows, in order.

    With a variant, the baselines are those of the variant; everything else is in both. Ablations are compared with
    their bases elsewhere.
    """
    if variant not in (None, *VARIANTS):
        raise ValueError(f"variant {variant!r} is none of {', '.join(VARIANTS)}")
    left_out = {PUBLISHED: "unit-norm", CORRECTED: "published"}.get(variant)
    return [name for name, entry in methods.items() if not is_line(entry) and entry["role"] != left_out]


def control(methods, base, switch=None):
    """Return the names of the controls that are `base` or a variant of it on another split; the plain one first.

    With a `switch`, only the variant under that switch, if there is one.
    """
    found = [name for name in having(methods, "control") if name == base or methods[name].get("base") == base]
    same = [name for name in found if switch and methods[name].get("switch") == switch]
    return same or sorted(found, key=lambda name: name != base)


def networks(methods):
    """Return the names of the methods that train a network."""
    return [name for name, entry in methods.items() if entry.get("trained")]


def is_autoencoder(entry):
    """Return whether a method is one of the project's own networks, whose models can be saved."""
    return entry["implementation"].startswith("autoencoder.")


def is_shortened(entry, iterations):
    """Return whether a network with so many updates was stopped before its own number; None: its own number."""
    full = full_training(entry)
    return bool(full and iterations and iterations < full)


def full_updates(methods):
    """Return the updates of each method's full training, None without one: what stopped earlier is no result."""
    return {name: entry.get("iterations") or full_training(entry) for name, entry in methods.items()}


def full_training(entry):
    """Return the updates of a method's full training, or None if it trains no network."""
    parameters = entry.get("parameters", {})
    return parameters.get("report_after", parameters.get("iterations")) if entry.get("trained") else None
