"""Tests beside the rules: their shape, what is so against what is expected, and which rules they reach."""
