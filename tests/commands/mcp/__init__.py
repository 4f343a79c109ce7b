"""``aichat mcp``."""
