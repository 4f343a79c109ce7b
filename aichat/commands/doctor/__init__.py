"""``aichat doctor``."""
