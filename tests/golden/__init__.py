"""Raw payloads beside what is expected of each."""
