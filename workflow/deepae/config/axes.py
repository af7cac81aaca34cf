"""Three axes more of a block: the number of training cells, the noise of what is measured, and its bits.

Each value makes of each method of the block a method of its own, ``pca.n40`` or ``deepae.snr2``, with the plain one as
`base`: files, rows and jobs tell them apart by the name, as they tell protocols apart.
"""

import itertools

from deepae.errors import ConfigError

NOISELESS = "none"


def expand(item, methods, at):
    """Return a block's methods at every value of its axes, and the entries that the method table lacks.

    Parameters
    ----------
    item : dict
        The block, with ``n_train``, ``noise`` and ``bits`` as lists, if at all.
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
    values = [item.get(axis, [None]) for axis in ("n_train", "noise", "bits")]
    for (n_train, noise, bits), name in itertools.product(itertools.product(*values), item["methods"]):
        derived, entry = _derived(name, methods[name], n_train, noise, bits)
        source = entry.get("dictionary")
        if n_train is not None and source is not None:
            source, of_source = _derived(source, methods[source], n_train)
            entry["dictionary"] = of_source["dictionary"] = source
            added.setdefault(source, of_source)
        if derived in methods and methods[derived] != entry:
            raise ConfigError(f"{at}: {derived!r} is another method of the table; the axis needs this name")
        names.append(derived)
        if derived != name:
            added[derived] = entry
    return list(dict.fromkeys(names)), added


def _derived(name, entry, n_train, noise=None, bits=None):
    """Return name and entry of a method at one value of each axis; None: as the method has it."""
    marks, words, entry = [name], [], dict(entry)
    if n_train is not None:
        marks.append(f"n{n_train:g}" if isinstance(n_train, float) else f"n{n_train}")
        words.append(f"n = {n_train}")
        entry["split"] = entry.get("split", {}) | {"n_train": n_train}
    if noise is not None:
        marks.append("noiseless" if noise == NOISELESS else f"snr{noise:g}")
        words.append("no noise" if noise == NOISELESS else f"SNR {noise:g}")
        entry["noise"] = noise
    if bits is not None:
        marks.append(f"{bits}bit")
        words.append(f"{bits} bits")
        entry["bits"] = bits
    if words:
        entry["base"] = entry.get("base", name) if entry["protocol"] == "ablation" else name
        entry["series"] = entry["label"]
        entry["label"] = f"{entry['label']}, {', '.join(words)}"
    return ".".join(marks), entry
