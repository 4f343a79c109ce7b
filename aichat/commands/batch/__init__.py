"""``aichat batch``."""
