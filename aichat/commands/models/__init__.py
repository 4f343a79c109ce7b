"""``aichat models``."""
