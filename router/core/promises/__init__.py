"""Promises: recorded with what was said, chased before they are late, told to the customer once they are, counted."""
