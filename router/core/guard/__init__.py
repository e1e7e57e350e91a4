"""The guard: what a reply may not do, seen before it leaves: show personal data to all, send customers away."""
