"""Everything that uses the network."""
