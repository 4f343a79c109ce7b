"""``aichat live``."""
