"""The catalogue's data: the hand-kept facts, and what puts them together."""
