"""The guard: what a reply may not do, seen before it leaves; for now, showing personal data to all the world."""
