"""The columns of the metrics table, for those who write it and those who read it."""

import hashlib

from deepae.config.vocabulary import METRICS

COLUMNS = (
    *("dataset", "normalization", "method", "protocol", "measurements", "seed", "n_train", "n_test", "n_genes"),
    *METRICS,
    *("nonzeros", "rank", "fit_seconds", "evaluate_seconds", "iterations", "device", "threads", "status", "reason"),
)

TIMES = ("fit_seconds", "evaluate_seconds")


def checksum(text):
    """Return the SHA-256 of a metrics table without the columns that are times: the same work has the same checksum."""
    kept = [position for position, name in enumerate(COLUMNS) if name not in TIMES]
    digest = hashlib.sha256()
    for line in text.split("\n"):
        fields = line.split("\t")
        digest.update("\t".join(fields[i] for i in kept if i < len(fields)).encode() + b"\n")
        digest.update("\t".join(fields[len(COLUMNS) :]).encode())
    return digest.hexdigest()
