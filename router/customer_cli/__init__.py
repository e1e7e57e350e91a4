"""What a person may ask for: `hilo customer` shows, exports and erases all that is held of them."""
