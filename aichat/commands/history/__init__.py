"""``aichat history``."""
