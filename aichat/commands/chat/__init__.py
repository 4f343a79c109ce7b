"""``aichat chat``."""
