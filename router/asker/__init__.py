"""Asks the directory: `asker` what the commits want to know, `changes` follows it, `teller` brings answers back."""
