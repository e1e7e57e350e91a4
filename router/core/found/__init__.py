"""What stands in a text: personal data, and facts of a customer and their matter. No I/O; linear in the text."""
