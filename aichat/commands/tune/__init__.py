"""``aichat tune``."""
