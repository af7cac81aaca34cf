"""Gene sets and pathways of the key dimensions."""
