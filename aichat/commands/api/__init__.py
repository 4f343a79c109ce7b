"""``aichat api``."""
