"""What is read at every start: catalogue, methods, grid, own data. Light: no numpy, pandas or torch."""
