"""Asterisk's REST interface (ARI) on the sandbox's exchange: channels, bridges, and events over a WebSocket."""
