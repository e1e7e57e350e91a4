"""The benches: how fast a message gets through (`python -m bench`), how long all stands (`python -m bench.soak`)."""
