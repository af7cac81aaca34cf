"""The columns of the metrics table, for those who write it and those who read it."""

METRICS = ("pcc", "spearman", "em", "mae", "mse", "pcc_cell", "pcc_gene", "em_allpairs")
COLUMNS = (
    *("dataset", "normalization", "method", "protocol", "measurements", "seed", "n_train", "n_test", "n_genes"),
    *METRICS,
    *("nonzeros", "rank", "fit_seconds", "evaluate_seconds", "iterations", "device", "threads", "status", "reason"),
)
