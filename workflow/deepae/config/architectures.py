"""The paper's networks (Table 2 and text): widths only, for the plan of a run, figures and tables."""

import itertools

# Hidden widths of the encoder before the central layer; the decoder mirrors them.
ARCHITECTURES = {
    "DeepAE1": (),
    "DeepAE2": (256,),
    "DeepAE3": (640, 256),
    "DeepAE4": (1280, 640, 256),
    "DeepAE5": (2580, 1280, 640, 256),
    "DeepAE6": (2580, 1280, 640, 256, 128),
}


def weights(architecture, genes, h):
    """Return the number of weights of a network: a name of `ARCHITECTURES` or a list of the encoder's hidden widths."""
    hidden = ARCHITECTURES[architecture] if isinstance(architecture, str) else architecture
    widths = (genes, *hidden, h)
    return 2 * sum(a * b for a, b in itertools.pairwise(widths))
