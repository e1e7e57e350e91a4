"""A telephone exchange on loopback: lines, calls between them, and the providers that speak for it. No sound."""
