"""``aichat count``."""
