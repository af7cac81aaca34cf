"""More axes of a block: training cells, noise and bits of what is measured, updates, normalisation, groups of cells.

Each value makes of each method of the block a method of its own, ``pca.n40`` or ``deepae.snr2``, with the plain one as
`base`: files, rows and jobs tell them apart by the name, as they tell protocols apart.
"""

import itertools

from deepae.errors import ConfigError

NOISELESS = "none"
OF_FIT = ("n_train", "trained_under", "groups")
"""Axes that a factorisation depends on too."""
AXES = (*OF_FIT, "noise", "bits", "updates")


def expand(item, methods, at):
    """Return a block's methods at every value of its axes, and the entries that the method table lacks.

    Parameters
    ----------
    item : dict
        The block, with the `AXES` as lists, if at all. Two ``groups`` are each trained on and each tested on.
    methods : dict
        Entries of the method table.
    at : str
        What messages call the block.

    Returns
    -------
    list of str
    dict of str to dict
    """
    names, added = [], {}
    given = {axis: item[axis] for axis in AXES if axis in item}
    if "groups" in given:
        given["groups"] = list(itertools.product(given["groups"], repeat=2))
    for values, name in itertools.product(itertools.product(*given.values()), item["methods"]):
        at_value = dict(zip(given, values, strict=True))
        if at_value.get("trained_under") == item.get("normalization"):
            at_value.pop("trained_under", None)  # the plain method
        derived, entry = _derived(name, methods[name], at_value)
        source = entry.get("dictionary")
        of_fit = {axis: value for axis, value in at_value.items() if axis in OF_FIT}
        if of_fit and source is not None:
            source, of_source = _derived(source, methods[source], of_fit)
            entry["dictionary"] = of_source["dictionary"] = source
            added.setdefault(source, of_source)
        if derived in methods and methods[derived] != entry:
            raise ConfigError(f"{at}: {derived!r} is another method of the table; the axis needs this name")
        names.append(derived)
        if derived != name:
            added[derived] = entry
    return list(dict.fromkeys(names)), added


def _derived(name, entry, values):
    """Return name and entry of a method at one value of each axis; at its own value it is the plain method.

    What trains no network has no updates, and a network's codes are free of noise as they are.
    """
    marks, words, changed = [name], [], dict(entry)
    own = entry.get("parameters", {}).get("iterations")
    if not entry.get("trained") or values.get("updates") == own:
        values = {axis: value for axis, value in values.items() if axis != "updates"}
    if entry.get("trained") and values.get("noise") == NOISELESS:
        values = {axis: value for axis, value in values.items() if axis != "noise"}
    for axis, value in values.items():
        mark, word, changes = SETTERS[axis](value, changed)
        marks.append(mark)
        words.append(word)
        changed |= changes
    if words:
        changed["base"] = entry.get("base", name) if entry["protocol"] == "ablation" else name
        changed["series"] = entry["label"]
        changed["label"] = f"{entry['label']}, {', '.join(words)}"
    return ".".join(marks), changed


def _n_train(value, entry):
    mark = f"n{value:g}" if isinstance(value, float) else f"n{value}"
    return mark, f"n = {value}", {"split": entry.get("split", {}) | {"n_train": value}}


def _groups(value, entry):
    trained, tested = value
    split = entry.get("split", {}) | {"trained_on": trained, "tested_on": tested}
    return f"{trained}-to-{tested}", f"trained on {trained}, tested on {tested}", {"split": split}


def _noise(value, entry):
    if value == NOISELESS:
        return "noiseless", "no noise", {"noise": value}
    return f"snr{value:g}", f"SNR {value:g}", {"noise": value}


SETTERS = {
    "n_train": _n_train,
    "groups": _groups,
    "noise": _noise,
    "trained_under": lambda value, entry: (value, f"trained under {value}", {"trained_under": value}),
    "bits": lambda value, entry: (f"{value}bit", f"{value} bits", {"bits": value}),
    "updates": lambda value, entry: (
        f"u{value}",
        f"{value} updates",
        {"parameters": entry.get("parameters", {}) | {"iterations": value}},
    ),
}
"""For each axis a function of a value and an entry: mark in the name, words of the label, keys that change."""
