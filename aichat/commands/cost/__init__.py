"""``aichat cost``."""
