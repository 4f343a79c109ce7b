"""Past conversations: opening one, showing where it was left, and compacting it."""
