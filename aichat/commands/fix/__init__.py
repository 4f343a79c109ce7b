"""``aichat fix``."""
