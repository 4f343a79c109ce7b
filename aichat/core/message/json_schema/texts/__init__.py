"""What the texts in a value are held to: formats and patterns."""
