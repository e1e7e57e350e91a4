"""From channel to reply."""
