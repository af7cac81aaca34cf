"""The jobs of the grid: fit, score, rows."""
