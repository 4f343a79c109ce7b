"""``aichat sh``."""
