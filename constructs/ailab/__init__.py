"""Constructs of a private AI lab."""
