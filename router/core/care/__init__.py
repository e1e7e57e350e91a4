"""What a customer hears after a resolution and while they wait, and what they answer to it."""
