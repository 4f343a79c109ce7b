"""``aichat embed``."""
