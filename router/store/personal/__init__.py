"""What Redis holds of one person: found wherever it is, and erased without a trace."""
