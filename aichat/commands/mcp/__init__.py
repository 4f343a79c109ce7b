"""The command ``aichat mcp``."""
