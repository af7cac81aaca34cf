"""Tests, skill and ablation over the rows of the grid."""
