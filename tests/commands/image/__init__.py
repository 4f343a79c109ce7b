"""``aichat image``."""
