"""What the key dimensions mean: key genes, their stability, neighbourhoods of cells, heat maps."""
