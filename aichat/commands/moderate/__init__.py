"""``aichat moderate``."""
