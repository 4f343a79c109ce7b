"""``aichat video``."""
