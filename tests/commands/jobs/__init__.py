"""``aichat jobs``."""
