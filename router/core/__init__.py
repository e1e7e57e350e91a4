"""The pure core: what follows from an event. No I/O, no clock, no random source."""
