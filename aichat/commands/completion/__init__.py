"""``aichat completion``."""
