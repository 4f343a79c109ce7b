"""What bytes tell of themselves."""
