"""The config: its schema, and which value holds."""
