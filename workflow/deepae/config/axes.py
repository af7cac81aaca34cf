"""Two axes more of a block: the number of training cells and the noise of what is measured.

Each value makes of each method of the block a method of its own, ``pca.n40`` or ``deepae.snr2``, with the plain one as
`base`: files, rows and jobs tell them apart by the name, as they tell protocols apart.
"""

from deepae.errors import ConfigError

NOISELESS = "none"


def expand(item, methods, at):
    """Return a block's methods at every value of its axes, and the entries that the method table lacks.

    Parameters
    ----------
    item : dict
        The block, with ``n_train`` and ``noise`` as lists, if at all.
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
    for n_train in item.get("n_train", [None]):
        for noise in item.get("noise", [None]):
            for name in item["methods"]:
                derived, entry = _derived(name, methods[name], n_train, noise)
                source = entry.get("dictionary")
                if n_train is not None and source is not None:
                    source, of_source = _derived(source, methods[source], n_train, None)
                    entry["dictionary"] = of_source["dictionary"] = source
                    added.setdefault(source, of_source)
                if derived in methods and derived != name:
                    raise ConfigError(f"{at}: {derived!r} is a method of the table; the axis needs this name")
                names.append(derived)
                if derived != name:
                    added[derived] = entry
    return list(dict.fromkeys(names)), added


def _derived(name, entry, n_train, noise):
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
    if words:
        entry["base"] = entry.get("base", name) if entry["protocol"] == "ablation" else name
        entry["label"] = f"{entry['label']}, {', '.join(words)}"
    return ".".join(marks), entry
