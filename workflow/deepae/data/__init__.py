"""Data: catalogue, download, readers, gene identifiers, normalisation, split and the stored matrix."""
