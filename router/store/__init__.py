"""What the router remembers in Redis."""
