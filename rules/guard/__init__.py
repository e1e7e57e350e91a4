"""What a reply may not do, as ops write it: words and wordings in YAML, one language a file (docs/guard.md)."""
