"""``aichat tools``."""
