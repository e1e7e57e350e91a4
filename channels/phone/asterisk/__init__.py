"""Calls through Asterisk, by its REST interface (ARI)."""
