"""``aichat ask``."""
