"""The figures of the paper, one module each: ``draw`` turns tables into a matplotlib figure and reads no file."""
