"""Who is drawn how: the methods compared, baselines as published or with unit-norm decoding, controls as references."""

PUBLISHED = "published"
CORRECTED = "corrected"
VARIANTS = {
    PUBLISHED: "baselines as published",
    CORRECTED: "baselines with unit-norm decoding",
}
"""The two variants of a comparison figure and what its heading says."""

# Two greys can stand side by side only if their lines differ too.
_LINES = {"zero": (0, (1, 1.2)), "mean": "-", "pca": "-", "random-lmmse": (0, (3.5, 1.2))}


def is_control(name, info):
    """Return whether a method is a control, also under a released protocol (``mean-released-zscore``)."""
    return info["protocol"] == "control" or name.partition("-released")[0] in _LINES


def is_corrected(info):
    """Return whether a method is a baseline with unit-norm decoding."""
    return info["protocol"] == "corrected"


def is_baseline(name, methods):
    """Return whether a method is a baseline as published: it decodes a dictionary, or has a corrected twin."""
    info = methods[name]
    if is_control(name, info) or is_corrected(info):
        return False
    return bool(info.get("dictionary")) or f"{name}-corrected" in methods


def compared(methods, variant):
    """Return the names of the methods drawn as bars or lines in a variant, in order.

    The baselines are those of the variant; DeepAE in each of its protocols is in both.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant {variant!r} is none of {', '.join(VARIANTS)}")
    names = []
    for name, info in methods.items():
        if is_control(name, info):
            continue
        wrong = is_baseline(name, methods) if variant == CORRECTED else is_corrected(info)
        if not wrong:
            names.append(name)
    return names


def references(methods):
    """Return the names of the controls, in order."""
    return [name for name, info in methods.items() if is_control(name, info)]


def line(name):
    """Return the line style of a control; under a released protocol it is not the one of the paper's split."""
    return _LINES.get(name, (0, (5, 1, 1, 1)))
