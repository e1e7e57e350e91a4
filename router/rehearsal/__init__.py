"""Rehearsals: the tests beside the rules, played through the real `decide`. Nothing leaves and nothing is kept."""
