"""The line where the user types."""
