"""DeepAE and its benchmark: data, methods, metrics, statistics, interpretation and figures.

Nothing is imported here but names: ``import deepae`` costs no torch, pandas or anndata, so that a Snakefile may use
the light modules (`deepae.config.grid`, `deepae.config.fingerprint`) while it is parsed.
"""

__version__ = "0.1.0"
__all__ = ["load"]


def __getattr__(name):
    if name == "load":
        from deepae.methods.autoencoder.model import load

        return load
    raise AttributeError(f"module 'deepae' has no attribute {name!r}")
