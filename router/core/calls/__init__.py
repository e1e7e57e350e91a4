"""Calls: what we owe, when it may be made, who makes it, what became of it, and who calls us."""
