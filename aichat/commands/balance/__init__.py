"""``aichat balance``."""
