"""What ops ask of the store and do in it: `hilo dead`, `hilo audit`."""
