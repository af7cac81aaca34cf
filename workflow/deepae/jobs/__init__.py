"""The three jobs of the grid, each over all seeds of a cell: factorise, evaluate, train.

A job reads the ingested matrix, normalises and splits it. What a method cannot do becomes a row with status `failed`;
the rest of the job goes on.
"""
