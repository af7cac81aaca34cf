"""The archive to read offline, provenance and resources."""
