"""The benches: how fast a message gets through (`python -m bench`), how long the house stands (`python -m bench.soak`)."""
