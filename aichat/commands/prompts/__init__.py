"""``aichat prompts``."""
