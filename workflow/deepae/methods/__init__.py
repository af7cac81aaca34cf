"""Compression methods: one file each, behind the contract of `deepae.methods.base`."""
