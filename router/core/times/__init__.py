"""The times that a text names, in Spanish and English, as instants."""
