"""``aichat speak``."""
