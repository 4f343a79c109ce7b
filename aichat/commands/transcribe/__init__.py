"""``aichat transcribe``."""
