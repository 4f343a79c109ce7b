"""``aichat trust``."""
