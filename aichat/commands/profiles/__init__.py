"""``aichat profiles``."""
