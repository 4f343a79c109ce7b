"""``aichat files``."""
