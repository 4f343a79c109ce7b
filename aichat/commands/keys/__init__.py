"""``aichat keys``."""
